"""A prop of the construct: one record that tells all that there is to know of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar, overload

from coworks_cdk.props.kinds import Kind, Unfit

_T = TypeVar("_T")

#: Tells what the CDK's context says under a key.
Context = Callable[[str], str | None]


class _Values(Protocol):
    """What holds the values of the props."""

    @property
    def values(self) -> Mapping[str, object]:
        """The values by name."""


@dataclass(frozen=True)
class Prop(Generic[_T]):
    """A prop: the attribute of a table of props, whose name it takes.

    :param kind: what may be given for it, in Python's types and in words.
    :param default: what ``None`` means, written as a user would. It is the prop's value in a
        service that is refused too, so that the CDK finds nothing to refuse there.
    :param check: what AWS refuses of a value of that kind.
    :param required: whether it has to be given.
    :param needed: whether a service can't be read without a value of that kind.
    :param elsewhere: where else it may be said, before the default counts.
    """

    kind: Kind[_T]
    default: _T
    check: Callable[[Any], list[str]] | None = None
    required: bool = False
    needed: bool = False
    elsewhere: Callable[[Context], object] | None = None
    name: str = field(default="", init=False)

    def __set_name__(self, _: type, name: str) -> None:
        object.__setattr__(self, "name", name)

    @overload
    def __get__(self, values: None, _: type) -> Prop[_T]: ...

    @overload
    def __get__(self, values: _Values, _: type) -> _T: ...

    def __get__(self, values: _Values | None, _: type) -> Prop[_T] | _T:
        if values is None:
            return self
        value: _T = values.values[self.name]  # type: ignore[assignment]
        return value

    def read(self, given: object, context: Context) -> _T:
        """The value that is meant.

        :param given: what the user gave; ``None`` for the default.
        :param context: what the CDK's context says under a key.
        :raises Unfit: when it is of another kind.
        """
        if given is None and self.elsewhere is not None:
            given = self.elsewhere(context)
        if given is None and not self.required:
            given = self.default
            if given is None:
                return self.default
        return self.kind.read(given)

    def problems(self, value: _T) -> list[str]:
        """What is wrong with a value of the right kind."""
        if self.check is None or value is None or self.kind.unknown(value):
            return []
        return self.check(value)

    def unfit(self, reason: Unfit) -> str:
        """The problem of a value that isn't of the prop's kind."""
        return f"{self.name}: got {reason.got}; allowed: {reason.allowed}."
