"""The kinds of values that a prop takes: how they are recognized, read, and told.

A value that is known when CloudFormation deploys, and not before (a *token* of the CDK), passes
where CloudFormation can fill it in, and is never shown.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, Literal, TypeVar

from aws_cdk import Duration, Token

from coworks_cdk import asked_once

_T = TypeVar("_T")
_T_co = TypeVar("_T_co", covariant=True)

# How the CDK writes tokens into texts, lists and numbers.
_LATE_LIST = "#{Token["
_MARKS = ("${Token[", _LATE_LIST)
_LATE_NUMBER = -1e280

LATE = "a value that is known at deployment only"


class Unfit(Exception):
    """A value isn't of the kind: what was got instead, and what is allowed."""

    def __init__(self, got: str, allowed: str) -> None:
        super().__init__(f"got {got}; allowed: {allowed}")
        self.got = got
        self.allowed = allowed


@dataclass(frozen=True)
class Kind(Generic[_T_co]):
    """What a prop takes.

    :param type: the type of the constructor's signature, without ``None``.
    :param read: the value that is meant by what was given.
    :param late: whether CloudFormation can fill the value in.
    """

    type: object
    read: Callable[[object], _T_co]
    late: bool = False

    def unknown(self, value: object) -> bool:
        """Whether there is nothing to check yet."""
        return self.late and is_late(value)


def is_late(value: object) -> bool:
    """Whether a value is known at deployment only."""
    if isinstance(value, Duration):
        return asked_once.is_late(value)
    if isinstance(value, list):
        return any(is_late(item) for item in value)
    # The CDK's process is asked of what looks like a token only: each question costs a message,
    # and a number that is none (NaN) would end it.
    if isinstance(value, str):
        return any(mark in value for mark in _MARKS) and bool(
            Token.is_unresolved(value) or Token.is_unresolved([value])
        )
    return isinstance(value, (int, float)) and value < _LATE_NUMBER and Token.is_unresolved(value)


def shown(value: object) -> str:
    """A value as an error may show it: what Python would write, or what it is."""
    if not isinstance(value, list) and is_late(value):
        return LATE
    if value is None or isinstance(value, (bool, str, int, float)):
        return repr(value)
    if isinstance(value, Duration):
        return f"a Duration of {value.to_human_string()}"
    return of_type(value)


def of_type(value: object) -> str:
    """What a value is, and nothing of what it holds."""
    return "None" if value is None else with_article(type(value).__name__)


def with_article(name: str) -> str:
    """A name with ``a`` or ``an`` before it."""
    return f"{'an' if name[0] in 'aeiouAEIOU' else 'a'} {name}"


def text(allowed: str = "text", *, late: bool = False) -> Kind[str]:
    """A string.

    :param late: whether CloudFormation may fill it in.
    """

    def read(given: object) -> str:
        if not isinstance(given, str) or not given or (not late and is_late(given)):
            raise Unfit(shown(given), allowed)
        return given

    return Kind(str, read, late)


def literal(*values: str) -> Kind[str]:
    """One of some texts."""

    def read(given: object) -> str:
        if given not in values:
            raise Unfit(shown(given), " or ".join(map(repr, values)))
        return str(given)

    return Kind(Literal[values], read)


def folder(allowed: str) -> Kind[str]:
    """A folder that is there, as an absolute path."""

    def read(given: object) -> str:
        path = _absolute(given, allowed)
        if not Path(path).is_dir():
            raise Unfit(f"{path!r}, which is no folder", allowed)
        return path

    return Kind(str | os.PathLike[str], read)


def path(allowed: str) -> Kind[str]:
    """A path, made absolute."""
    return Kind(str | os.PathLike[str], lambda given: _absolute(given, allowed))


def _absolute(given: object, allowed: str) -> str:
    if not isinstance(given, (str, os.PathLike)) or not os.fspath(given) or is_late(given):
        raise Unfit(shown(given), allowed)
    return str(Path(os.fsdecode(given)).absolute())


def number(
    least: float, most: float = math.inf, *, unit: str = "", whole: bool = False
) -> Kind[float]:
    """A number within its bounds, or one that CloudFormation fills in."""
    bounds = f"at least {least:g}" if most == math.inf else f"{least:g} to {most:g}"
    allowed = f"{bounds}{unit}{', a whole number' if whole else ''}"

    def read(given: object) -> float:
        if isinstance(given, bool) or not isinstance(given, (int, float)):
            raise Unfit(shown(given), f"a number, {bounds}{unit}")
        if is_late(given):
            return given
        if not (math.isfinite(given) and least <= given <= most) or (whole and given % 1):
            raise Unfit(f"{given:g}{unit}", allowed)
        return given

    return Kind(int if whole else float, read, late=True)


def duration(least: int, most: int, unit: str = "seconds") -> Kind[Duration]:
    """Whole seconds within their bounds, or some that CloudFormation fills in.

    :param unit: the unit that the property is in, which CloudFormation fills in and can't convert:
        the name of ``Duration``'s method.
    """
    bounds = f"{least} to {most} seconds"

    def read(given: object) -> Duration:
        if not isinstance(given, Duration):
            raise Unfit(shown(given), f"a Duration of {bounds}, as Duration.seconds({most})")
        if is_late(given):
            if given.unit_label() != unit:
                got = f"a Duration of {given.unit_label()} that are known at deployment only"
                raise Unfit(got, f"such a value as Duration.{unit}(...)")
            return given
        seconds = asked_once.seconds(given)
        if seconds % 1:
            raise Unfit(f"{seconds:g} seconds", f"whole seconds, {bounds}")
        if not least <= seconds <= most:
            raise Unfit(f"{seconds:g} seconds", bounds)
        return given

    return Kind(Duration, read, late=True)


def switch() -> Kind[bool]:
    """``True`` or ``False``."""
    return Kind(bool, _reader(bool, "True or False"))


def one_of(type_: type[_T], example: str) -> Kind[_T]:
    """An object of a class or of an enumeration of the CDK.

    :param example: how one is written.
    """
    return Kind(type_, _reader(type_, f"{with_article(type_.__name__)}, as {example}"))


def _reader(type_: type[_T], allowed: str) -> Callable[[object], _T]:
    def read(given: object) -> _T:
        if not isinstance(given, type_):
            raise Unfit(shown(given), allowed)
        return given

    return read


def interface(type_: Any, attribute: str, allowed: str, *, secret: bool = False) -> Kind[Any]:
    """An object that has an interface of the CDK: declared here, imported, or made by the user.

    :param type_: the interface, as in the signature.
    :param attribute: what objects of the interface have and others don't.
    :param secret: whether a value of another kind may be a secret, and isn't shown.
    """

    def read(given: object) -> Any:
        if not has(given, attribute):
            raise Unfit(of_type(given) if secret else shown(given), allowed)
        return given

    return Kind(type_, read)


def has(value: object, attribute: str) -> bool:
    """Whether an object has an attribute, imported ones included: these have no class of theirs."""
    return not isinstance(value, (str, int, float)) and hasattr(value, attribute)


def several(item: Kind[_T], allowed: str, *, late: bool = False) -> Kind[list[_T]]:
    """A sequence of values of a kind. It is read as a list: the CDK takes no tuples.

    :param late: whether CloudFormation may fill in the whole list.
    """

    def read(given: object) -> list[_T]:
        if isinstance(given, (str, bytes)) or not isinstance(given, Sequence):
            raise Unfit(shown(given), allowed)
        if not late and any(isinstance(one, str) and _LATE_LIST in one for one in given):
            raise Unfit("a list that is known at deployment only", allowed)
        return [item.read(value) for value in given]

    return Kind(Sequence[item.type], read, item.late)  # type: ignore[name-defined]


def mapping(allowed: str) -> Kind[dict[str, str]]:
    """Texts by name; the error shows names only."""

    def read(given: object) -> dict[str, str]:
        if not isinstance(given, Mapping):
            raise Unfit(of_type(given), allowed)
        for name, value in given.items():
            if not isinstance(name, str) or is_late(name):
                got = LATE if isinstance(name, str) else of_type(name)
                raise Unfit(f"{got} for a name", allowed)
            if not isinstance(value, str):
                raise Unfit(f"{of_type(value)} for {name!r}", allowed)
        return dict(given)

    return Kind(Mapping[str, str], read)
