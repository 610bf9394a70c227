"""What a parsed template consists of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Text:
    """Text that is given out as it is."""

    text: str


@dataclass(frozen=True)
class Property:
    """``.name``."""

    name: str


@dataclass(frozen=True)
class Call:
    """``.name(arguments)``."""

    name: str
    arguments: tuple[Expression, ...]


@dataclass(frozen=True)
class Index:
    """``[key]``."""

    key: Expression


@dataclass(frozen=True)
class Reference:
    """``$name``, with what follows it."""

    name: str
    steps: tuple[Property | Call | Index, ...] = ()


@dataclass(frozen=True)
class Literal:
    """A number, a truth value, or a text in single quotes."""

    value: Any


@dataclass(frozen=True)
class Interpolated:
    """A text in double quotes, which is a template itself."""

    nodes: tuple[Node, ...]


@dataclass(frozen=True)
class ListOf:
    """``[first, second]``."""

    items: tuple[Expression, ...]


@dataclass(frozen=True)
class Range:
    """``[first..last]``."""

    first: Expression
    last: Expression


@dataclass(frozen=True)
class MapOf:
    """``{"name": value}``."""

    pairs: tuple[tuple[Expression, Expression], ...]


@dataclass(frozen=True)
class Unary:
    """``!`` or ``-`` before an expression."""

    operator: str
    operand: Expression


@dataclass(frozen=True)
class Binary:
    """Two expressions with an operator between them."""

    operator: str
    left: Expression
    right: Expression


Expression = Reference | Literal | Interpolated | ListOf | Range | MapOf | Unary | Binary


@dataclass(frozen=True)
class Set:
    """``#set($target = value)``."""

    target: Reference
    value: Expression


@dataclass(frozen=True)
class If:
    """``#if``: conditions with what they guard, in order; an ``#else`` has the condition true."""

    branches: tuple[tuple[Expression, tuple[Node, ...]], ...]


@dataclass(frozen=True)
class Foreach:
    """``#foreach($name in items)``."""

    name: str
    items: Expression
    body: tuple[Node, ...]


@dataclass(frozen=True)
class Break:
    """``#break``: leaves the loop."""


Node = Text | Reference | Set | If | Foreach | Break
