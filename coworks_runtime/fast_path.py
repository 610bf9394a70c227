"""The short way of a REST API's event through a service.

API Gateway has matched the route already and has taken the request apart: this module uses both,
and leaves out what would give nothing. It answers exactly what the WSGI way answers, or it leaves
the event to it. What it skips, when, and why that is right:

- **The environ.** The request reads the event; an environ is made when something asks for what
  only that has (headers, cookies, host, form, ...). Not with middleware around ``wsgi_app``, which
  must see one, nor with a request class or a dispatching method of the service's own.
- **URL matching.** ``resource`` names the route. Not for a path with an escape, a doubled slash or
  one at its end, nor for one that another route's literal segment could claim: Werkzeug decides
  there. Not for HEAD and OPTIONS that no entry declares.
- **Hooks and signals** that nobody listens to, and the session of a service without a key, which
  can hold nothing. Where any is in use, Flask's own ``full_dispatch_request`` runs.
- **The response object**, for text, JSON and bytes that no hook and no CORS header is to meet.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from flask import Flask, signals
from flask import Response as FlaskResponse
from flask.ctx import AppContext
from flask.globals import _cv_app, _cv_request
from flask.json.provider import DefaultJSONProvider
from flask.sessions import SecureCookieSessionInterface
from werkzeug.routing import Rule

from .authorization import authorize
from .bound_entry import BoundEntry
from .event_request import EventContext, EventRequest
from .events.answer import encoded_body
from .events.environ import decoded_body
from .events.paths import split_by_route
from .naming import from_werkzeug, path_key
from .wrappers import Request

if TYPE_CHECKING:
    from .service import TechMicroService

Answer = tuple[str, list[tuple[str, str]], bytes | Iterable[bytes]]

_TEXT = ["text/plain; charset=utf-8"]
_BYTES = ["application/octet-stream"]
_JSON = ["application/json"]
_METHODS = (
    "wsgi_app",
    "request_context",
    "create_url_adapter",
    "full_dispatch_request",
    "preprocess_request",
    "dispatch_request",
    "make_response",
    "finalize_request",
    "process_response",
    "do_teardown_request",
    "do_teardown_appcontext",
)
_RECEIVERS = tuple(
    signal.receivers
    for signal in (
        signals.request_started,
        signals.request_finished,
        signals.request_tearing_down,
        signals.appcontext_pushed,
        signals.appcontext_popped,
        signals.appcontext_tearing_down,
    )
)


class FastPath:
    """The short way through one service. Made at its first event, when its routes are known."""

    def __init__(self, service: TechMicroService) -> None:
        self._service = service
        self._routes: dict[tuple[str, str], _KnownRoute] = {}
        self._known: dict[tuple[str, str], _KnownRoute] = {}
        self._is_flask_s = _is_flask_s(service)
        if self._is_flask_s:
            self._routes.update((route.key, route) for route in _known_routes(service))

    def answer(self, event: dict[str, Any], context: Any) -> dict[str, Any] | Answer | None:
        """Answer an event.

        :return: the payload; or status, headers and body for the event's codec; or ``None``
            where the event has to take the WSGI way.
        """
        service = self._service
        if not self._is_flask_s or "wsgi_app" in service.__dict__:
            return None
        found = self._find(event)
        if found is None:
            return None
        route, paths, values = found
        request = EventRequest(event, context, paths, decoded_body(event))
        request.url_rule = route.rule
        request.view_args = values
        if self._is_in_use():
            return self._dispatch(EventContext(service, request, has_session=True))
        return self._call(request, route.view, values)

    def _find(
        self, event: dict[str, Any]
    ) -> tuple[_KnownRoute, tuple[str, str], dict[str, Any]] | None:
        """The route that API Gateway matched, with the path's values."""
        resource = event.get("resource")
        request_context = event.get("requestContext")
        if not isinstance(resource, str) or not isinstance(request_context, dict):
            return None
        key = resource, event["httpMethod"]
        route = self._known.get(key)
        if route is None:
            route = self._routes.get((path_key(resource), key[1]))
            if route is None:
                return None
            self._known[key] = route
        path = request_context.get("path")
        if not isinstance(path, str) or not path.isascii() or "%" in path or "//" in path:
            return None
        split = split_by_route(path, resource, event.get("pathParameters") or {})
        if split is None:
            return None
        values = route.values(split[1])
        return None if values is None else (route, split, values)

    def _is_in_use(self) -> bool:
        """Whether hooks, signals or sessions are: then Flask runs them."""
        service = self._service
        return bool(
            service.before_request_funcs
            or service.after_request_funcs
            or service.teardown_request_funcs
            or service.teardown_appcontext_funcs
            or service.url_value_preprocessors
            or service.secret_key
            or type(service.session_interface) is not SecureCookieSessionInterface
            or any(_RECEIVERS)
        )

    def _dispatch(self, context: EventContext) -> Answer:
        """Answer with all that is registered, as ``wsgi_app`` does."""
        error: BaseException | None = None
        try:
            try:
                context.push()
                response = self._service.full_dispatch_request()
            except Exception as raised:  # noqa: BLE001 - Flask's handler logs and answers it
                error = raised
                response = self._service.handle_exception(raised)
            return _parts(response, context.request)
        finally:
            context.pop(error)

    def _call(
        self, request: EventRequest, view: BoundEntry, values: dict[str, Any]
    ) -> dict[str, Any] | Answer:
        """Answer where nothing is registered that would have to run around the entry."""
        service = self._service
        service._got_first_request = True  # noqa: SLF001 - as full_dispatch_request: setup is over
        context = EventContext(service, request, has_session=False)
        app_token = _cv_app.set(AppContext(service))
        request_token = _cv_request.set(context)
        context._cv_tokens.append((request_token, None))  # noqa: SLF001 - pushed, as it is
        try:
            try:
                try:
                    if not view.options.no_auth:
                        authorize(service, request)
                    result = view.answer(request, values)
                except Exception as raised:  # noqa: BLE001 - Flask's handlers decide
                    result = service.handle_user_exception(raised)
                else:
                    payload = self._payload(context, result)
                    if payload is not None:
                        return payload
                response = service.finalize_request(result)
            except Exception as raised:  # noqa: BLE001 - Flask's handler logs and answers it
                response = service.handle_exception(raised)
            return _parts(response, request)
        finally:
            request.close()
            _cv_request.reset(request_token)
            _cv_app.reset(app_token)

    def _payload(self, context: EventContext, result: Any) -> dict[str, Any] | None:
        """The payload of a plain answer, ``None`` where a response object has to be made."""
        service = self._service
        if service.has_cors or context._after_request_functions:  # noqa: SLF001 - Flask's own list
            return None
        kind = type(result)
        if kind is str:
            body, content_type = result.encode(), _TEXT
        elif kind is bytes:
            body, content_type = result, _BYTES
        elif kind in (dict, list) and type(service.json) is DefaultJSONProvider:
            text = _json_text(service, service.json, result)
            if text is None:
                return None
            body, content_type = text.encode(), _JSON
        else:
            return None
        content, is_base64 = encoded_body(body, text=content_type is not _BYTES)
        return {
            "statusCode": 200,
            "multiValueHeaders": {
                "Content-Type": [*content_type],
                "Content-Length": [str(len(body))],
            },
            "body": content,
            "isBase64Encoded": is_base64,
        }


class _KnownRoute:
    """A route of the service that API Gateway's ``resource`` names."""

    def __init__(self, rule: Rule, path: str, view: BoundEntry, claimed: list[set[str]]) -> None:
        self.rule = rule
        self.view = view
        self.key = path_key(path), view.route.method
        self._segments = path.split("/")[1:] if path != "/" else []
        self._claimed = claimed

    def values(self, path: str) -> dict[str, Any] | None:
        """The path's values, ``None`` where Werkzeug has to decide."""
        if path == "/":
            return {} if not self._segments else None
        given = path.split("/")[1:]
        if len(given) != len(self._segments):
            return None
        values: dict[str, Any] = {}
        for segment, text, claimed in zip(self._segments, given, self._claimed, strict=True):
            if not segment.startswith("{"):
                if segment != text:
                    return None
            elif not text or text in claimed:
                return None
            else:
                values[segment[1:-1]] = text
        return values


def _known_routes(service: TechMicroService) -> Iterable[_KnownRoute]:
    paths = [(rule, from_werkzeug(rule.rule)) for rule in service.url_map.iter_rules()]
    claimed: dict[int, list[set[str]]] = {}
    for _, path in paths:
        segments = path.split("/")[1:]
        words = claimed.setdefault(len(segments), [set() for _ in segments])
        for position, segment in enumerate(segments):
            words[position].add(segment)
    for rule, path in paths:
        view = service.view_functions.get(rule.endpoint)
        if isinstance(view, BoundEntry) and not path.endswith("+}"):
            yield _KnownRoute(rule, path, view, claimed[path.count("/")])


def _is_flask_s(service: TechMicroService) -> bool:
    """Whether the service dispatches as Flask does, so that this module's way is the same."""
    from .service import TechMicroService

    cls = type(service)
    return (
        all(getattr(cls, name) is getattr(TechMicroService, name) for name in _METHODS)
        and not any(name in service.__dict__ for name in _METHODS)
        and service.request_class is Request
        and service.response_class is FlaskResponse
        and service.app_ctx_globals_class is Flask.app_ctx_globals_class
        and not service.url_map.host_matching
        and not service.subdomain_matching
        and service.config["SERVER_NAME"] is None
        and service.config["TRUSTED_HOSTS"] is None
        and service.config["MAX_CONTENT_LENGTH"] is None
    )


def _json_text(service: Flask, provider: DefaultJSONProvider, value: Any) -> str | None:
    """What Flask's own provider writes, ``None`` where it is set up in another way."""
    if provider.compact is False or (provider.compact is None and service.debug):
        return None
    text = json.dumps(
        value,
        default=provider.default,
        ensure_ascii=provider.ensure_ascii,
        sort_keys=provider.sort_keys,
        separators=(",", ":"),
    )
    return f"{text}\n"


def _parts(response: FlaskResponse, request: EventRequest) -> Answer:
    """Status, headers and body of a response, without an environ where it needs none."""
    is_plain = type(response) is FlaskResponse and response.is_sequence
    if is_plain and not response.autocorrect_location_header:
        headers = response.get_wsgi_headers({})
        body = b"".join(response.iter_encoded())
        response.close()
        return response.status, headers.to_wsgi_list(), body
    stream, status, headers_list = response.get_wsgi_response(request.environ)
    return status, headers_list, stream
