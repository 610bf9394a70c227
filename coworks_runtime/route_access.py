"""What each route lets in: an entry's options, a plain view's mark, or what the service says."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import cached_property
from typing import Any

from .bound_entry import bound_entry_of
from .entry import EntryOptions, options_of
from .errors import EntryError
from .routing.naming import path_key
from .routing.route_table import RouteTable

_PROTECTED = EntryOptions()
_PUBLIC = EntryOptions(no_auth=True)
_EVERYTHING = "*"
_ALL_OF = ".*"


def is_plain_wanted(rule: str, view: object, stage: str) -> bool:
    """Whether a plain Flask route exists on a stage: a view that ``@entry`` marks may not.

    :raises EntryError: for a mark that a plain view can't have.
    """
    options = options_of(view)
    if options is not None and options.binary_headers is not None:
        raise EntryError(
            f"@entry(binary_headers=...) on the view function of {rule}: a plain Flask view gives "
            "its headers itself, return (body, headers)"
        )
    if options is not None and options.background:
        raise EntryError(
            f"@entry(background=True) on the view function of {rule}: only a method of a service or "
            "of a blueprint can run after its answer"
        )
    return options is None or options.exists_on(stage)


class RouteAccess:
    """The options of a service's routes. Made anew when a route is added.

    :param views: the view functions, by endpoint.
    :param table: the routes.
    :param public: the endpoints of plain routes that are open; ``name.*`` for all those of a
        blueprint, ``*`` for all.
    """

    def __init__(
        self,
        views: Mapping[str, Callable[..., Any]],
        table: RouteTable,
        public: Collection[str],
    ) -> None:
        self._views = views
        self._table = table
        self._names = public

    def options_of(self, endpoint: str) -> EntryOptions:
        """The options of the route of an endpoint.

        :raises EntryError: for a name among the public ones that no plain route has.
        """
        options = options_of(self._views.get(endpoint))
        if options is None:
            return _PUBLIC if self._names and endpoint in self.public else _PROTECTED
        return options

    def streams(self, method: str, path: str) -> bool:
        """Whether the answers of a method and a path are sent piece by piece."""
        return any(
            self.options_of(route.endpoint).stream for route in self._table.all(method, path)
        )

    def check(self) -> None:
        """Look at the names of public endpoints, though nobody has asked for one yet.

        :raises EntryError: for a name that no plain route has.
        """
        if self._names:
            self.public  # noqa: B018 - it raises

    @cached_property
    def public(self) -> frozenset[str]:
        """The endpoints of the plain routes that the service opens.

        :raises EntryError: for a name that no plain route has.
        """
        if isinstance(self._names, str):
            raise EntryError(
                f"public_endpoints = {self._names!r}: must be a tuple of endpoints, "
                f"({self._names!r},)"
            )
        endpoints = {route.endpoint for route in self._table.everything()}
        plain = {e for e in endpoints if bound_entry_of(self._views.get(e)) is None}
        found: set[str] = set()
        for name in self._names:
            meant = {endpoint for endpoint in plain if _is_meant(name, endpoint)}
            if not meant:
                raise EntryError(_unknown(name, plain, is_entry=name in endpoints))
            found |= meant
        return frozenset(found)

    @cached_property
    def cors_methods(self) -> dict[str, set[str]]:
        """The methods that browsers of other origins may call, by the keys of their paths."""
        methods: dict[str, set[str]] = {}
        for route in self._table.everything():
            if not self.options_of(route.endpoint).no_cors:
                methods.setdefault(path_key(route.route.path), set()).add(route.route.method)
        return methods


def _is_meant(name: str, endpoint: str) -> bool:
    if name.endswith(_ALL_OF):
        return endpoint.startswith(name.removesuffix(_EVERYTHING))
    return name in {_EVERYTHING, endpoint}


def _unknown(name: str, plain: Collection[str], *, is_entry: bool) -> str:
    if is_entry:
        return f"public_endpoints names {name!r}, an entry: write @entry(no_auth=True) there"
    known = ", ".join(sorted(plain)) or "none"
    return (
        f"public_endpoints names {name!r}, which is the endpoint of no plain Flask route "
        f"(there are: {known})"
    )
