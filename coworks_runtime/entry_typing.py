"""What type checkers see of an entry: its function's own signature, for callers elsewhere.

Only type checkers import this. ``(body, status)`` and ``(body, status, headers)`` are the body to
them, and a coroutine is what it gives: that is what a client gets. A service that calls an entry of
its own gets what the function returns, which then has to be said: ``typing.cast``.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any, Concatenate, Generic, Literal, ParamSpec, Protocol, Self, TypeVar, overload

P = ParamSpec("P")
R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)
S = TypeVar("S")
F = TypeVar("F", bound=Callable[..., Any])


class Bound(Any, Generic[P, R_co]):  # type: ignore[misc]
    """A method of a service, called by its own signature.

    It extends ``Any`` to be a lawful override of Flask's shortcuts: ``get``, ``post``, ...
    """

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R_co:
        """Call the method."""
        raise NotImplementedError


class Marked(Protocol[P, R_co]):
    """A marked method: of a service it is called without the first parameter."""

    @overload
    def __get__(self, instance: None, owner: type, /) -> Self: ...
    @overload
    def __get__(self, instance: object, owner: type | None = None, /) -> Bound[P, R_co]: ...

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the function."""


class BackgroundMark(Protocol):
    """``@entry(background=True)``: what a client gets is the id of the request."""

    def __call__(self, function: Callable[Concatenate[S, P], Any], /) -> Marked[P, str]:
        """Mark a method."""


class Mark(Protocol):
    """``@entry``, and what it is with options."""

    @overload
    def __call__(
        self,
        *,
        no_auth: bool = False,
        no_cors: bool = True,
        stage: str | Sequence[str] | None = None,
        background: Literal[True],
    ) -> BackgroundMark: ...
    @overload
    def __call__(
        self,
        *,
        no_auth: bool = False,
        no_cors: bool = True,
        stage: str | Sequence[str] | None = None,
        binary_headers: Mapping[str, str] | None = None,
        status: int | None = None,
        stream: bool | str = False,
        background: Literal[False] = False,
    ) -> Mark: ...
    @overload
    def __call__(
        self, function: Callable[Concatenate[S, P], Coroutine[Any, Any, tuple[R, int]]], /
    ) -> Marked[P, R]: ...
    @overload
    def __call__(
        self, function: Callable[Concatenate[S, P], Coroutine[Any, Any, tuple[R, int, Any]]], /
    ) -> Marked[P, R]: ...
    @overload
    def __call__(
        self, function: Callable[Concatenate[S, P], Coroutine[Any, Any, R]], /
    ) -> Marked[P, R]: ...
    @overload
    def __call__(self, function: Callable[Concatenate[S, P], tuple[R, int]], /) -> Marked[P, R]: ...
    @overload
    def __call__(
        self, function: Callable[Concatenate[S, P], tuple[R, int, Any]], /
    ) -> Marked[P, R]: ...
    @overload
    def __call__(self, function: Callable[Concatenate[S, P], R], /) -> Marked[P, R]: ...
    @overload
    def __call__(self, function: F, /) -> F: ...
