"""A request that an event gives, and its context, made without an environ until one is needed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Flask
from flask.ctx import RequestContext
from flask.globals import _cv_app, _cv_request
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from werkzeug.utils import cached_property

from .events import rest
from .wrappers import AUTHORIZER_KEY, Request

_JSON = ["application/json"]
_FROM_ENVIRON = frozenset(
    {"environ", "scheme", "server", "query_string", "headers", "remote_addr", "_wsgi"}
)


class EventRequest(Request):
    """A request that reads its event, and makes its environ when it is asked for it."""

    def __init__(
        self, event: dict[str, Any], context: Any, paths: tuple[str, str], body: bytes
    ) -> None:
        # Not Flask's constructor: it reads an environ.
        self.method = event["httpMethod"]
        self.root_path, self.path = paths
        self.shallow = False
        self._event = event
        self._context = context
        self._body = body

    def __getattr__(self, name: str) -> Any:
        if name not in _FROM_ENVIRON:
            raise AttributeError(f"{type(self).__name__!r} has no attribute {name!r}")
        if name == "environ":
            value: Any = rest.environ(self._event, self._context)
            value[AUTHORIZER_KEY] = self.authorizer_context
            value["werkzeug.request"] = self
            if "_cached_data" in self.__dict__:
                value["wsgi.input"].read()  # get_data() has read it
        elif name == "_wsgi":
            value = Request(self.environ, populate_request=False)
        else:
            value = getattr(self._wsgi, name)
        setattr(self, name, value)
        return value

    @property
    def has_environ(self) -> bool:
        """Whether something has asked for the environ."""
        return "environ" in self.__dict__

    @property
    def aws_event(self) -> dict[str, Any]:
        """The Lambda event."""
        return self._event

    @property
    def aws_context(self) -> Any:
        """The Lambda context."""
        return self._context

    @cached_property
    def authorizer_context(self) -> Mapping[str, str] | None:
        """What the authorizer that let the event in has said."""
        return rest.authorizer(self._event)

    @property
    def mimetype(self) -> str:
        """The body's media type, without its parameters."""
        headers = self._event.get("multiValueHeaders")
        if isinstance(headers, dict):
            given = [value for name, value in headers.items() if name.lower() == "content-type"]
            if given == [_JSON]:
                return "application/json"
        return super().mimetype

    @property
    def has_cookies(self) -> bool:
        """Whether the caller sent cookies."""
        headers = self._event.get("multiValueHeaders") or self._event.get("headers") or {}
        return any(name.lower() == "cookie" for name in headers)

    def get_data(
        self,
        cache: bool = True,
        as_text: bool = False,
        parse_form_data: bool = False,
    ) -> Any:
        """The body, as Werkzeug gives it: from the event, as long as that is all there is."""
        if cache and not parse_form_data and not self.has_environ:
            self._cached_data = self._body
        return super().get_data(cache, as_text, parse_form_data)  # type: ignore[call-overload]

    def query_values(self) -> dict[str, list[str]]:
        """The query's values by name, as API Gateway has decoded them."""
        values = self._event.get("multiValueQueryStringParameters")
        if not values and not self._event.get("queryStringParameters"):
            return {}
        if isinstance(values, dict) and all(_are_texts(several) for several in values.values()):
            return values
        return super().query_values()


def _are_texts(values: Any) -> bool:
    return isinstance(values, list) and all(isinstance(v, str) and v.isascii() for v in values)


class EventContext(RequestContext):
    """Flask's request context, for a request whose route is known."""

    request: EventRequest

    def __init__(self, service: Flask, request: EventRequest, *, has_session: bool) -> None:
        # Not Flask's constructor: it matches the URL, and needs the environ for it.
        self.app = service
        self.request = request
        self.flashes = None
        self._session = (
            None if has_session else service.session_interface.make_null_session(service)
        )
        self._after_request_functions = []
        self._cv_tokens = []

    @cached_property
    def url_adapter(self) -> Any:
        """What ``url_for`` makes links with."""
        return self.app.create_url_adapter(self.request)

    def match_request(self) -> None:
        """The route is known."""

    def push(self) -> None:
        """Push the context, Flask's way but for the adapter, which is made when it is used."""
        outer = _cv_app.get(None)
        app_context = None if outer and outer.app is self.app else self.app.app_context()
        if app_context is not None:
            app_context.push()
        self._cv_tokens.append((_cv_request.set(self), app_context))
        if self._session is None:
            self._session = self._open_session()

    def _open_session(self) -> SessionMixin:
        interface = self.app.session_interface
        if isinstance(interface, SecureCookieSessionInterface):
            is_flask_s = type(interface) is SecureCookieSessionInterface
            if is_flask_s and self.app.secret_key and not self.request.has_cookies:
                return interface.session_class()
        opened = interface.open_session(self.app, self.request)
        # An empty session is false too.
        return interface.make_null_session(self.app) if opened is None else opened

    def pop(self, exc: BaseException | None = None) -> None:
        """Pop the context, Flask's way but for the environ, which may have never been made."""
        if len(self._cv_tokens) > 1 or self.request.has_environ:
            super().pop(exc)
            return
        try:
            self.app.do_teardown_request(exc)
            self.request.close()
        finally:
            token, app_context = self._cv_tokens.pop()
            _cv_request.reset(token)
            if app_context is not None:
                app_context.pop(exc)
