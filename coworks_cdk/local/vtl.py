"""Pure: the part of API Gateway's template language (VTL) that preflights are written in.

``#set``, ``#if``, ``#elseif``, ``#else``, ``#end``; conditions of ``==``, ``!=``, ``!``, ``&&`` and
``||``; strings, numbers, variables, ``$input.params().header.get("Name")``,
``$input.params("Name")`` and ``$context.responseOverride``. Everything else is refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

_DIRECTIVE = re.compile(r"#(set|if|elseif|else|end)\b")
_COMMENT = re.compile(r"##[^\n]*")
_GET = re.compile(r"""(?P<map>.+)\.get\((?P<q>["'])(?P<name>[^"']+)(?P=q)\)""")
_PARAM = re.compile(r"""input\.params\((?P<q>["'])(?P<name>[^"']+)(?P=q)\)""")
_HEADERS = "input.params().header"
_VARIABLE = re.compile(r"\$!?\{?(?P<name>[A-Za-z_][\w.-]*)\}?")
_OVERRIDE_HEADER = "context.responseOverride.header."
_OVERRIDE_STATUS = "context.responseOverride.status"


class NotUnderstood(ValueError):
    """The template uses more of VTL than is known here."""


@dataclass(frozen=True)
class Set:
    """``#set($name = value)``."""

    name: str
    value: str


@dataclass(frozen=True)
class If:
    """``#if``: conditions with what they guard, in order; an ``#else`` has the condition true."""

    branches: tuple[tuple[str, tuple[Set | If, ...]], ...]


Node = Set | If
Value = str | Mapping[str, str] | None


@dataclass
class Override:
    """What a template changes of the answer."""

    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)


def parse(template: str) -> tuple[Node, ...]:
    """Parse a template.

    :raises NotUnderstood: for anything but the directives above, text between them included.
    """
    tokens = _tokens(_COMMENT.sub("", template))
    nodes, rest, end = _block(tokens, 0)
    if end is not None or rest != len(tokens):
        raise NotUnderstood(f"#{end} without #if")
    return nodes


def run(nodes: tuple[Node, ...], headers: Mapping[str, str]) -> Override:
    """Run a parsed template.

    :param headers: the request's headers; names with their case, as API Gateway's are.
    """
    override = Override()
    _run(nodes, headers, {}, override)
    return override


def _tokens(template: str) -> list[tuple[str, str]]:
    tokens = []
    position = 0
    while found := _DIRECTIVE.search(template, position):
        _only_space(template[position : found.start()])
        name, argument = found.group(1), ""
        position = found.end()
        if name in ("set", "if", "elseif"):
            start = template.find("(", position)
            if start < 0 or template[position:start].strip():
                raise NotUnderstood(f"#{name} without parentheses")
            position = _closing(template, start)
            argument = template[start + 1 : position - 1].strip()
            _check(name, argument)
        tokens.append((name, argument))
    _only_space(template[position:])
    return tokens


def _only_space(text: str) -> None:
    if text.strip():
        raise NotUnderstood(f"text {text.strip()!r}")


def _closing(template: str, start: int) -> int:
    depth, quote = 0, ""
    for position in range(start, len(template)):
        character = template[position]
        if quote:
            quote = "" if character == quote else quote
        elif character in "\"'":
            quote = character
        elif character in "()":
            depth += 1 if character == "(" else -1
            if depth == 0:
                return position + 1
    raise NotUnderstood(f"unclosed parenthesis in {template[start:]!r}")


def _check(name: str, argument: str) -> None:
    if name == "set":
        target, _, value = argument.partition("=")
        if not _VARIABLE.fullmatch(target.strip()):
            raise NotUnderstood(f"assignment to {target.strip()!r}")
        _value(value.strip(), {}, {})
    else:
        _condition(argument, {}, {})


def _block(
    tokens: list[tuple[str, str]], position: int
) -> tuple[tuple[Node, ...], int, str | None]:
    nodes: list[Node] = []
    while position < len(tokens):
        name, argument = tokens[position]
        if name == "set":
            target, _, value = argument.partition("=")
            found = _VARIABLE.fullmatch(target.strip())
            nodes.append(Set(found.group("name") if found else "", value.strip()))
            position += 1
        elif name == "if":
            branches = []
            condition, end = argument, name
            while end != "end":
                body, position, next_end = _block(tokens, position + 1)
                branches.append((condition, body))
                if next_end is None:
                    raise NotUnderstood("#if without #end")
                end = next_end
                condition = tokens[position][1] if end == "elseif" else "true"
            nodes.append(If(tuple(branches)))
            position += 1
        else:
            return tuple(nodes), position, name
    return tuple(nodes), position, None


def _run(
    nodes: tuple[Node, ...],
    headers: Mapping[str, str],
    variables: dict[str, Value],
    override: Override,
) -> None:
    for node in nodes:
        if isinstance(node, Set):
            value = _value(node.value, headers, variables)
            if node.name.startswith(_OVERRIDE_HEADER):
                override.headers[node.name.removeprefix(_OVERRIDE_HEADER)] = str(value)
            elif node.name == _OVERRIDE_STATUS:
                override.status = int(str(value))
            else:
                variables[node.name] = value
            continue
        for condition, body in node.branches:
            if _condition(condition, headers, variables):
                _run(body, headers, variables, override)
                break


def _condition(text: str, headers: Mapping[str, str], variables: Mapping[str, Value]) -> bool:
    if text == "true":
        return True
    for joiner, combine in (("||", any), ("&&", all)):
        parts = text.split(joiner)
        if len(parts) > 1:
            return combine([_condition(part.strip(), headers, variables) for part in parts])
    for operator in ("==", "!="):
        left, found, right = text.partition(operator)
        if found:
            same = _value(left.strip(), headers, variables) == _value(
                right.strip(), headers, variables
            )
            return same if operator == "==" else not same
    if text.startswith("!"):
        return not _condition(text[1:].strip(), headers, variables)
    # Whatever isn't null is true, an empty string too (Velocity 1.7, which API Gateway runs).
    return _value(text, headers, variables) is not None


def _value(text: str, headers: Mapping[str, str], variables: Mapping[str, Value]) -> Value:
    if len(text) >= 2 and text[0] == text[-1] and text[0] in "\"'" and "$" not in text:
        return text[1:-1]
    if text.isdigit():
        return text
    if text.startswith("$"):
        return _reference(text.removeprefix("$").strip("!{}"), headers, variables)
    raise NotUnderstood(f"expression {text!r}")


def _reference(name: str, headers: Mapping[str, str], variables: Mapping[str, Value]) -> Value:
    if name == _HEADERS:
        return headers
    if found := _PARAM.fullmatch(name):
        return headers.get(found.group("name"), "")
    if found := _GET.fullmatch(name):
        owner = _reference(found.group("map").removeprefix("$"), headers, variables)
        return owner.get(found.group("name")) if isinstance(owner, Mapping) else None
    if name.isidentifier():
        return variables.get(name)
    raise NotUnderstood(f"expression {'$' + name!r}")
