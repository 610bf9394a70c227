"""The routes of a service as records: what its entry map holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from inspect import cleandoc
from typing import Any, Protocol

from .bound_entry import bound_entry_of
from .routing.route_table import RegisteredRoute
from .values.parameters import Parameter


class RoutedService(Protocol):
    """What has routes, and the functions that answer them."""

    view_functions: dict[str, Callable[..., Any]]

    @property
    def routes(self) -> Iterable[RegisteredRoute]:
        """The routes, sorted."""


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


def entry_map(service: RoutedService) -> tuple[Entry, ...]:
    """The routes of a service, sorted by path, then method."""
    return tuple(_entry(service, registered) for registered in service.routes)


def _entry(service: RoutedService, registered: RegisteredRoute) -> Entry:
    view = service.view_functions.get(registered.endpoint)
    blueprint, _, _ = registered.endpoint.rpartition(".")
    bound = bound_entry_of(view)
    options = bound.options if bound else None
    return Entry(
        method=registered.route.method,
        path=registered.route.path,
        endpoint=registered.endpoint,
        blueprint=blueprint or None,
        no_auth=options.no_auth if options else False,
        no_cors=options.no_cors if options else True,
        binary_headers=options.binary_headers if options else None,
        stages=options.stages if options else None,
        parameters=bound.signature.parameters if bound else _variables(registered.route.path),
        doc=cleandoc(view.__doc__) if view is not None and view.__doc__ else None,
    )


def _variables(path: str) -> tuple[Parameter, ...]:
    """The parameters of a plain Flask route: its variables."""
    names = [part[1:-1] for part in path.split("/") if part.startswith("{") and part.endswith("}")]
    return tuple(
        Parameter(n.rstrip("+"), "greedy" if n.endswith("+") else "path", True, None) for n in names
    )
