"""What API Gateway answers before it calls a function, answered here where there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from flask import Response as FlaskResponse
from werkzeug.exceptions import NotFound
from werkzeug.routing import Rule

from .authorization.authorize import authorize
from .authorization.protocols import ProtectedService
from .cors import Cors
from .route_access import RouteAccess
from .routing.naming import from_werkzeug, path_key
from .wrappers import Request

if TYPE_CHECKING:
    from collections.abc import Callable
    from logging import Logger

    from werkzeug.routing import Map


class GatedService(ProtectedService, Protocol):
    """A service whose routes ask for tokens and tell browsers who may call them."""

    response_class: Callable[..., FlaskResponse]
    url_map: Map

    @property
    def logger(self) -> Logger:
        """Where it tells what becomes of its work."""

    def make_response(self, rv: Any) -> FlaskResponse:
        """A response, of an HTTP error too."""

    @property
    def cors(self) -> Cors:
        """What browsers of other origins may do."""

    @property
    def access(self) -> RouteAccess:
        """Who may call which route."""


def answer_before_hooks(service: GatedService, request: Request) -> FlaskResponse | None:
    """The answer to a preflight, to a caller who isn't let in, or before an entry's work is done.

    ``None`` for all others.

    :raises NotFound: for a route that doesn't exist on this stage.
    """
    rule = request.url_rule
    if rule is None:
        return None
    if request.method == "OPTIONS" and getattr(rule, "provide_automatic_options", False):
        return _preflight(service, request, rule)
    options = service.access.options_of(rule.endpoint)
    if not options.exists_on(service.stage):
        raise NotFound
    refusal = None if options.no_auth else authorize(service, request)
    if refusal is not None:
        return service.make_response(refusal)
    if options.background:
        from .background import accept, is_to_be_accepted  # most services have no use for it

        if is_to_be_accepted(request):
            return accept(service, request)
    return None


def _preflight(service: GatedService, request: Request, rule: Rule) -> FlaskResponse | None:
    methods = service.access.cors_methods.get(path_key(from_werkzeug(rule.rule)))
    if not methods:
        return None
    request.is_preflight = True
    headers = service.cors.preflight(methods, request.headers.get("Origin"))
    response = service.response_class(status=204, headers=headers)
    del response.headers["Content-Type"]
    return response


def add_cors(service: GatedService, request: Request, response: FlaskResponse) -> None:
    """Give the answer of a request its CORS headers."""
    if "Access-Control-Allow-Origin" in response.headers:
        return
    if request.endpoint is None or request.refused:
        # Deployed, API Gateway answers these: its headers know nothing of the caller's origin.
        headers = service.cors.gateway_error()
    elif not service.access.options_of(request.endpoint).no_cors:
        headers = service.cors.answer(request.headers.get("Origin"))
    else:
        return
    vary = headers.pop("Vary", None)
    response.headers.update(headers)
    if vary:
        response.vary.add(vary)
