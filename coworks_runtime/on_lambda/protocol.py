"""What the handler asks of a service. Imported by annotations only."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Protocol

from coworks_runtime.authorization.protocols import ProtectedService

if TYPE_CHECKING:
    from logging import Logger

    from werkzeug.routing import Map

    from coworks_runtime.event_methods import EventMethods
    from coworks_runtime.events import Codec
    from coworks_runtime.routing.route_table import RegisteredRoute

Answer = tuple[str, list[tuple[str, str]], bytes | Iterable[bytes]]
"""Status line, headers and body."""


class Way(Protocol):
    """The short way through a service."""

    def answer(self, event: dict[str, Any], context: Any) -> dict[str, Any] | Answer | None:
        """The payload; or what WSGI gives; or ``None`` where the event has to take its way."""


class Watching(Protocol):
    """Who looks at the calls of a service."""

    def meet(self, request: Any) -> None:
        """Take note of the request that the current call has become."""


class RoutedService(ProtectedService, Protocol):
    """A service that knows its routes, and what its answers say to other origins."""

    @property
    def _watch(self) -> Watching | None:
        """Who looks at its calls, ``None`` where nobody does."""

    def add_cors(self, response: Any) -> None:
        """Give the answer of the current request its CORS headers."""

    def route_of(self, method: str, path: str) -> RegisteredRoute | None:
        """The route that was declared for a method and a path, whatever its variables' names."""


class Access(Protocol):
    """Who may call which route, and how it answers."""

    def streams(self, method: str, path: str) -> bool:
        """Whether the answers of a method and a path are sent piece by piece."""


class LambdaService(ProtectedService, Protocol):
    """A service that answers events."""

    url_map: Map

    @property
    def event_methods(self) -> EventMethods:
        """The methods that take events that are no requests."""

    @property
    def logger(self) -> Logger:
        """Where failures are told."""

    @property
    def name(self) -> str:
        """The service's name."""

    @property
    def access(self) -> Access:
        """Who may call which route, and how it answers."""

    @property
    def short_way(self) -> Way | None:
        """The short way of a REST API's events, ``None`` where all take the way of WSGI."""

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any], /
    ) -> Iterable[bytes]:
        """Answer as a WSGI application."""


StreamAnswer = Callable[[LambdaService, "Codec", dict[str, Any], Any], dict[str, Any] | None]
"""Answers an event piece by piece; ``None`` for one whose sender reads no streams."""
