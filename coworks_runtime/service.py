"""The microservice: a Flask application whose routes are its methods."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from flask import Flask, request
from flask import Response as FlaskResponse
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule

from . import command_line, environment
from .authorization.authorize import check_header, check_token_variable, has_token, token_matches
from .bound_entry import BoundEntry, bound_entry_of, entries_of
from .cors import Cors
from .event_methods import EventMethods
from .gate import add_cors, answer_before_hooks
from .json_errors import json_error
from .observing.observed import Observed
from .observing.wanted import watch_of
from .on_lambda.choice import short_way_of
from .on_lambda.handler import handle
from .route_access import RouteAccess, is_plain_wanted
from .routing.naming import Route, from_werkzeug, to_werkzeug
from .routing.route_table import RegisteredRoute, RouteTable
from .routing.url_map import (
    SegmentsConverter,
    ServiceMap,
    ServiceRule,
    has_plain_urls,
    host_of,
    let_declared_win,
)
from .static_files import default_folder, send_static_file
from .superseded import warn_of_superseded
from .values.json_provider import JSONProvider
from .verified import is_verified
from .wrappers import EVENT_KEY, Request

if TYPE_CHECKING:
    from .entry_records import Entry
    from .on_lambda.protocol import Way


class TechMicroService(Observed, Flask):
    """A microservice. Its methods marked with :func:`~coworks_runtime.entry` are its routes.

    It is a WSGI application, and the handler of a Lambda function: how it is called decides.

    :param name: the service's name, by default its class's in lower case.
    :param import_name: the module where its resources (templates) are; by default its class's.
    :param kwargs: ``access_log``, which wins over the class attribute; Flask's own parameters:
        ``static_folder`` is ``"static"`` by default where there is such a folder beside the
        module, and no entry has paths below ``/static``.
    :raises EntryError: for an entry that can't be served, or two on one method and path.
    :raises EventMethodError: for a method that can't take an event, or two that say the same of it.
    :raises EnvironmentFileError: under Flask's commands, for a malformed dotenv file.
    :raises EnvironmentVariableError: for a variable with another value than it takes.
    :raises ServiceError: for an ``authorization_header`` that no request could carry.
    """

    if TYPE_CHECKING:
        # Flask's shortcuts, which are names of entries here.
        get: Any
        post: Any
        put: Any
        patch: Any
        delete: Any

    request_class = Request
    json_provider_class = JSONProvider
    url_map_class: type[Map] = ServiceMap if is_verified() else Map
    url_rule_class: type[Rule] = ServiceRule if is_verified() else Rule

    authorization_header: ClassVar[str] = "Authorization"
    """The header that holds the token."""

    cors: ClassVar[Cors] = Cors()
    """What browsers of other origins may do with the entries that have ``no_cors=False``."""

    public_endpoints: ClassVar[tuple[str, ...]] = ()
    """The endpoints of plain Flask routes that ask for no token: ``("static", "docs.*")``.

    ``name.*`` are all those of a blueprint, ``*`` are all. Entries say it themselves, and so do
    views that ``@entry(no_auth=True)`` marks.
    """

    DOC_MD: ClassVar[str | None] = None
    """The service's documentation, in Markdown."""

    doc_md: str | None = None
    """The documentation of this instance, in Markdown; it wins over ``DOC_MD``."""

    def __init__(
        self, name: str | None = None, *, import_name: str | None = None, **kwargs: Any
    ) -> None:
        cls = type(self)
        warn_of_superseded(cls, TechMicroService)
        command_line.prepare(cls.__module__)
        self.stage: str = environment.stage()
        check_header(cls.__qualname__, self.authorization_header)
        if cls.token_authorizer is TechMicroService.token_authorizer:
            check_token_variable()
        access_log = kwargs.pop("access_log", cls.access_log) is True
        self._wants_short_way = environment.short_way()
        self._route_table, self.event_methods = RouteTable(), EventMethods(self)
        entries = [e for e in entries_of(self, Flask) if e.options.exists_on(self.stage)]
        module = import_name or cls.__module__
        if "static_folder" not in kwargs:
            kwargs["static_folder"] = default_folder(module, (e.route.path for e in entries))
        super().__init__(module, **kwargs)
        self.name = name or cls.__name__.lower()
        # As a handler it may be decorated, and what decorates functions asks for their name.
        self.__name__ = self.name
        self._watch = watch_of(self, access_log=access_log)
        self.url_map.strict_slashes = False
        self.url_map.converters["segments"] = SegmentsConverter
        for bound in entries:
            rule = to_werkzeug(bound.route.path)
            self.add_url_rule(rule, bound.name, bound.view, methods=[bound.route.method])

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
    def routes(self) -> tuple[str, ...]:
        """The rules of the URLs that the service answers, as Werkzeug writes them: ``/a/<x>``."""
        rules = (to_werkzeug(registered.route.path) for registered in self.registered_routes)
        return tuple(dict.fromkeys(rules))

    @property
    def registered_routes(self) -> tuple[RegisteredRoute, ...]:
        """The routes as they were declared, one a method and path, sorted by path, then method."""
        options_of, stage = self.access.options_of, self.stage
        return tuple(r for r in self._route_table if options_of(r.endpoint).exists_on(stage))

    def routes_of(self, route: Route) -> tuple[RegisteredRoute, ...]:
        """All that were declared for a method and a path: plain Flask routes may share one."""
        return self._route_table.all(route.method, route.path)

    def route_of(self, method: str, path: str) -> RegisteredRoute | None:
        """The route that was declared for a method and a path, whatever its variables' names."""
        return self._route_table.find(method, path)

    @property
    def entries(self) -> dict[str, BoundEntry]:
        """The entries, by endpoint."""
        bound = {e: bound_entry_of(view) for e, view in self.view_functions.items()}
        return {endpoint: entry for endpoint, entry in bound.items() if entry is not None}

    @cached_property
    def access(self) -> RouteAccess:
        """Who may call which route."""
        return RouteAccess(self.view_functions, self._route_table, self.public_endpoints)

    @property
    def has_cors(self) -> bool:
        """Whether any route may be called by browsers of other origins."""
        return bool(self.access.cors_methods)

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
        bound = bound_entry_of(view_func)
        if bound is None and not is_plain_wanted(rule, view_func, self.stage):
            return
        declared = {method.upper() for method in methods}
        declared.update(getattr(view_func, "required_methods", ()))
        endpoint = endpoint or str(getattr(view_func, "__name__", rule))
        path = from_werkzeug(rule)
        host = host_of(self.url_map, options)
        function = bound.qualified_name if bound else getattr(view_func, "__qualname__", endpoint)
        for method in sorted(declared):
            route = Route(method, path)
            self._route_table.add(RegisteredRoute(route, endpoint, function, bool(bound), host))
        if self.url_rule_class is ServiceRule:
            is_plain = has_plain_urls(rule, options)
            options["is_plain"] = is_plain
            options["waits"] = is_plain and bool(bound) and isinstance(self.url_map, ServiceMap)
        self.__dict__.pop("access", None)
        super().add_url_rule(rule, endpoint, view_func, provide_automatic_options, **options)
        for method in self._route_table.methods & {"HEAD", "OPTIONS"}:
            let_declared_win(self.url_map, self._route_table.all(method, path))

    def preprocess_request(self) -> Any:
        """Authorize, answer preflights, then run Flask's hooks.

        Before the hooks, as API Gateway does both before the function is called.
        """
        if self._watch is not None:
            self._watch.meet(request.environ["werkzeug.request"])
        answer = answer_before_hooks(self, request)  # type: ignore[arg-type]
        return super().preprocess_request() if answer is None else answer

    def process_response(self, response: FlaskResponse) -> FlaskResponse:
        """Run Flask's hooks, then give the answer its CORS headers.

        No hook of either kind for what API Gateway answers before it calls the function.
        """
        if not (request.refused or request.is_preflight):  # type: ignore[attr-defined]
            response = super().process_response(response)
        if self.has_cors:
            self.add_cors(response)
        return response

    def add_cors(self, response: FlaskResponse) -> None:
        """Give the answer of the current request its CORS headers."""
        add_cors(self, request, response)  # type: ignore[arg-type]

    def make_response(self, rv: Any) -> FlaskResponse:
        """Flask's method; an HTTP error that nothing has answered is JSON."""
        return super().make_response(json_error(rv) if isinstance(rv, HTTPException) else rv)

    def send_static_file(self, filename: str) -> FlaskResponse:
        """Flask's view of the static folder, with tags that follow the files' content."""
        return send_static_file(self, filename)

    def __call__(self, environ: Any, start_response: Any = None) -> Any:
        """Answer a WSGI server or, called as a Lambda handler, an event.

        :param environ: a WSGI environ, or a Lambda event.
        :param start_response: WSGI's callable, or the Lambda context.
        :raises UnknownEventError: for an event that is no request, and that no method takes.
        """
        watch = self._watch
        if callable(start_response):
            # Flask's own method: what traces Flask applications takes its place.
            if watch is None or EVENT_KEY in environ:
                return super().__call__(environ, start_response)
            return watch.wsgi(super().__call__, environ, start_response)
        if watch is None:
            return handle(self, environ, start_response)
        return watch.event(handle, environ, start_response)
