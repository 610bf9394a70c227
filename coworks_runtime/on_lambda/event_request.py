"""A request that an event gives, made without an environ until one is needed."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from typing import Any

from flask import Flask

from coworks_runtime.events import rest
from coworks_runtime.wrappers import AUTHORIZER_KEY, Request

_JSON = ["application/json"]
_LENGTH = len("content-type")
_COOKIE = frozenset(map("".join, product(*zip("COOKIE", "cookie", strict=True))))
"""The header's name in every spelling: to look for them is faster than to lower all names."""
_READ_AT_START = ("scheme", "server", "query_string", "headers", "remote_addr")
"""What a request reads from its environ at once: changing that later doesn't change these."""


class _OfEnviron:
    """An attribute that a request gets when it makes its environ.

    Not ``__getattr__``, which would make every other attribute slow to read.
    """

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, request: EventRequest | None, owner: type | None = None) -> Any:
        if request is None:
            return self
        request.make_environ()
        return request.__dict__[self._name]


class EventRequest(Request):
    """A request that reads its event, and makes its environ when it is asked for it."""

    shallow = False
    environ: Any = _OfEnviron()
    scheme: Any = _OfEnviron()
    server: Any = _OfEnviron()
    query_string: Any = _OfEnviron()
    headers: Any = _OfEnviron()
    remote_addr: Any = _OfEnviron()

    def __init__(
        self,
        service: Flask,
        event: dict[str, Any],
        context: Any,
        paths: tuple[str, str],
        body: bytes,
    ) -> None:
        # Not Flask's constructor: it reads an environ.
        self.method = event["httpMethod"]
        self.root_path, self.path = paths
        self._service = service
        self._event = event
        self._context = context
        self._body = body
        self.has_environ = False
        """Whether something has asked for the environ."""

    def make_environ(self) -> None:
        """Make the environ, and what a request reads from it at its start."""
        environ = rest.environ(self._event, self._context)
        environ[AUTHORIZER_KEY] = self.authorizer_context
        read = Request(environ, populate_request=False)
        for attribute in _READ_AT_START:
            self.__dict__.setdefault(attribute, getattr(read, attribute))
        environ["werkzeug.request"] = self
        if "_cached_data" in self.__dict__:
            environ["wsgi.input"].read()  # get_data() has read it
        self.environ = environ
        self.has_environ = True

    @property
    def json_module(self) -> Any:
        """What reads JSON: the service's provider."""
        return self._service.json

    @property
    def aws_event(self) -> dict[str, Any]:
        """The Lambda event."""
        return self._event

    @property
    def aws_context(self) -> Any:
        """The Lambda context."""
        return self._context

    @property
    def authorizer_context(self) -> Mapping[str, str] | None:
        """What the authorizer that let the event in has said."""
        return rest.authorizer(self._event)

    @property
    def mimetype(self) -> str:
        """The body's media type, without its parameters."""
        headers = self._event.get("multiValueHeaders")
        if isinstance(headers, dict) and not self.has_environ:
            given = [n for n in headers if len(n) == _LENGTH and n.lower() == "content-type"]
            if len(given) == 1 and headers[given[0]] == _JSON:
                return "application/json"
        return super().mimetype

    @property
    def has_cookies(self) -> bool:
        """Whether the caller sent cookies."""
        headers = self._event.get("multiValueHeaders") or self._event.get("headers") or {}
        return not _COOKIE.isdisjoint(headers)

    def get_data(
        self,
        cache: bool = True,
        as_text: bool = False,
        parse_form_data: bool = False,
    ) -> Any:
        """The body, as Werkzeug gives it: from the event, as long as that is all there is."""
        if (
            cache
            and not parse_form_data
            and not self.has_environ
            and self._max_content_length is None
            and self._service.config["MAX_CONTENT_LENGTH"] is None
            and "_cached_data" not in self.__dict__
            and "stream" not in self.__dict__
        ):
            self._cached_data = body = self._body
            if not as_text:
                return body
        return super().get_data(cache, as_text, parse_form_data)  # type: ignore[call-overload]

    def query_values(self) -> dict[str, list[str]]:
        """The query's values by name, as API Gateway has decoded them."""
        values = self._event.get("multiValueQueryStringParameters")
        if not values and not self._event.get("queryStringParameters"):
            return {}
        own = self.__dict__
        if "args" in own or "query_string" in own:  # a hook may have set them
            return super().query_values()
        if isinstance(values, dict) and _are_texts(values):
            return values
        return super().query_values()


def _are_texts(values: dict[str, Any]) -> bool:
    for name, several in values.items():
        if not isinstance(several, list) or not several or not name.isascii():
            return False
        for value in several:
            if not isinstance(value, str) or not value.isascii():
                return False
    return True


EventRequest.__name__ = Request.__name__  # in logs, nothing tells which way an event took
