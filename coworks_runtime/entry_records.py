"""The routes of a service as records: what its entry map holds."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from inspect import cleandoc
from typing import Any, Protocol

from .bound_entry import bound_entry_of
from .route_access import RouteAccess
from .routing.naming import Route
from .routing.route_table import RegisteredRoute
from .values.parameters import Parameter

_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")


def text_of(value: object) -> str:
    """A value as Python writes it, without the address that it has in this process alone."""
    return _ADDRESS.sub("", repr(value))


class RoutedService(Protocol):
    """What has routes, and the functions that answer them."""

    view_functions: dict[str, Callable[..., Any]]

    @property
    def access(self) -> RouteAccess:
        """Who may call which route."""

    @property
    def registered_routes(self) -> Iterable[RegisteredRoute]:
        """The routes, one a method and path, sorted."""

    def routes_of(self, route: Route) -> Iterable[RegisteredRoute]:
        """All routes of a method and a path."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One route of a service.

    :param method: the HTTP method, in capitals.
    :param path: the path, variables written ``{x}`` and ``{x+}``.
    :param endpoint: Flask's endpoint, for ``url_for``.
    :param blueprint: the blueprint's name, ``None`` for the service's own.
    :param no_auth: whether it is open.
    :param no_cors: whether browsers of other origins are kept out.
    :param binary_headers: the headers of a binary answer, ``None`` without.
    :param stages: the stages on which it exists, ``None`` for all.
    :param parameters: its parameters, in order.
    :param doc: its docstring.
    :param stream: whether its answers are sent piece by piece; a media type where it names theirs.
    :param background: whether the answer is a 202, and what it asks for is done afterwards.
    """

    method: str
    path: str
    endpoint: str
    blueprint: str | None
    no_auth: bool
    no_cors: bool
    binary_headers: Mapping[str, str] | None
    stages: tuple[str, ...] | None
    parameters: tuple[Parameter, ...]
    doc: str | None
    stream: bool | str = False
    background: bool = False


def entry_map(service: RoutedService) -> tuple[Entry, ...]:
    """The routes of a service, sorted by path, then method.

    :raises EntryError: for a name among the public endpoints that no plain route has.
    """
    service.access.check()
    return tuple(_entry(service, registered) for registered in service.registered_routes)


def _entry(service: RoutedService, registered: RegisteredRoute) -> Entry:
    view = service.view_functions.get(registered.endpoint)
    blueprint, _, _ = registered.endpoint.rpartition(".")
    bound = bound_entry_of(view)
    # Plain routes may share a path, where API Gateway has one authorizer: the service asks those
    # of them that are protected itself.
    rivals = service.routes_of(registered.route)
    options = [service.access.options_of(rival.endpoint) for rival in rivals]
    return Entry(
        method=registered.route.method,
        path=registered.route.path,
        endpoint=registered.endpoint,
        blueprint=blueprint or None,
        no_auth=any(option.no_auth for option in options),
        no_cors=all(option.no_cors for option in options),
        binary_headers=options[0].binary_headers,
        stages=options[0].stages,
        parameters=bound.signature.parameters if bound else _variables(registered.route.path),
        doc=cleandoc(view.__doc__) if view is not None and view.__doc__ else None,
        stream=next((option.stream for option in options if option.stream), False),
        background=bool(bound and bound.options.background),
    )


def _variables(path: str) -> tuple[Parameter, ...]:
    """The parameters of a plain Flask route: its variables."""
    names = [part[1:-1] for part in path.split("/") if part.startswith("{") and part.endswith("}")]
    return tuple(
        Parameter(n.rstrip("+"), "greedy" if n.endswith("+") else "path", True, None) for n in names
    )
