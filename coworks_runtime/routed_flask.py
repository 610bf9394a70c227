"""A Flask application that knows its routes: no two on one method and path, and who may call which."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from flask import Flask
from werkzeug.routing import Map, Rule

from .bound_entry import BoundEntry, bound_entry_of
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
from .verified import is_verified

if TYPE_CHECKING:
    from flask.testing import FlaskClient

    from .route_access import RouteAccess


class _TestClientClass:
    """The class of a service's test client, imported when it is asked for: a function has none."""

    def __get__(self, service: object, owner: type) -> type[FlaskClient]:
        """The class."""
        from .service_client import ServiceClient

        return ServiceClient


class RoutedFlask(Flask):
    """The application below a service.

    :param import_name: the module where its resources are.
    :param kwargs: Flask's own parameters.
    """

    test_client_class = _TestClientClass()
    stage: str
    """The stage that it runs on."""

    url_map_class: type[Map] = ServiceMap if is_verified() else Map
    url_rule_class: type[Rule] = ServiceRule if is_verified() else Rule

    public_endpoints: ClassVar[tuple[str, ...]] = ()
    """The endpoints of plain Flask routes that ask for no token: ``("static", "docs.*")``.

    ``name.*`` are all those of a blueprint, ``*`` are all. Entries say it themselves, and so do
    views that ``@entry(no_auth=True)`` marks.
    """

    def __init__(self, import_name: str, **kwargs: Any) -> None:
        self._route_table = RouteTable()
        super().__init__(import_name, **kwargs)
        self.url_map.strict_slashes = False
        self.url_map.converters["segments"] = SegmentsConverter

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
        from .route_access import RouteAccess

        return RouteAccess(self.view_functions, self._route_table, self.public_endpoints)

    @property
    def has_cors(self) -> bool:
        """Whether any route may be called by browsers of other origins."""
        return bool(self.access.cors_methods)

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
        if bound is None:
            from .route_access import is_plain_wanted
            from .static_files import tagged_by_content

            if not is_plain_wanted(rule, view_func, self.stage):
                return
            view_func = tagged_by_content(view_func)
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
