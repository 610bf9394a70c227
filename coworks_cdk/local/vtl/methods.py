"""What templates call on values, which are Java's: texts, numbers, lists and maps."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from coworks_cdk.local.vtl.errors import Failed


def java_text(value: Any) -> str:
    """Give a value as text, as Java does; what there isn't as nothing."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        inner = ", ".join(f"{name}={_inner(one)}" for name, one in value.items())
        return f"{{{inner}}}"
    if isinstance(value, list):
        return f"[{', '.join(_inner(one) for one in value)}]"
    return str(value)


def _inner(value: Any) -> str:
    return "null" if value is None else java_text(value)


def _put(map_: dict[str, Any], key: Any, value: Any) -> Any:
    before = map_.get(key)
    map_[key] = value
    return before


def _put_all(map_: dict[str, Any], others: dict[str, Any]) -> None:
    map_.update(others)


def _entries(map_: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"key": key, "value": value} for key, value in map_.items()]


def _add(list_: list[Any], value: Any) -> bool:
    list_.append(value)
    return True


def _replace_all(text: str, pattern: str, by: str) -> str:
    def replacement(found: re.Match[str]) -> str:
        # In Java's replacements a backslash keeps what follows it, and $1 is the first group.
        return re.sub(r"\\(.)|\$(\d)", lambda part: part[1] or found[int(part[2])] or "", by)

    return re.sub(pattern, replacement, text)


_MAP: dict[str, Callable[..., Any]] = {
    "containsKey": lambda map_, key: key in map_,
    "entrySet": _entries,
    "get": lambda map_, key: map_.get(key),
    "isEmpty": lambda map_: not map_,
    "keySet": list,
    "put": _put,
    "putAll": _put_all,
    "remove": lambda map_, key: map_.pop(key, None),
    "size": len,
    "values": lambda map_: list(map_.values()),
}
_LIST: dict[str, Callable[..., Any]] = {
    "add": _add,
    "contains": lambda list_, value: value in list_,
    "get": lambda list_, at: list_[at],
    "isEmpty": lambda list_: not list_,
    "size": len,
}
_TEXT: dict[str, Callable[..., Any]] = {
    "concat": lambda text, other: text + other,
    "contains": lambda text, part: part in text,
    "endsWith": lambda text, part: text.endswith(part),
    "equals": lambda text, other: text == other,
    "equalsIgnoreCase": lambda text, other: text.lower() == other.lower(),
    "indexOf": lambda text, part: text.find(part),
    "isEmpty": lambda text: not text,
    "length": len,
    "matches": lambda text, pattern: re.fullmatch(pattern, text) is not None,
    "replace": lambda text, part, by: text.replace(part, by),
    "replaceAll": _replace_all,
    "split": lambda text, pattern: re.split(pattern, text),
    "startsWith": lambda text, part: text.startswith(part),
    "substring": lambda text, first, end=None: text[first:end],
    "toLowerCase": str.lower,
    "toUpperCase": str.upper,
    "trim": str.strip,
}
_ROOTS = frozenset(
    {
        "base64Decode",
        "base64Encode",
        "escapeJavaScript",
        "json",
        "params",
        "parseJson",
        "path",
        "urlDecode",
        "urlEncode",
    }
)
METHODS = frozenset({*_MAP, *_LIST, *_TEXT, *_ROOTS, "toString"})
"""All that a template may call."""


def call(value: Any, name: str, arguments: list[Any]) -> Any:
    """Call a method of a value.

    :raises Failed: where it has none of this name, or can't be called so.
    """
    if hasattr(value, "call"):
        return value.call(name, arguments)
    if value is None:
        return None
    if name == "toString":
        return java_text(value)
    known = _MAP if isinstance(value, dict) else _LIST if isinstance(value, list) else _TEXT
    method = known.get(name)
    if method is None or (known is _TEXT and not isinstance(value, str)):
        raise Failed(f"{type(value).__name__} has no {name}()")
    try:
        return method(value, *arguments)
    except (TypeError, IndexError, AttributeError, re.error) as error:
        raise Failed(f"{name}() can't be called so") from error
