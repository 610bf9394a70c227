"""The table of a service's routes. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

import msgspec

from coworks_runtime.errors import DuplicateRouteError

from .naming import Route, path_key


class RegisteredRoute(msgspec.Struct, frozen=True):
    """A route, the endpoint that it leads to and the function that answers.

    :param is_entry: whether an entry answers, and not a plain Flask view.
    :param host: the host or the subdomain that it is for, as a path with variables ``{x}``;
        empty for the default one.
    """

    route: Route
    endpoint: str
    function: str
    is_entry: bool = False
    host: str = ""

    def may_answer_for(self, other: RegisteredRoute) -> bool:
        """Whether both could answer one request, so that it has to be clear which one does."""
        return self.route.key == other.route.key and path_key(self.host) == path_key(other.host)


class RouteTable:
    """Every route of a service: an entry has its method and path alone.

    Plain Flask routes may share theirs, as in Flask, where the first one that matches answers.
    """

    def __init__(self) -> None:
        self._routes: dict[tuple[str, str], list[RegisteredRoute]] = {}
        self.methods: set[str] = set()
        """The methods that any route has."""

    def add(self, registered: RegisteredRoute) -> None:
        """Take a route in.

        :raises DuplicateRouteError: when it could answer what another one answers already, and
            one of the two is an entry.
        """
        rivals = self._routes.setdefault(registered.route.key, [])
        for other in rivals:
            if (registered.is_entry or other.is_entry) and registered.may_answer_for(other):
                path = registered.route.path
                also = "" if other.route.path == path else f" (as {other.route.path})"
                raise DuplicateRouteError(
                    f"{registered.route.method} {path}{also} is declared twice: "
                    f"by {other.function} and by {registered.function}; rename one of them"
                )
        self.methods.add(registered.route.method)
        rivals.append(registered)

    def __iter__(self) -> Iterator[RegisteredRoute]:
        """The routes, one a method and path: the one that was declared first."""
        first = (rivals[0] for rivals in self._routes.values())
        return iter(sorted(first, key=lambda r: (r.route.path, r.route.method)))

    def everything(self) -> Iterator[RegisteredRoute]:
        """All routes, in no order that matters."""
        return chain.from_iterable(self._routes.values())

    def all(self, method: str, path: str) -> tuple[RegisteredRoute, ...]:
        """The routes that were declared for a method and a path, in that order."""
        return tuple(self._routes.get((method, path_key(path)), ()))

    def find(self, method: str, path: str) -> RegisteredRoute | None:
        """The route that was declared first for a method and a path, if any."""
        rivals = self._routes.get((method, path_key(path)))
        return rivals[0] if rivals else None
