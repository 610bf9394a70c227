"""The short way of a REST API's event through a service.

API Gateway has matched the route already and has taken the request apart: this way uses both, and
leaves out what would give nothing. It answers exactly what the WSGI way answers, or it leaves
the event to it. What it skips, when, and why that is right:

- **The environ.** The request reads the event; an environ is made when something asks for what
  only that has (headers, cookies, host, form, ...). Not with middleware around ``wsgi_app``, which
  must see one, nor with a request class or a dispatching method of the service's own.
- **URL matching.** ``resource`` names the route. Not for a path with an escape, a doubled slash or
  one at its end, nor for one that another route's literal segment could claim: Werkzeug decides
  there. Not for HEAD, whose answers lose their bodies, nor for an OPTIONS that no entry declares.
- **Looking for hooks and receivers** where none is registered. Those that are run in Flask's order:
  :meth:`ShortWay._dispatch` and ``_finalize`` are what ``full_dispatch_request`` and
  ``finalize_request`` do, :class:`~.hooks.Hooks` what ``preprocess_request`` and its like do. What fails is left to Flask's own methods.
- **The session**, until something reads it: without a cookie it is empty.
- **The response object**, for text, JSON and bytes, where nothing is to meet it: no hook, no
  receiver, no session, no CORS header. Else it is made with the two headers that it begins with,
  which are known to be right, and goes out with the headers that are there in the end, unless
  Werkzeug has to correct one.
"""

# ruff: noqa: SLF001 - this module does what private parts of Flask and Werkzeug do
from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from flask import Flask, request_finished, request_started
from flask import Response as FlaskResponse
from flask.globals import _cv_app

from coworks_runtime.authorization.authorize import authorize
from coworks_runtime.events.environ import decoded_body
from coworks_runtime.routing.url_map import ServiceMap
from coworks_runtime.values.answers import Encoded

from .event_context import EventContext
from .event_request import EventRequest
from .known_routes import KnownRoute, KnownRoutes
from .short_answers import answer_of, plain_payload, plain_response, save_session

if TYPE_CHECKING:
    from .protocol import Answer, RoutedService


class ShortWay:
    """The short way through one service. Made at its first event, when its routes are known.

    :param service: the service, which is a Flask application and dispatches as Flask does.
    :param url_map: its URL map.
    """

    def __init__(self, service: RoutedService, url_map: ServiceMap) -> None:
        self._service = service
        self._flask = flask = cast("Flask", service)
        self._routes = KnownRoutes(service, flask, url_map)
        self._call_of_flask = Flask.__call__

    def answer(self, event: dict[str, Any], context: Any) -> dict[str, Any] | Answer | None:
        """Answer an event.

        :return: the payload; or status, headers and body for the event's codec; or ``None``
            where the event has to take the WSGI way.
        """
        service = self._flask
        config = service.config
        if (
            "wsgi_app" in service.__dict__
            or Flask.__call__ is not self._call_of_flask
            or config["TRUSTED_HOSTS"] is not None
            or config["SERVER_NAME"] is not None
            or _cv_app.get(None) is not None
        ):
            return None
        found = self._routes.find(event)
        if found is None:
            return None
        route, paths, values = found
        request = EventRequest(service, event, context, paths, decoded_body(event))
        watch = self._service._watch
        if watch is not None:
            watch.meet(request)
        return self._call(EventContext(service, request, route.rule, values, route.hooks), route)

    def _call(self, context: EventContext, route: KnownRoute) -> dict[str, Any] | Answer:
        """Answer, as ``wsgi_app`` does."""
        service = self._flask
        service._got_first_request = True
        error: BaseException | None = None
        answer: dict[str, Any] | FlaskResponse
        try:
            try:
                context.push_first()
                try:
                    result = self._dispatch(context.request, route)
                except Exception as raised:  # noqa: BLE001 - Flask's handlers decide
                    answer = service.finalize_request(service.handle_user_exception(raised))
                else:
                    answer = self._finalize(context, route, result)
            except Exception as raised:  # noqa: BLE001 - Flask's handler logs and answers it
                error = raised
                answer = service.handle_exception(raised)
            except BaseException as raised:
                error = raised
                raise
            return answer if isinstance(answer, dict) else answer_of(answer, context.request)
        finally:
            if error is not None and service.should_ignore_error(error):
                error = None
            context.pop(error)

    def _dispatch(self, request: EventRequest, route: KnownRoute) -> Any:
        """Authorize, run the hooks, call the entry."""
        service = self._flask
        if request_started.receivers:
            request_started.send(service, _async_wrapper=service.ensure_sync)
        if route.is_protected:
            refusal = authorize(self._service, request)
            if refusal is not None:
                from coworks_runtime.json_errors import json_error  # few callers are refused

                return json_error(refusal)
        answer = route.hooks.before(request.view_args)
        return route.bound.answer(request, request.view_args or {}) if answer is None else answer

    def _finalize(
        self, context: EventContext, route: KnownRoute, result: Any
    ) -> dict[str, Any] | FlaskResponse:
        """Make the response, and run the hooks on it; the payload where nothing is to meet it."""
        service = self._flask
        is_plain = type(result) is Encoded
        if not is_plain and context.request.refused:
            return service.finalize_request(result)
        if (
            context.opened_session is None
            and service.config["SECRET_KEY"]
            and context.request.has_cookies
        ):
            context.open_session()  # a lasting one is refreshed though nothing reads it
        own_hooks = context._after_request_functions
        has_cors = route.has_cors
        if is_plain and not (
            context.opened_session is not None
            or service.after_request_funcs
            or has_cors
            or own_hooks
            or request_finished.receivers
        ):
            return plain_payload(result)
        response = plain_response(result) if is_plain else service.make_response(result)
        for hook in own_hooks:
            response = service.ensure_sync(hook)(response)
        response = route.hooks.after(response)
        if context.opened_session is not None:
            save_session(service, context.opened_session, response)
        if has_cors:
            self._service.add_cors(response)
        if request_finished.receivers:
            request_finished.send(service, _async_wrapper=service.ensure_sync, response=response)
        return response
