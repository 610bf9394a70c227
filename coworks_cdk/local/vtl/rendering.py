"""A template run: the text that it gives, and what it changes of the values that it is given."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from coworks_cdk.local.vtl.errors import Failed
from coworks_cdk.local.vtl.methods import call, java_text
from coworks_cdk.local.vtl.nodes import (
    Binary,
    Call,
    Expression,
    Foreach,
    If,
    Index,
    Interpolated,
    ListOf,
    Literal,
    MapOf,
    Node,
    Property,
    Range,
    Reference,
    Set,
    Text,
    Unary,
)
from coworks_cdk.local.vtl.parsing import Template

_ORDERED: dict[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
    "-": operator.sub,
    "*": operator.mul,
}
_LONGEST = 10_000
"""Most items of one loop or range; API Gateway's own limit is 1,000 for a loop."""


class _Broken(Exception):
    """``#break``."""


def render(template: Template, values: Mapping[str, Any]) -> str:
    """Run a template.

    :param values: what references start from, as ``input``, ``util``, ``context`` and
        ``stageVariables``; what is in them may be changed.
    :raises Failed: where it can't go on.
    """
    run = _Run(dict(values))
    with suppress(_Broken):
        run.nodes(template.nodes)
    return "".join(run.given)


class _Run:
    def __init__(self, values: dict[str, Any]) -> None:
        self.values = values
        self.given: list[str] = []

    def nodes(self, nodes: tuple[Node, ...]) -> None:
        for node in nodes:
            if isinstance(node, Text):
                self.given.append(node.text)
            elif isinstance(node, Reference):
                self.given.append(java_text(self.reference(node)))
            elif isinstance(node, Set):
                self.assign(node.target, self.value(node.value))
            elif isinstance(node, If):
                self._if(node)
            elif isinstance(node, Foreach):
                self._foreach(node)
            else:
                raise _Broken

    def _if(self, node: If) -> None:
        for condition, body in node.branches:
            if _true(self.value(condition)):
                self.nodes(body)
                return

    def _foreach(self, node: Foreach) -> None:
        items = self.value(node.items)
        if isinstance(items, dict):
            items = list(items.values())
        if items is None:
            return
        if not isinstance(items, list) or len(items) > _LONGEST:
            raise Failed("#foreach needs a list that is not too long")
        around = {name: self.values.get(name) for name in ("foreach", "velocityCount")}
        self._each(node, items)
        self.values |= around

    def _each(self, node: Foreach, items: list[Any]) -> None:
        for index, item in enumerate(items):
            self.values[node.name] = item
            last = index == len(items) - 1
            count = {"index": index, "count": index + 1, "hasNext": not last}
            self.values["foreach"] = {**count, "first": index == 0, "last": last}
            self.values["velocityCount"] = index + 1
            try:
                self.nodes(node.body)
            except _Broken:
                return

    def assign(self, target: Reference, value: Any) -> None:
        if not target.steps:
            self.values[target.name] = value
            return
        owner = self.reference(Reference(target.name, target.steps[:-1]))
        last = target.steps[-1]
        key = self.value(last.key) if isinstance(last, Index) else last.name
        within = isinstance(owner, list) and isinstance(key, int) and key < len(owner)
        if not (within or isinstance(owner, dict)):
            raise Failed(f"nothing can be set in ${target.name}")
        owner[key] = value

    def reference(self, reference: Reference) -> Any:
        value = self.values.get(reference.name)
        for step in reference.steps:
            if isinstance(step, Call):
                value = call(value, step.name, [self.value(one) for one in step.arguments])
            elif isinstance(step, Index):
                value = _member(value, self.value(step.key))
            else:
                value = _property(value, step)
        return value

    def value(self, expression: Expression) -> Any:
        if isinstance(expression, Literal):
            return expression.value
        if isinstance(expression, Reference):
            return self.reference(expression)
        if isinstance(expression, Interpolated):
            inner = _Run(self.values)
            inner.nodes(expression.nodes)
            return "".join(inner.given)
        if isinstance(expression, ListOf):
            return [self.value(item) for item in expression.items]
        if isinstance(expression, Range):
            return _range(self.value(expression.first), self.value(expression.last))
        if isinstance(expression, MapOf):
            return {self.value(key): self.value(value) for key, value in expression.pairs}
        if isinstance(expression, Unary):
            value = self.value(expression.operand)
            return not _true(value) if expression.operator == "!" else _computed("-", 0, value)
        return self._binary(expression)

    def _binary(self, expression: Binary) -> Any:
        sign = expression.operator
        left = self.value(expression.left)
        if sign == "||":
            return _true(left) or _true(self.value(expression.right))
        if sign == "&&":
            return _true(left) and _true(self.value(expression.right))
        right = self.value(expression.right)
        if sign in ("==", "!="):
            return _same(left, right) is (sign == "==")
        return _computed(sign, left, right)


def _property(value: Any, step: Property) -> Any:
    if isinstance(value, dict):
        return value.get(step.name)
    return getattr(value, step.name, None) if hasattr(value, "call") else None


def _member(value: Any, key: Any) -> Any:
    if isinstance(value, list) and isinstance(key, int):
        return value[key] if -len(value) <= key < len(value) else None
    return value.get(key) if isinstance(value, dict) else None


def _true(value: Any) -> bool:
    # Whatever isn't null is true, an empty text too (Velocity 1.7, which API Gateway runs).
    return value if isinstance(value, bool) else value is not None


def _same(left: Any, right: Any) -> bool:
    if left is None or right is None:
        return left is right
    if type(left) is type(right) or (_is_number(left) and _is_number(right)):
        return bool(left == right)
    # Of different classes: what they are as text.
    return java_text(left) == java_text(right)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _computed(sign: str, left: Any, right: Any) -> Any:
    if sign == "+" and (isinstance(left, str) or isinstance(right, str)):
        return java_text(left) + java_text(right)
    if not (_is_number(left) and _is_number(right)):
        raise Failed(f"{sign} needs numbers")
    if sign == "+":
        return left + right
    if sign in ("/", "%"):
        if not right:
            return None
        whole = isinstance(left, int) and isinstance(right, int)
        # Java cuts off towards zero.
        quotient = int(left / right) if whole else left / right
        return quotient if sign == "/" else left - right * int(left / right)
    return _ORDERED[sign](left, right)


def _range(first: Any, last: Any) -> list[int]:
    if not isinstance(first, int) or not isinstance(last, int) or abs(last - first) > _LONGEST:
        raise Failed("a range needs two numbers that are near")
    return list(range(first, last + 1) if first <= last else range(first, last - 1, -1))
