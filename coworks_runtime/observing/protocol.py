"""What is asked of a service that is observed. Imported by annotations only."""

from __future__ import annotations

from typing import Protocol


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
