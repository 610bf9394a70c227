"""What mapping templates of API Gateway start from: ``$input``, ``$util``, ``$context``, ...

See "Mapping template and access logging variable reference" in API Gateway's developer guide.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote_plus, unquote_plus

from coworks_cdk.local.vtl.errors import Failed, NotUnderstood
from coworks_cdk.local.vtl.nodes import Call, Literal, Property, Reference

CONTEXT = frozenset(
    {
        "accountId",
        "apiId",
        "authorizer",
        "deploymentId",
        "domainName",
        "domainPrefix",
        "error",
        "extendedRequestId",
        "httpMethod",
        "identity",
        "path",
        "protocol",
        "requestId",
        "requestOverride",
        "requestTime",
        "requestTimeEpoch",
        "resourceId",
        "resourcePath",
        "responseOverride",
        "stage",
    }
)
LOOP = frozenset({"foreach", "velocityCount"})
"""What a loop sets beside its own name."""
_INPUT = frozenset({"body", "json", "params", "path"})
_UTIL = frozenset(
    {"base64Decode", "base64Encode", "escapeJavaScript", "parseJson", "urlDecode", "urlEncode"}
)
_MEMBERS = {
    "context": CONTEXT,
    "input": _INPUT,
    # Written nowhere in AWS's reference, and used in templates that work there.
    "method": frozenset({"request"}),
    "util": _UTIL,
}
_STEP = re.compile(
    r"""\.(?P<name>[A-Za-z_][\w-]*)|\[(?P<index>\d+)\]|\[(?P<q>['"])(?P<key>.*?)(?P=q)\]"""
)
_ESCAPED = {"\\": "\\\\", '"': '\\"', "'": "\\'", "/": "\\/", "\b": "\\b", "\n": "\\n", "\t": "\\t"}
_ESCAPED |= {"\f": "\\f", "\r": "\\r"}


def check_member(reference: Reference) -> bool:
    """Check a reference to what API Gateway gives; False where it is another's.

    :raises NotUnderstood: for a member that isn't known here.
    """
    if reference.name == "stageVariables":
        return True
    known = _MEMBERS.get(reference.name)
    if known is None:
        return False
    first = reference.steps[0] if reference.steps else None
    if reference.name == "context" and first is None:
        return True
    if not isinstance(first, Property | Call) or first.name not in known:
        member = "" if first is None else f".{getattr(first, 'name', '[...]')}"
        raise NotUnderstood(f"expression '${reference.name}{member}'")
    if isinstance(first, Call) and first.name in ("json", "path"):
        (path,) = first.arguments or (None,)
        text = _text_of(path)
        if text is not None:
            steps_of(text)
    return True


def _text_of(argument: Any) -> str | None:
    if isinstance(argument, Literal):
        return str(argument.value)
    nodes = getattr(argument, "nodes", ())
    texts = [getattr(node, "text", None) for node in nodes]
    return None if None in texts or argument is None else "".join(str(text) for text in texts)


def steps_of(path: str) -> tuple[str | int, ...]:
    """Give the keys and positions of a JSON path, as ``$.items[0]['name']``.

    :raises NotUnderstood: for more of JSONPath than that.
    """
    steps: list[str | int] = []
    at = 1
    while path.startswith("$") and at < len(path):
        found = _STEP.match(path, at)
        if found is None:
            break
        index = found.group("index")
        steps.append(int(index) if index is not None else found.group("name") or found.group("key"))
        at = found.end()
    if not path.startswith("$") or at != len(path):
        raise NotUnderstood(f"JSON path {path!r}")
    return tuple(steps)


@dataclass(frozen=True)
class Input:
    """``$input``: the request."""

    body: str = ""
    path: Mapping[str, str] = field(default_factory=dict)
    querystring: Mapping[str, str] = field(default_factory=dict)
    header: Mapping[str, str] = field(default_factory=dict)
    """Names with their case."""

    def call(self, name: str, arguments: list[Any]) -> Any:
        """Run one of its methods."""
        if name == "params":
            return self._params(arguments)
        try:
            value = json.loads(self.body or "{}")
        except ValueError as error:
            raise Failed("the body is no JSON") from error
        for step in steps_of(str(arguments[0])):
            found = isinstance(value, list) and isinstance(step, int) and step < len(value)
            found = found or (isinstance(value, dict) and step in value)
            if not found:
                return "" if name == "json" else None
            value = value[step]
        return json.dumps(value, separators=(",", ":")) if name == "json" else value

    def _params(self, arguments: list[Any]) -> Any:
        everything = {"path": self.path, "querystring": self.querystring, "header": self.header}
        if not arguments:
            return {name: dict(values) for name, values in everything.items()}
        wanted = str(arguments[0])
        return next((values[wanted] for values in everything.values() if wanted in values), "")


class Util:
    """``$util``: conversions."""

    def call(self, name: str, arguments: list[Any]) -> Any:
        """Run one of its methods."""
        text = "" if not arguments or arguments[0] is None else str(arguments[0])
        if name == "escapeJavaScript":
            return escape_java_script(text)
        if name == "urlEncode":
            return quote_plus(text, safe="*-._")
        if name == "urlDecode":
            return unquote_plus(text)
        if name == "base64Encode":
            return base64.b64encode(text.encode()).decode("ascii")
        try:
            if name == "parseJson":
                return json.loads(text)
            return base64.b64decode(text, validate=True).decode()
        except (binascii.Error, ValueError) as error:
            raise Failed(f"$util.{name} can't read what it is given") from error


def escape_java_script(text: str) -> str:
    """Escape as ``$util.escapeJavaScript`` does, ``'`` included, which JSON doesn't know."""
    return "".join(
        _ESCAPED.get(character)
        or (character if " " <= character <= "~" else _unicode_escape(character))
        for character in text
    )


def _unicode_escape(character: str) -> str:
    units = character.encode("utf-16-be").hex().upper()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))
