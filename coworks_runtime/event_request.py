"""A request that an event gives, and its context, made without an environ until one is needed."""

# ruff: noqa: SLF001 - this module does what private parts of Flask and Werkzeug do
from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from typing import Any

from flask import Flask, signals
from flask.ctx import AppContext, RequestContext, _AppCtxGlobals
from flask.globals import _cv_app, _cv_request
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from werkzeug.utils import cached_property

from .events import rest
from .hooks import Hooks
from .wrappers import AUTHORIZER_KEY, Request

_JSON = ["application/json"]
_COOKIE = frozenset(map("".join, product(*zip("COOKIE", "cookie", strict=True))))
"""The header's name in every spelling: to look for them is faster than to lower all names."""
_FROM_ENVIRON = frozenset(
    {"environ", "scheme", "server", "query_string", "headers", "remote_addr", "_wsgi"}
)


class EventRequest(Request):
    """A request that reads its event, and makes its environ when it is asked for it."""

    has_environ = False
    """Whether something has asked for the environ."""

    shallow = False

    def __init__(
        self, event: dict[str, Any], context: Any, paths: tuple[str, str], body: bytes
    ) -> None:
        # Not Flask's constructor: it reads an environ.
        self.method = event["httpMethod"]
        self.root_path, self.path = paths
        self._event = event
        self._context = context
        self._body = body

    def __getattr__(self, name: str) -> Any:
        if name not in _FROM_ENVIRON:
            raise AttributeError(f"{type(self).__name__!r} has no attribute {name!r}")
        if name == "environ":
            self.has_environ = True
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
        if isinstance(headers, dict):
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
        if cache and not parse_form_data and not self.has_environ:
            self._cached_data = self._body
        return super().get_data(cache, as_text, parse_form_data)  # type: ignore[call-overload]

    def query_values(self) -> dict[str, list[str]]:
        """The query's values by name, as API Gateway has decoded them."""
        values = self._event.get("multiValueQueryStringParameters")
        if not values and not self._event.get("queryStringParameters"):
            return {}
        if isinstance(values, dict) and _are_texts(values):
            return values
        return super().query_values()


def _are_texts(values: dict[str, Any]) -> bool:
    for several in values.values():
        if not isinstance(several, list):
            return False
        for value in several:
            if not isinstance(value, str) or not value.isascii():
                return False
    return True


class EventContext(RequestContext):
    """Flask's request context, for a request whose route is known."""

    request: EventRequest

    def __init__(self, service: Flask, request: EventRequest, hooks: Hooks) -> None:
        # Not Flask's constructor: it matches the URL, and needs the environ for it.
        self.app = service
        self.request = request
        self.flashes = None
        self._after_request_functions = []
        self._cv_tokens = []
        self.opened_session: SessionMixin | None = None
        self._hooks = hooks

    def copy(self) -> RequestContext:
        """A copy, for another thread say: it is Flask's."""
        return RequestContext(self.app, self.request.environ, self.request, self._session)

    @cached_property
    def url_adapter(self) -> Any:
        """What ``url_for`` makes links with."""
        return self.app.create_url_adapter(self.request)

    def match_request(self) -> None:
        """The route is known."""

    @property
    def _session(self) -> SessionMixin | None:  # type: ignore[override]
        """The session, an attribute in Flask: its own is opened when it is asked for."""
        interface = self.app.session_interface
        if self.opened_session is None and type(interface) is SecureCookieSessionInterface:
            if self.app.config["SECRET_KEY"] and not self.request.has_cookies:
                self.opened_session = interface.session_class()
            else:
                self._open_session()
        return self.opened_session

    @property
    def session(self) -> SessionMixin:
        """The session, which counts as read from now on."""
        session = self._session
        if session is None:
            raise AssertionError("The session has not yet been opened.")
        session.accessed = True
        return session

    def _open_session(self) -> None:
        interface = self.app.session_interface
        opened = interface.open_session(self.app, self.request)
        # An empty session is false too.
        self.opened_session = interface.make_null_session(self.app) if opened is None else opened

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
        if signals.appcontext_pushed.receivers:
            signals.appcontext_pushed.send(app, _async_wrapper=app.ensure_sync)
        self._cv_tokens.append((_cv_request.set(self), app_context))
        if type(app.session_interface) is not SecureCookieSessionInterface:
            self._open_session()

    def pop(self, exc: BaseException | None = None) -> None:
        """Pop the context, Flask's way but for the environ, which may have never been made."""
        request = self.request
        if len(self._cv_tokens) > 1 or request.has_environ:
            super().pop(exc)
            return
        try:
            self._hooks.tear_down(exc)
            if request.has_form:
                request.close()
        finally:
            token, app_context = self._cv_tokens.pop()
            _cv_request.reset(token)
            if app_context is None:
                pass  # the outermost one was popped before
            elif (
                self.app.teardown_appcontext_funcs
                or signals.appcontext_tearing_down.receivers
                or signals.appcontext_popped.receivers
            ):
                app_context.pop(exc)
            else:
                _cv_app.reset(app_context._cv_tokens.pop())
