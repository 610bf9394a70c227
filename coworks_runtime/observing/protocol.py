"""What is asked of a service that is observed, and of who observes. By annotations only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from .call import Call


class ObservedService(Protocol):
    """A service whose calls are observed."""

    name: str
    stage: str

    @property
    def authorization_header(self) -> str:
        """The header that holds the token."""

    @property
    def correlation_header(self) -> str | None:
        """The header of the caller's id, which is answered back."""


class Observer(Protocol):
    """Who is told of every call."""

    def begin(self, call: Call) -> None:
        """A call came."""

    def end(self, call: Call) -> None:
        """It was answered, or failed."""
