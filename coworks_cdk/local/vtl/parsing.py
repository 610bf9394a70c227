"""Templates: text with references and directives in it.

``#set``, ``#if``, ``#elseif``, ``#else``, ``#foreach``, ``#break`` and ``#end``, comments, and the
references of API Gateway's mapping templates (see :mod:`coworks_cdk.local.vtl.roots`). Everything
else is refused, macros and escapes among it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from coworks_cdk.local.vtl.errors import NotUnderstood
from coworks_cdk.local.vtl.expressions import Expressions
from coworks_cdk.local.vtl.methods import METHODS
from coworks_cdk.local.vtl.nodes import (
    Break,
    Call,
    Expression,
    Foreach,
    If,
    Literal,
    Node,
    Reference,
    Set,
    Text,
)
from coworks_cdk.local.vtl.roots import LOOP, check_member
from coworks_cdk.local.vtl.scanner import NAME, Scanner

_DIRECTIVE = re.compile(r"#(?:\{(?P<braced>[a-z]+)\}|(?P<plain>[a-z]+))")
_KNOWN = frozenset({"set", "if", "elseif", "else", "end", "foreach", "break"})
_COMMENT = re.compile(r"##[^\n]*(?:\n|\Z)|#\*.*?\*#", re.DOTALL)
_REFERENCE = re.compile(r"\$!?\{?[A-Za-z_]")
_LINE_END = re.compile(r"[ \t]*\r?\n")


@dataclass(frozen=True)
class Template:
    """A template that is understood."""

    nodes: tuple[Node, ...]


@lru_cache(maxsize=1024)
def parse(text: str) -> Template:
    """Parse a template; the same text once, since an API's methods share theirs.

    :raises NotUnderstood: for what isn't known here, a name that nothing sets included.
    """
    parser = _Parser(text, set(), set())
    nodes, end = parser.block()
    if end is not None:
        raise NotUnderstood(f"#{end} without #if")
    parser.check_names()
    return Template(nodes)


class _Parser:
    def __init__(self, text: str, used: set[str], given: set[str]) -> None:
        self._scanner = Scanner(text)
        self._used, self._given = used, given
        self._expressions = Expressions(self._scanner, self._interpolated, self._met)

    def check_names(self) -> None:
        # $null is what templates write for nothing: a name that is never set.
        for name in sorted(self._used - self._given - {"null"}):
            raise NotUnderstood(f"${name}, which nothing sets")

    def block(self) -> tuple[tuple[Node, ...], str | None]:
        """Read up to the end, or to the directive that ends a block; gives that one's name."""
        nodes: list[Node] = []
        scanner = self._scanner
        while not scanner.done:
            if scanner.take(_COMMENT):
                continue
            if scanner.looks_at("\\$", "\\#", "#[["):
                raise NotUnderstood(f"escape {scanner.rest()!r}")
            if _REFERENCE.match(scanner.text, scanner.at):
                nodes.append(self._expressions.reference())
            elif (name := self._directive()) in ("elseif", "else", "end"):
                return tuple(nodes), name
            elif name is not None:
                nodes.append(self._node(name))
            else:
                nodes.append(self._text())
        return tuple(nodes), None

    def _text(self) -> Text:
        scanner = self._scanner
        start = scanner.at
        scanner.at += 1
        while not scanner.done and not scanner.looks_at("$", "#", "\\"):
            scanner.at += 1
        return Text(scanner.text[start : scanner.at])

    def _directive(self) -> str | None:
        scanner = self._scanner
        start = scanner.at
        found = scanner.take(_DIRECTIVE)
        if found is None:
            return None
        name = str(found.group("braced") or found.group("plain"))
        if name in _KNOWN:
            if name in ("else", "end", "break"):
                scanner.take(_LINE_END)
            return name
        if found.group("braced") or scanner.looks_at("("):
            raise NotUnderstood(f"directive #{name}")
        scanner.at = start
        return None

    def _node(self, name: str) -> Node:
        if name == "break":
            return Break()
        self._open(name)
        if name == "set":
            return self._set()
        return self._foreach() if name == "foreach" else self._if()

    def _open(self, name: str) -> None:
        self._scanner.space()
        if not self._scanner.skip("("):
            raise NotUnderstood(f"#{name} without parentheses")

    def _close(self, name: str) -> None:
        self._scanner.space()
        if self._scanner.done:
            raise NotUnderstood(f"unclosed parenthesis of #{name}")
        self._scanner.expect(")", f"#{name}")
        self._scanner.take(_LINE_END)

    def _set(self) -> Set:
        scanner = self._scanner
        scanner.space()
        if not scanner.looks_at("$"):
            raise NotUnderstood(f"assignment to {scanner.rest()!r}")
        at = scanner.at
        target = self._expressions.reference()
        if not target.steps:
            self._given.add(target.name)
        if any(isinstance(step, Call) for step in target.steps):
            raise NotUnderstood(f"assignment to {scanner.text[at : scanner.at]!r}")
        scanner.expect("=", "#set")
        value = self._expressions.expression()
        self._close("set")
        return Set(target, value)

    def _condition(self, name: str) -> Expression:
        condition = self._expressions.expression()
        self._close(name)
        return condition

    def _if(self) -> If:
        branches: list[tuple[Expression, tuple[Node, ...]]] = []
        condition = self._condition("if")
        while True:
            body, end = self.block()
            branches.append((condition, body))
            if end is None:
                raise NotUnderstood("#if without #end")
            if end == "end":
                return If(tuple(branches))
            if end == "elseif":
                self._open("elseif")
                condition = self._condition("elseif")
            else:
                condition = Literal(True)

    def _foreach(self) -> Foreach:
        scanner = self._scanner
        scanner.space()
        scanner.skip("$")
        name = scanner.take(NAME)
        scanner.space()
        if name is None or not scanner.skip("in"):
            raise NotUnderstood(f"#foreach at {scanner.rest()!r}")
        items = self._expressions.expression()
        self._close("foreach")
        self._given |= {name.group(), *LOOP}
        body, end = self.block()
        if end != "end":
            raise NotUnderstood("#foreach without #end")
        return Foreach(name.group(), items, body)

    def _interpolated(self, text: str) -> tuple[Node, ...]:
        inner = _Parser(text, self._used, self._given)
        nodes, end = inner.block()
        if end is not None:
            raise NotUnderstood(f"#{end} without #if")
        return nodes

    def _met(self, reference: Reference) -> None:
        for step in reference.steps:
            if isinstance(step, Call) and step.name not in METHODS:
                raise NotUnderstood(f"expression '${reference.name}...{step.name}()'")
        if not check_member(reference):
            self._used.add(reference.name)
