"""A request that an event gives, and its context, made without an environ until one is needed."""

# ruff: noqa: SLF001 - this module does what private parts of Flask and Werkzeug do
from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from typing import Any

from flask import Flask, appcontext_popped, appcontext_pushed, appcontext_tearing_down
from flask.ctx import AppContext, RequestContext, _AppCtxGlobals
from flask.globals import _cv_app, _cv_request
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from werkzeug.routing import Rule
from werkzeug.utils import cached_property

from coworks_runtime.events import rest
from coworks_runtime.wrappers import AUTHORIZER_KEY, Request

from .hooks import Hooks

_JSON = ["application/json"]
_COOKIE = frozenset(map("".join, product(*zip("COOKIE", "cookie", strict=True))))
"""The header's name in every spelling: to look for them is faster than to lower all names."""
_READ_AT_START = ("scheme", "server", "query_string", "headers", "remote_addr")
"""What a request reads from its environ at once: changing that later doesn't change these."""


class EventRequest(Request):
    """A request that reads its event, and makes its environ when it is asked for it."""

    has_environ = False
    """Whether something has asked for the environ."""

    shallow = False

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

    def __getattr__(self, name: str) -> Any:
        if name != "environ" and name not in _READ_AT_START:
            raise AttributeError(f"{type(self).__name__!r} has no attribute {name!r}")
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
        return self.__dict__[name]

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
            given = [value for name, value in headers.items() if name.lower() == "content-type"]
            if given == [_JSON]:
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
            self._cached_data = self._body
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


class EventContext(RequestContext):
    """Flask's request context, for a request whose route is known."""

    request: EventRequest

    def __init__(
        self,
        service: Flask,
        request: EventRequest,
        rule: Rule,
        values: dict[str, Any],
        hooks: Hooks,
    ) -> None:
        # Not Flask's constructor: it matches the URL, and needs the environ for it.
        self.app = service
        self.request = request
        self._match = rule, values
        self.flashes = None
        self._after_request_functions = []
        self._cv_tokens = []
        self.opened_session: SessionMixin | None = None
        self._is_unopened = True
        self._hooks = hooks

    def copy(self) -> RequestContext:
        """A copy, for another thread say: it is Flask's."""
        return RequestContext(self.app, self.request.environ, self.request, self._session)

    @cached_property
    def url_adapter(self) -> Any:
        """What ``url_for`` makes links with: the request as it came, whatever hooks changed."""
        environ = rest.environ(self.request.aws_event, self.request.aws_context)
        return self.app.create_url_adapter(Request(environ, populate_request=False))

    def match_request(self) -> None:
        """Tell the request its route, which is known."""
        self.request.url_rule, self.request.view_args = self._match

    @property
    def _session(self) -> SessionMixin | None:
        """The session, an attribute in Flask: its own is opened when it is asked for."""
        if self._is_unopened:
            self.open_session()
        return self.opened_session

    @_session.setter
    def _session(self, session: SessionMixin | None) -> None:
        self.opened_session = session
        self._is_unopened = False

    @property
    def session(self) -> SessionMixin:
        """The session, which counts as read from now on."""
        session = self._session
        if session is None:
            raise AssertionError("The session has not yet been opened.")
        session.accessed = True
        return session

    def open_session(self) -> None:
        """Open the session."""
        self._is_unopened = False
        app = self.app
        interface = app.session_interface
        if (
            type(interface) is SecureCookieSessionInterface
            and app.config["SECRET_KEY"]
            and not self.request.has_cookies
        ):
            self.opened_session = interface.session_class()
            return
        opened = interface.open_session(app, self.request)
        # An empty session is false too.
        self.opened_session = interface.make_null_session(app) if opened is None else opened

    def push(self) -> None:
        """Push the context, Flask's way but for what is made when it is used."""
        app = self.app
        if _cv_app.get(None) is not None:
            super().push()
            return
        app_context = AppContext.__new__(AppContext)
        app_context.app = app
        app_context.url_adapter = None  # without a SERVER_NAME
        app_context.g = _AppCtxGlobals()
        app_context._cv_tokens = [_cv_app.set(app_context)]
        if appcontext_pushed.receivers:
            appcontext_pushed.send(app, _async_wrapper=app.ensure_sync)
        self._cv_tokens.append((_cv_request.set(self), app_context))
        interface = app.session_interface
        if type(interface) is not SecureCookieSessionInterface:
            self.open_session()
        self.match_request()

    def pop(self, exc: BaseException | None = None) -> None:
        """Pop the context, Flask's way but for the environ, which may have never been made."""
        request = self.request
        token, app_context = self._cv_tokens[-1]
        is_alone = (
            len(self._cv_tokens) == 1
            and not request.has_environ
            and _cv_request.get() is self
            and (app_context is None or _cv_app.get() is app_context)
        )
        if not is_alone:
            super().pop(exc)
            return
        try:
            if request.url_rule is None:
                self.app.do_teardown_request(exc)  # it ended before its route was told
            else:
                self._hooks.tear_down(exc)
            if request.has_environ:  # a teardown has asked for it
                request.close()
                request.environ["werkzeug.request"] = None
        finally:
            self._cv_tokens.pop()
            _cv_request.reset(token)
            if app_context is None:
                pass  # the outermost one was popped before
            elif (
                self.app.teardown_appcontext_funcs
                or appcontext_tearing_down.receivers
                or appcontext_popped.receivers
            ):
                app_context.pop(exc)
            else:
                _cv_app.reset(app_context._cv_tokens.pop())


# What a log shows of them doesn't tell which way an event took.
EventRequest.__name__ = Request.__name__
EventContext.__name__ = RequestContext.__name__
