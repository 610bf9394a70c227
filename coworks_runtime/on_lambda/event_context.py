"""Flask's request context on the short way: what is made for each request is made when it is used."""

# ruff: noqa: SLF001 - this module does what private parts of Flask and Werkzeug do
from __future__ import annotations

from typing import Any

from flask import Flask, appcontext_popped, appcontext_pushed, appcontext_tearing_down
from flask.ctx import AppContext, RequestContext, _AppCtxGlobals
from flask.globals import _cv_app, _cv_request
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from werkzeug.routing import Rule
from werkzeug.utils import cached_property

from coworks_runtime.events import rest
from coworks_runtime.wrappers import Request

from .event_request import EventRequest
from .hooks import Hooks


class EventContext(RequestContext):
    """Flask's request context, for a request whose route is known."""

    request: EventRequest
    flashes = None
    _is_unopened = True

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
        self._after_request_functions = []
        self._cv_tokens = []
        self.opened_session: SessionMixin | None = None
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
        """Push the context."""
        if _cv_app.get(None) is None:
            self.push_first()
        else:
            super().push()

    def push_first(self) -> None:
        """Push the context where there is none yet, Flask's way but for what is made on use."""
        app = self.app
        app_context = AppContext.__new__(AppContext)
        app_context.app = app
        app_context.url_adapter = None  # without a SERVER_NAME
        app_context.g = _AppCtxGlobals()
        app_context._cv_tokens = [_cv_app.set(app_context)]
        if appcontext_pushed.receivers:
            appcontext_pushed.send(app, _async_wrapper=app.ensure_sync)
        self._cv_tokens.append((_cv_request.set(self), app_context))
        if type(app.session_interface) is not SecureCookieSessionInterface:
            self.open_session()
        self.request.url_rule, self.request.view_args = self._match

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


EventContext.__name__ = RequestContext.__name__  # in logs, nothing tells which way an event took
