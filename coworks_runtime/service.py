"""The microservice: a Flask application whose routes are its methods."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Any, ClassVar

from flask import Flask, request
from flask import Response as FlaskResponse
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule

from . import command_line, environment
from .authorization.authorize import authorize, has_token, token_matches
from .bound_entry import BoundEntry, bound_entry_of, entries_of
from .cors import Cors
from .json_errors import json_error
from .on_lambda.choice import short_way_of
from .on_lambda.handler import handle
from .routing.naming import Route, from_werkzeug, path_key, to_werkzeug
from .routing.route_table import RegisteredRoute, RouteTable
from .routing.url_map import (
    SegmentsConverter,
    ServiceMap,
    ServiceRule,
    has_plain_urls,
    host_of,
    let_declared_win,
)
from .verified import is_verified
from .wrappers import Request

if TYPE_CHECKING:
    from .entry_records import Entry
    from .on_lambda.protocol import Way


class TechMicroService(Flask):
    """A microservice. Its methods marked with :func:`~coworks_runtime.entry` are its routes.

    It is a WSGI application, and the handler of a Lambda function: how it is called decides.

    :param name: the service's name, by default its class's in lower case.
    :param import_name: the module where its resources (templates) are; by default its class's.
    :param kwargs: Flask's own parameters; ``static_folder`` is ``None`` by default.
    :raises EntryError: for an entry that can't be served, or two on one method and path.
    :raises EnvironmentFileError: under Flask's commands, for a malformed dotenv file.
    :raises EnvironmentVariableError: for a variable with another value than it takes.
    """

    request_class = Request
    url_map_class: type[Map] = ServiceMap if is_verified() else Map
    url_rule_class: type[Rule] = ServiceRule if is_verified() else Rule

    authorization_header: ClassVar[str] = "Authorization"
    """The header that holds the token."""

    cors: ClassVar[Cors] = Cors()
    """What browsers of other origins may do with the entries that have ``no_cors=False``."""

    DOC_MD: ClassVar[str | None] = None
    """The service's documentation, in Markdown."""

    doc_md: str | None = None
    """The documentation of this instance, in Markdown; it wins over ``DOC_MD``."""

    def __init__(
        self, name: str | None = None, *, import_name: str | None = None, **kwargs: Any
    ) -> None:
        cls = type(self)
        command_line.prepare(cls.__module__)
        self.stage: str = environment.stage()
        self._wants_short_way = environment.short_way()
        self._route_table = RouteTable()
        self._cors_methods: dict[str, set[str]] = {}
        self.has_cors = False
        """Whether any entry may be called by browsers of other origins."""
        super().__init__(import_name or cls.__module__, **{"static_folder": None, **kwargs})
        self.name = name or cls.__name__.lower()
        self.url_map.strict_slashes = False
        self.url_map.converters["segments"] = SegmentsConverter
        self.register_error_handler(HTTPException, json_error)
        for bound in entries_of(self, Flask):
            if bound.options.exists_on(self.stage):
                self.add_url_rule(
                    to_werkzeug(bound.route.path),
                    bound.name,
                    bound.view,
                    methods=[bound.route.method],
                )

    def token_authorizer(self, token: str) -> Any:
        """Decide whether the bearer of a token may call the protected entries.

        Override it for another rule than the default, which compares with the secret that the
        construct was given, else with the variable ``TOKEN``; where there is neither, nobody is
        accepted.

        :param token: the value of the header, as it was sent.
        :return: ``True`` to allow; a stage's name to allow there only; a mapping of scalars to
            allow and to hand on as ``request.authorizer``; anything else to deny.
        :raises werkzeug.exceptions.Unauthorized: for a 401 instead of a 403.
        """
        return token_matches(token)

    def could_accept_a_token(self) -> bool:
        """Whether any token could be accepted: not by the default rule with nothing to compare."""
        is_default = type(self).token_authorizer is TechMicroService.token_authorizer
        return has_token() if is_default else True

    def entry_map(self) -> tuple[Entry, ...]:
        """The service's routes, those of its blueprints and plain Flask routes among them.

        :return: frozen records, sorted by path, then method.
        """
        from .entry_records import entry_map  # on use: a deployed function has none

        return entry_map(self)

    @property
    def routes(self) -> tuple[RegisteredRoute, ...]:
        """The routes as they were declared, sorted by path, then method."""
        return tuple(self._route_table)

    def route_of(self, method: str, path: str) -> RegisteredRoute | None:
        """The route that was declared for a method and a path, whatever its variables' names."""
        return self._route_table.find(method, path)

    @property
    def entries(self) -> dict[str, BoundEntry]:
        """The entries, by endpoint."""
        bound = {e: bound_entry_of(view) for e, view in self.view_functions.items()}
        return {endpoint: entry for endpoint, entry in bound.items() if entry is not None}

    @cached_property
    def short_way(self) -> Way | None:
        """The short way of a REST API's events, made at the first one where there is one."""
        return short_way_of(self, TechMicroService, is_wanted=self._wants_short_way)

    def add_url_rule(
        self,
        rule: str,
        endpoint: str | None = None,
        view_func: Callable[..., Any] | None = None,
        provide_automatic_options: bool | None = None,
        **options: Any,
    ) -> None:
        """Flask's method, which refuses a method and path that an entry has.

        :raises DuplicateRouteError: naming both functions and the path.
        """
        methods = options.get("methods") or getattr(view_func, "methods", None) or ("GET",)
        if isinstance(methods, str) or (endpoint is None and view_func is None):
            # Flask says what is wrong with it.
            super().add_url_rule(rule, endpoint, view_func, provide_automatic_options, **options)
            return
        declared = {method.upper() for method in methods}
        declared.update(getattr(view_func, "required_methods", ()))
        endpoint = endpoint or str(getattr(view_func, "__name__", rule))
        bound = bound_entry_of(view_func)
        path = from_werkzeug(rule)
        host = host_of(self.url_map, options)
        function = bound.qualified_name if bound else getattr(view_func, "__qualname__", endpoint)
        for method in sorted(declared):
            route = Route(method, path)
            is_entry = bound is not None
            self._route_table.add(RegisteredRoute(route, endpoint, function, is_entry, host))
        if self.url_rule_class is ServiceRule:
            is_plain = has_plain_urls(rule, options)
            options["is_plain"] = is_plain
            options["waits"] = (
                is_plain and bound is not None and isinstance(self.url_map, ServiceMap)
            )
        if bound is not None and not bound.options.no_cors:
            self.has_cors = True
            self._cors_methods.setdefault(path_key(path), set()).update(declared)
        super().add_url_rule(rule, endpoint, view_func, provide_automatic_options, **options)
        for method in self._route_table.methods & {"HEAD", "OPTIONS"}:
            let_declared_win(self.url_map, self._route_table.all(method, path))

    def preprocess_request(self) -> Any:
        """Authorize, answer preflights, then run Flask's hooks.

        Before the hooks, as API Gateway does both before the function is called.
        """
        answer = self._guard(request)  # type: ignore[arg-type]
        return super().preprocess_request() if answer is None else answer

    def _guard(self, current: Request) -> FlaskResponse | None:
        rule = current.url_rule
        if rule is None:
            return None
        if current.method == "OPTIONS" and getattr(rule, "provide_automatic_options", False):
            return self._preflight(current, rule)
        bound = bound_entry_of(self.view_functions.get(rule.endpoint))
        if bound is None or not bound.options.no_auth:
            authorize(self, current)
        return None

    def _preflight(self, current: Request, rule: Rule) -> FlaskResponse | None:
        methods = self._cors_methods.get(path_key(from_werkzeug(rule.rule)))
        if not methods:
            return None
        headers = self.cors.preflight(methods, current.headers.get("Origin"))
        response = self.response_class(status=204, headers=headers)
        del response.headers["Content-Type"]
        return response

    def process_response(self, response: FlaskResponse) -> FlaskResponse:
        """Run Flask's hooks, then give the answer its CORS headers."""
        response = super().process_response(response)
        if self._cors_methods:
            self.add_cors(response)
        return response

    def add_cors(self, response: FlaskResponse) -> None:
        """Give the answer of the current request its CORS headers."""
        if "Access-Control-Allow-Origin" in response.headers:
            return
        bound = bound_entry_of(self.view_functions.get(request.endpoint or ""))
        if request.endpoint is None or request.refused:  # type: ignore[attr-defined]
            # Deployed, API Gateway answers these: its headers know nothing of the caller's origin.
            headers = self.cors.gateway_error()
        elif bound is not None and not bound.options.no_cors:
            headers = self.cors.answer(request.headers.get("Origin"))
        else:
            return
        vary = headers.pop("Vary", None)
        response.headers.update(headers)
        if vary:
            response.vary.add(vary)

    def make_response(self, rv: Any) -> FlaskResponse:
        """Flask's method: text is ``text/plain``, bytes are a binary answer, ``None`` is a 204."""
        body, *rest = rv if isinstance(rv, tuple) and rv else (rv,)
        response: FlaskResponse
        if body is None:
            response = self.response_class(status=204 if not rest else None)
            del response.headers["Content-Type"]
        elif isinstance(body, str):
            response = self.response_class(body, content_type="text/plain; charset=utf-8")
        elif isinstance(body, bytes | bytearray):
            response = self.response_class(bytes(body), content_type="application/octet-stream")
        else:
            return super().make_response(rv)
        return super().make_response((response, *rest)) if rest else response

    def log_exception(
        self,
        exc_info: tuple[type, BaseException, TracebackType] | tuple[None, None, None],
    ) -> None:
        """Log an unexpected exception with its traceback and, deployed, the request's id."""
        context = request.aws_context  # type: ignore[attr-defined]
        request_id = getattr(context, "aws_request_id", None)
        where = f" (request {request_id})" if request_id else ""
        self.logger.error(
            "Exception on %s [%s]%s", request.path, request.method, where, exc_info=exc_info
        )

    def __call__(self, environ: Any, start_response: Any = None) -> Any:
        """Answer a WSGI server or, called as a Lambda handler, an event.

        :param environ: a WSGI environ, or a Lambda event.
        :param start_response: WSGI's callable, or the Lambda context.
        :raises UnknownEventError: for an event that no HTTP service answers.
        """
        if callable(start_response):
            return self.wsgi_app(environ, start_response)
        return handle(self, environ, start_response)
