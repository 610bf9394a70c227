"""What authorization asks of a service and of a request. Imported by annotations only."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any, Protocol


class Headers(Protocol):
    """A request's headers."""

    def get(self, key: str, /) -> str | None:
        """The value of a header, ``None`` where the caller didn't send it."""


class ProtectedRequest(Protocol):
    """A request that asks for a protected entry."""

    authorizer: Mapping[str, str]
    refused: bool

    @property
    def headers(self) -> Headers:
        """What the caller sent."""

    @property
    def aws_event(self) -> dict[str, Any] | None:
        """The Lambda event, ``None`` locally."""

    @property
    def authorizer_context(self) -> Mapping[str, str] | None:
        """What the authorizer that let the event in has said, ``None`` where it met none."""


class ProtectedService(Protocol):
    """A service that decides who may call it."""

    @property
    def authorization_header(self) -> str:
        """The header that holds the token."""

    @property
    def stage(self) -> str:
        """The stage that it runs on."""

    def token_authorizer(self, token: str) -> Any:
        """Decide whether the bearer of a token may go on."""

    def could_accept_a_token(self) -> bool:
        """Whether any token could be accepted."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """A function that waits, of one that may be a coroutine."""

    def log_exception(
        self,
        exc_info: tuple[type, BaseException, TracebackType] | tuple[None, None, None],
    ) -> None:
        """Log an unexpected exception."""

    def app_context(self) -> AbstractContextManager[Any]:
        """The context in which ``current_app`` is the service."""
