"""The profile of the last request."""

from __future__ import annotations

from io import StringIO
from threading import Lock
from typing import TYPE_CHECKING, Any, TextIO

from flask import request, request_started
from werkzeug.middleware.profiler import ProfilerMiddleware

from coworks_runtime.bound_entry import bound_entry_of
from coworks_runtime.entry import entry

from .coworks_blueprint import Blueprint

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from flask import Flask
    from flask.sansio.blueprints import BlueprintSetupState

_OWN_REQUEST = "coworks_runtime.profiler.own_request"
# From Python 3.12 on, one profiler can be active in an interpreter, not one a thread.
_PROFILING = Lock()


class Profiler(Blueprint):
    """Profiles the requests of a service and shows the profile of the last one.

    GET at its root, with a token, gives it as plain text in the layout of :mod:`pstats`. Requests
    to the profiler itself don't count, and one profile is kept, whatever the number of requests.
    One request is profiled at a time: those that come meanwhile are answered without.

    .. code-block:: python

        self.register_blueprint(Profiler(self), url_prefix="/profile")

    A profiled answer is complete before its first byte is sent, and takes longer; register the
    profiler where that doesn't matter. Without registration nothing is profiled.

    :param app: the service that it is registered on.
    :param output: a stream that each profile is written to as well, ``sys.stdout`` say; by default
        none is.
    :param kwargs: what :class:`~coworks_runtime.Blueprint` takes.
    """

    def __init__(self, app: Flask, output: TextIO | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._output = output
        self._last: _LastProfile | None = None
        self.record_once(lambda state: self._install(app, state))

    @entry
    def get(self) -> str:
        """The profile of the last request, as plain text.

        :returns: the functions that were called, those that took longest first.
        """
        return (self._last and self._last.text) or "No request is profiled yet.\n"

    def _install(self, app: Flask, state: BlueprintSetupState) -> None:
        if state.options.get("hide_routes"):
            return
        # What wraps the service when the profiler is registered is profiled too.
        self._last = _LastProfile(app.wsgi_app, self._output)
        app.wsgi_app = self._last  # type: ignore[method-assign]
        # Sent before the token is checked: a refused request for the profile doesn't count either.
        request_started.connect(self._mark_own_request, app)

    def _mark_own_request(self, app: Flask, **_extra: Any) -> None:
        bound = bound_entry_of(app.view_functions.get(request.endpoint or ""))
        if bound is not None and bound.owner is self:
            request.environ[_OWN_REQUEST] = True


class _LastProfile:
    """WSGI middleware that keeps the profile of the last request as text."""

    def __init__(self, wsgi_app: WSGIApplication, output: TextIO | None) -> None:
        self._wsgi_app = wsgi_app
        self._output = output
        self.text = ""

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if not _PROFILING.acquire(blocking=False):
            return self._wsgi_app(environ, start_response)
        # A stream of its own for each request: nothing grows.
        stream = StringIO()
        try:
            answer = ProfilerMiddleware(self._wsgi_app, stream)(environ, start_response)
        finally:
            _PROFILING.release()
        if _OWN_REQUEST not in environ:
            self.text = stream.getvalue()
            if self._output is not None:
                self._output.write(self.text)
        return answer
