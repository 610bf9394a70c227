"""Expressions of templates: what stands in directives, in brackets and in calls."""

from __future__ import annotations

import re
from collections.abc import Callable

from coworks_cdk.local.vtl.errors import NotUnderstood
from coworks_cdk.local.vtl.nodes import (
    Binary,
    Call,
    Expression,
    Index,
    Interpolated,
    ListOf,
    Literal,
    MapOf,
    Node,
    Property,
    Range,
    Reference,
    Unary,
)
from coworks_cdk.local.vtl.scanner import NAME, Scanner

_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_WORDS = {"or": "||", "and": "&&", "not": "!", "eq": "==", "ne": "!=", "lt": "<", "gt": ">"}
_WORDS |= {"le": "<=", "ge": ">="}
_LEVELS: tuple[tuple[str, ...], ...] = (
    ("||",),
    ("&&",),
    ("==", "!="),
    ("<=", ">=", "<", ">"),
    ("+", "-"),
    ("*", "/", "%"),
)
_CONSTANTS = {"true": True, "false": False, "null": None}


class Expressions:
    """Parses expressions; what references they hold is told."""

    def __init__(
        self,
        scanner: Scanner,
        interpolate: Callable[[str], tuple[Node, ...]],
        met: Callable[[Reference], None],
    ) -> None:
        """Parse from where a scanner is.

        :param interpolate: parses what stands in double quotes.
        :param met: told each reference.
        """
        self._scanner, self._interpolate, self._met = scanner, interpolate, met

    def reference(self) -> Reference:
        """Read ``$name``, ``${name}``, ``$!name`` or ``$!{name}``, with what follows it."""
        scanner = self._scanner
        scanner.skip("$")
        scanner.skip("!")
        braced = scanner.skip("{")
        name = scanner.take(NAME)
        if name is None:
            raise NotUnderstood(f"expression {scanner.rest()!r}")
        steps: list[Property | Call | Index] = []
        while True:
            start = scanner.at
            if scanner.skip("["):
                key = self.expression()
                scanner.expect("]", "an index")
                steps.append(Index(key))
            elif scanner.skip(".") and (member := scanner.take(NAME)) is not None:
                if scanner.skip("("):
                    steps.append(Call(member.group(), self._items(")")))
                else:
                    steps.append(Property(member.group()))
            else:
                scanner.at = start
                break
        if braced and not scanner.skip("}"):
            raise NotUnderstood(f"expression {scanner.text[start:][:30]!r}")
        found = Reference(name.group(), tuple(steps))
        self._met(found)
        return found

    def expression(self, level: int = 0) -> Expression:
        """Read an expression."""
        if level == len(_LEVELS):
            return self._unary()
        left = self.expression(level + 1)
        while (operator := self._operator(_LEVELS[level])) is not None:
            left = Binary(operator, left, self.expression(level + 1))
        return left

    def _operator(self, operators: tuple[str, ...]) -> str | None:
        scanner = self._scanner
        scanner.space()
        start = scanner.at
        word = scanner.take(NAME)
        if word is not None:
            operator = _WORDS.get(word.group())
            if operator in operators:
                return operator
            scanner.at = start
            return None
        return next((one for one in operators if scanner.skip(one)), None)

    def _unary(self) -> Expression:
        scanner = self._scanner
        scanner.space()
        for operator in ("!", "-"):
            if scanner.skip(operator):
                return Unary(operator, self._unary())
        start = scanner.at
        word = scanner.take(NAME)
        if word is not None and word.group() == "not":
            return Unary("!", self._unary())
        if word is not None and word.group() in _CONSTANTS:
            return Literal(_CONSTANTS[word.group()])
        scanner.at = start
        return self._primary()

    def _primary(self) -> Expression:
        scanner = self._scanner
        if scanner.looks_at("$"):
            return self.reference()
        if number := scanner.take(_NUMBER):
            text = number.group()
            return Literal(float(text) if "." in text else int(text))
        if scanner.looks_at('"', "'"):
            return self._text()
        if scanner.skip("("):
            inner = self.expression()
            scanner.expect(")", "a parenthesis")
            return inner
        if scanner.skip("["):
            return self._list()
        if scanner.skip("{"):
            return self._map()
        raise NotUnderstood(f"expression {scanner.rest()!r}")

    def _text(self) -> Expression:
        scanner = self._scanner
        quote = scanner.text[scanner.at]
        end = scanner.text.find(quote, scanner.at + 1)
        if end < 0:
            raise NotUnderstood(f"unclosed quote at {scanner.rest()!r}")
        text = scanner.text[scanner.at + 1 : end]
        scanner.at = end + 1
        return Literal(text) if quote == "'" else Interpolated(self._interpolate(text))

    def _items(self, end: str) -> tuple[Expression, ...]:
        scanner = self._scanner
        items: list[Expression] = []
        scanner.space()
        while not scanner.skip(end):
            if items:
                scanner.expect(",", "a list")
            items.append(self.expression())
            scanner.space()
        return tuple(items)

    def _list(self) -> Expression:
        scanner = self._scanner
        scanner.space()
        if scanner.skip("]"):
            return ListOf(())
        first = self.expression()
        scanner.space()
        if scanner.skip(".."):
            last = self.expression()
            scanner.expect("]", "a range")
            return Range(first, last)
        if scanner.skip("]"):
            return ListOf((first,))
        scanner.expect(",", "a list")
        return ListOf((first, *self._items("]")))

    def _map(self) -> Expression:
        scanner = self._scanner
        pairs: list[tuple[Expression, Expression]] = []
        scanner.space()
        while not scanner.skip("}"):
            if pairs:
                scanner.expect(",", "a map")
            key = self.expression()
            scanner.expect(":", "a map")
            pairs.append((key, self.expression()))
            scanner.space()
        return MapOf(tuple(pairs))
