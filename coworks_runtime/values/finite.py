"""NaN and Infinity, which are no numbers in JSON, wherever they stand. Pure."""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

import msgspec

_WORDS = re.compile(rb"nan|inf|\\u", re.IGNORECASE)


def may_hold_no_number(data: bytes) -> bool:
    """Whether text in JSON could be read as NaN or Infinity: to look there is fast."""
    return _WORDS.search(data) is not None


def holds_no_number(value: Any) -> bool:
    """Whether a value is NaN or Infinity, or holds it."""
    if isinstance(value, float):
        return not math.isfinite(value)
    if isinstance(value, Decimal):
        return not value.is_finite()
    if isinstance(value, str | bytes | int):
        return False
    if isinstance(value, Mapping):
        return any(holds_no_number(part) for pair in value.items() for part in pair)
    if isinstance(value, list | tuple | set | frozenset):
        return any(map(holds_no_number, value))
    return any(map(holds_no_number, _fields(value)))


def _fields(value: Any) -> Iterable[Any]:
    if isinstance(value, msgspec.Struct):
        return (getattr(value, name, None) for name in value.__struct_fields__)
    if dataclasses.is_dataclass(value):
        return (getattr(value, field.name, None) for field in dataclasses.fields(value))
    if hasattr(value, "model_validate") or hasattr(value, "__attrs_attrs__"):
        return dict(getattr(value, "__dict__", {})).values()
    return ()
