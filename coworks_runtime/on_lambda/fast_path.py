"""The short way of a REST API's event through a service.

API Gateway has matched the route already and has taken the request apart: this module uses both,
and leaves out what would give nothing. It answers exactly what the WSGI way answers, or it leaves
the event to it. What it skips, when, and why that is right:

- **The environ.** The request reads the event; an environ is made when something asks for what
  only that has (headers, cookies, host, form, ...). Not with middleware around ``wsgi_app``, which
  must see one, nor with a request class or a dispatching method of the service's own.
- **URL matching.** ``resource`` names the route. Not for a path with an escape, a doubled slash or
  one at its end, nor for one that another route's literal segment could claim: Werkzeug decides
  there. Not for HEAD, whose answers lose their bodies, nor for an OPTIONS that no entry declares.
- **Looking for hooks and receivers** where none is registered. Those that are run in Flask's order:
  :meth:`FastPath._dispatch` and ``_finalize`` are what ``full_dispatch_request`` and
  ``finalize_request`` do, :class:`~coworks_runtime.on_lambda.hooks.Hooks` what ``preprocess_request`` and
  its like do. What fails is left to Flask's own methods.
- **The session**, until something reads it: without a cookie it is empty.
- **The response object**, for text, JSON and bytes, where nothing is to meet it: no hook, no
  receiver, no session, no CORS header. Else it is made with the two headers that it begins with,
  which are known to be right, and goes out with the headers that are there in the end, unless
  Werkzeug has to correct one.
"""

# ruff: noqa: SLF001 - this module does what private parts of Flask and Werkzeug do
from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable
from functools import lru_cache
from types import FunctionType
from typing import TYPE_CHECKING, Any

from flask import Flask, request_finished, request_started
from flask import Response as FlaskResponse
from flask.ctx import _AppCtxGlobals
from flask.globals import _cv_app
from flask.json.provider import DefaultJSONProvider
from flask.sessions import (
    SecureCookieSession,
    SecureCookieSessionInterface,
    SessionInterface,
    SessionMixin,
)
from werkzeug.datastructures import Headers
from werkzeug.routing import Map, Rule

from coworks_runtime.authorization.authorize import authorize
from coworks_runtime.bound_entry import BoundEntry
from coworks_runtime.events.answer import is_text
from coworks_runtime.events.environ import decoded_body
from coworks_runtime.events.paths import split_by_route
from coworks_runtime.events.rest import proxy_payload
from coworks_runtime.routing.naming import from_werkzeug
from coworks_runtime.routing.url_map import ServiceMap, is_plain
from coworks_runtime.wrappers import Request

from .event_request import EventContext, EventRequest
from .handler import call_wsgi
from .hooks import Hooks

if TYPE_CHECKING:
    from coworks_runtime.service import TechMicroService

Answer = tuple[str, list[tuple[str, str]], bytes | Iterable[bytes]]

_TEXT = "text/plain; charset=utf-8"
_BYTES = "application/octet-stream"
_JSON = "application/json"
_METHODS = (
    "wsgi_app",
    "request_context",
    "app_context",
    "create_url_adapter",
    "full_dispatch_request",
    "preprocess_request",
    "dispatch_request",
    "make_response",
    "finalize_request",
    "process_response",
    "do_teardown_request",
    "do_teardown_appcontext",
    "ensure_sync",
)
_PROVIDES = frozenset({"dumps", "response"})
_CORRECTED = frozenset({"location", "content-location", "content-encoding"})
_WITHOUT_BODY = (204, 304)


class FastPath:
    """The short way through one service. Made at its first event, when its routes are known."""

    def __init__(self, service: TechMicroService) -> None:
        self._service = service
        self._routes: dict[tuple[str, str], _KnownRoute | None] = {}
        self._json_options: tuple[Any, ...] = ()
        self._encode: Callable[[Any], str] = json.dumps
        self._url_map: ServiceMap | None = None
        if isinstance(service.url_map, ServiceMap) and _is_flask_s(service):
            self._url_map = service.url_map

    def answer(self, event: dict[str, Any], context: Any) -> dict[str, Any] | Answer | None:
        """Answer an event.

        :return: the payload; or status, headers and body for the event's codec; or ``None``
            where the event has to take the WSGI way.
        """
        service = self._service
        url_map = self._url_map
        if url_map is None or "wsgi_app" in service.__dict__ or _cv_app.get(None) is not None:
            return None
        found = self._find(url_map, event)
        if found is None:
            return None
        route, paths, values = found
        request = EventRequest(service, event, context, paths, decoded_body(event))
        return self._call(EventContext(service, request, route.rule, values, route.hooks), route)

    def _find(
        self, url_map: ServiceMap, event: dict[str, Any]
    ) -> tuple[_KnownRoute, tuple[str, str], dict[str, Any]] | None:
        """The route that API Gateway matched, with the path's values."""
        resource = event.get("resource")
        request_context = event.get("requestContext")
        if not isinstance(resource, str) or not isinstance(request_context, dict):
            return None
        key = resource, event["httpMethod"]
        try:
            route = self._routes[key]
        except KeyError:
            route = self._routes[key] = _known_route(self._service, url_map, *key)
        if route is None or self._service.view_functions.get(route.endpoint) is not route.view:
            return None
        path = request_context.get("path")
        if not isinstance(path, str) or not path.isascii() or "%" in path or "//" in path:
            return None
        split = split_by_route(path, resource, event.get("pathParameters") or {})
        if split is None:
            return None
        values = route.values(split[1])
        return None if values is None else (route, split, values)

    def _call(self, context: EventContext, route: _KnownRoute) -> dict[str, Any] | Answer:
        """Answer, as ``wsgi_app`` does."""
        service = self._service
        service._got_first_request = True
        error: BaseException | None = None
        answer: dict[str, Any] | FlaskResponse
        try:
            try:
                context.push()
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
            return answer if isinstance(answer, dict) else _answer(answer, context.request)
        finally:
            if error is not None and service.should_ignore_error(error):
                error = None
            context.pop(error)

    def _dispatch(self, request: EventRequest, route: _KnownRoute) -> Any:
        """Authorize, run the hooks, call the entry."""
        service = self._service
        if request_started.receivers:
            request_started.send(service, _async_wrapper=service.ensure_sync)
        if not route.view.options.no_auth:
            authorize(service, request)
        answer = route.hooks.before(request.view_args)
        return route.view.answer(request, request.view_args or {}) if answer is None else answer

    def _finalize(
        self, context: EventContext, route: _KnownRoute, result: Any
    ) -> dict[str, Any] | FlaskResponse:
        """Make the response, and run the hooks on it; the payload where nothing is to meet it."""
        service = self._service
        if (
            context.opened_session is None
            and service.config["SECRET_KEY"]
            and context.request.has_cookies
        ):
            context.open_session()  # a lasting one is refreshed though nothing reads it
        plain = self._plain(result)
        own_hooks = context._after_request_functions
        is_met = (
            context.opened_session is not None
            or service.after_request_funcs
            or service.has_cors
            or own_hooks
            or request_finished.receivers
        )
        if plain is not None and not is_met:
            body, content_type = plain
            headers = {"Content-Type": [content_type], "Content-Length": [str(len(body))]}
            return proxy_payload(200, headers, body, text=content_type is not _BYTES)
        response = service.make_response(result) if plain is None else _response(*plain)
        for hook in own_hooks:
            response = service.ensure_sync(hook)(response)
        response = route.hooks.after(response)
        if context.opened_session is not None:
            _save_session(service, context.opened_session, response)
        if service.has_cors:
            service.add_cors(response)
        if request_finished.receivers:
            request_finished.send(service, _async_wrapper=service.ensure_sync, response=response)
        return response

    def _plain(self, result: Any) -> tuple[bytes, str] | None:
        """The body and the media type of text, bytes or JSON, ``None`` for all else."""
        kind = type(result)
        if kind is str:
            return result.encode(), _TEXT
        if kind is bytes:
            return result, _BYTES
        if kind is dict or kind is list:
            text = self._json_text(result)
            return None if text is None else (text.encode(), _JSON)
        return None

    def _json_text(self, value: Any) -> str | None:
        """What Flask's own provider writes, ``None`` where another one does, or in another way."""
        provider = self._service.json
        if (
            type(provider) is not DefaultJSONProvider
            or provider.mimetype != _JSON
            or provider.compact is False
            or (provider.compact is None and self._service.debug)
            or not _PROVIDES.isdisjoint(provider.__dict__)
        ):
            return None
        options = provider.default, provider.ensure_ascii, provider.sort_keys
        if options != self._json_options:
            # What json.dumps makes anew for each value.
            self._json_options = options
            self._encode = json.JSONEncoder(
                default=provider.default,
                ensure_ascii=provider.ensure_ascii,
                sort_keys=provider.sort_keys,
                separators=(",", ":"),
            ).encode
        return f"{self._encode(value)}\n"


class _KnownRoute:
    """A route of the service that API Gateway's ``resource`` names."""

    def __init__(
        self, rule: Rule, path: str, view: BoundEntry, hooks: Hooks, claimed: list[set[str]]
    ) -> None:
        self.rule = rule
        self.view = view
        self.endpoint: str = rule.endpoint
        self.hooks = hooks
        segments = path.split("/")[1:] if path != "/" else []
        self._segments = [
            (segment[1:-1] if segment.startswith("{") else None, segment, claimed[position])
            for position, segment in enumerate(segments)
        ]

    def values(self, path: str) -> dict[str, Any] | None:
        """The path's values, ``None`` where Werkzeug has to decide."""
        if path == "/":
            return {} if not self._segments else None
        given = path.split("/")[1:]
        if len(given) != len(self._segments):
            return None
        values: dict[str, Any] = {}
        for (variable, segment, claimed), text in zip(self._segments, given, strict=True):
            if variable is not None:
                if not text or text in claimed:
                    return None
                values[variable] = text
            elif segment != text:
                return None
        return values


def _known_route(
    service: TechMicroService, url_map: ServiceMap, resource: str, method: str
) -> _KnownRoute | None:
    """The route that a resource of the API and a method name, if it is an entry's."""
    registered = service.route_of(method, resource)
    if registered is None or method == "HEAD" or registered.route.path.endswith("+}"):
        return None
    path = registered.route.path
    view = service.view_functions.get(registered.endpoint)
    if not isinstance(view, BoundEntry):
        return None
    rules = url_map.rules_of(registered.endpoint)
    if not all(is_plain(rule) for rule in rules):
        return None
    rule = next(rule for rule in rules if from_werkzeug(rule.rule) == path)
    segments = path.split("/")[1:]
    claimed: list[set[str]] = [set() for _ in segments]
    for other in url_map.all_rules():
        words = from_werkzeug(other.rule).split("/")[1:]
        if not is_plain(other) and _may_share_urls(segments, words):
            return None
        if len(words) == len(segments):
            for position, word in enumerate(words):
                claimed[position].add(word)
    return _KnownRoute(rule, path, view, Hooks(service, registered.endpoint), claimed)


def _may_share_urls(one: list[str], other: list[str]) -> bool:
    """Whether no literal segment keeps two paths apart."""
    return not any(a != b and "{" not in a + b for a, b in zip(one, other, strict=False))


def _is_flask_s(service: TechMicroService) -> bool:
    """Whether the service dispatches as Flask does, so that this module's way is the same."""
    from coworks_runtime.service import TechMicroService

    names = (*_METHODS, "secret_key")
    return (
        all(getattr(type(service), name) is getattr(TechMicroService, name) for name in names)
        and not any(name in service.__dict__ for name in _METHODS)
        and all(_is_unpatched(cls, name) for cls in TechMicroService.__mro__ for name in _METHODS)
        and service.request_class is Request
        and service.response_class is FlaskResponse
        and service.app_ctx_globals_class is _AppCtxGlobals
        and service.url_map.converters["default"] is Map.default_converters["default"]
        and not service.url_map.host_matching
        and not service.subdomain_matching
        and not _is_patched(service.session_interface)
        and service.config["SERVER_NAME"] is None
        and service.config["TRUSTED_HOSTS"] is None
    )


def _is_patched(interface: SessionInterface) -> bool:
    """Whether Flask's own interface of sessions was changed in place."""
    return type(interface) is SecureCookieSessionInterface and bool(vars(interface))


def _is_unpatched(cls: type, name: str) -> bool:
    """Whether a class's method, if it has one of that name, is of its own module."""
    method = vars(cls).get(name)
    return method is None or (
        isinstance(method, FunctionType) and method.__globals__ is vars(sys.modules[cls.__module__])
    )


def _response(body: bytes, content_type: str) -> FlaskResponse:
    """What Flask's response class makes of a body, whose headers needn't be checked here."""
    response = FlaskResponse.__new__(FlaskResponse)
    response._status, response._status_code = "200 OK", 200
    response.headers = Headers()
    response.headers._list += (
        ("Content-Type", content_type),
        ("Content-Length", str(len(body))),
    )
    response.response = [body]
    response.direct_passthrough = False
    response._on_close = []
    return response


def _save_session(service: Flask, session: SessionMixin, response: FlaskResponse) -> None:
    """Write the session's cookie; one that was read and is empty says so only."""
    interface = service.session_interface
    if (
        type(session) is SecureCookieSession
        and not session
        and not session.modified
        and session.accessed
        and type(interface) is SecureCookieSessionInterface
    ):
        headers = response.headers._list
        if "vary" in [name.lower() for name, _ in headers]:
            response.vary.add("Cookie")
        else:
            headers.append(("Vary", "Cookie"))
    elif not interface.is_null_session(session):
        interface.save_session(service, session, response)


def _answer(response: FlaskResponse, request: EventRequest) -> dict[str, Any] | Answer:
    """The payload of a response; where its headers may need correcting, what WSGI gives."""
    if type(response) is FlaskResponse and not response.autocorrect_location_header:
        payload = _payload_of(response)
        if payload is not None:
            return payload
        environ = {"REQUEST_METHOD": request.method}
    elif type(response).__call__ is FlaskResponse.__call__:
        environ = request.environ
    else:
        return call_wsgi(response, request.environ)
    stream, status_line, headers = response.get_wsgi_response(environ)
    return status_line, headers, stream


def _payload_of(response: FlaskResponse) -> dict[str, Any] | None:
    """The payload of a response that goes out as it is, ``None`` for another one."""
    body = response.response
    if (
        type(body) is not list
        or len(body) != 1
        or type(body[0]) is not bytes
        or response._on_close
        or type(response.headers) is not Headers
    ):
        return None
    status, headers = response._status_code, response.headers._list
    if status != 200 and (not 200 <= status < 600 or status in _WITHOUT_BODY):
        return None
    groups = {name: [value] for name, value in headers}
    if len(groups) != len(headers) or not _are_final(tuple(groups)):
        return None
    return proxy_payload(status, groups, body[0], text=is_text(groups["Content-Type"][0]))


@lru_cache(maxsize=256)
def _are_final(names: tuple[str, ...]) -> bool:
    """Whether headers of these names go out as they are: all there, once, nothing to correct."""
    lower = {name.lower() for name in names}
    return (
        len(lower) == len(names)
        and "content-length" in lower
        and "Content-Type" in names
        and _CORRECTED.isdisjoint(lower)
    )
