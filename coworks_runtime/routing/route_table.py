"""The table of a service's routes. Pure."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from coworks_runtime.errors import DuplicateRouteError

from .naming import Route, path_key


class RegisteredRoute(msgspec.Struct, frozen=True):
    """A route, the endpoint that it leads to and the function that answers."""

    route: Route
    endpoint: str
    function: str


class RouteTable:
    """Every route of a service, one function a method and path."""

    def __init__(self) -> None:
        self._routes: dict[tuple[str, str], RegisteredRoute] = {}
        self.methods: set[str] = set()
        """The methods that any route has."""

    def add(self, registered: RegisteredRoute) -> None:
        """Take a route in.

        :raises DuplicateRouteError: when another function has its method and path already.
        """
        self.methods.add(registered.route.method)
        other = self._routes.setdefault(registered.route.key, registered)
        if other is not registered:
            path = registered.route.path
            also = "" if other.route.path == path else f" (as {other.route.path})"
            raise DuplicateRouteError(
                f"{registered.route.method} {path}{also} is declared twice: "
                f"by {other.function} and by {registered.function}; rename one of them"
            )

    def __iter__(self) -> Iterator[RegisteredRoute]:
        return iter(sorted(self._routes.values(), key=lambda r: (r.route.path, r.route.method)))

    def find(self, method: str, path: str) -> RegisteredRoute | None:
        """The route that was declared for a method and a path, if any."""
        return self._routes.get((method, path_key(path)))
