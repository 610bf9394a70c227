"""Records in JSON and lines to read: the one made of the other."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from typing import Any

_COLORS = {"DEBUG": 34, "INFO": 32, "WARN": 33, "WARNING": 33, "ERROR": 31, "CRITICAL": 31}
_REQUEST = ("method", "route", "entry")
_HIDDEN = frozenset(
    {
        *_REQUEST,
        *("timestamp", "level", "message", "logger", "requestId", "service", "stage"),
        *("status", "durationMs", "coldStart", "traceId", "correlationId", "_aws"),
        *("errorType", "errorMessage", "stackTrace", "location", "errorCauses", "errorNotes"),
        "taskName",
    }
)

_LEVEL = re.compile(r"\[(DEBUG|INFO|WARNING|ERROR|CRITICAL)\]\t")
"""How a record in Lambda's text format begins."""


def record_of(source: str, text: str, level: str = "INFO") -> dict[str, Any]:
    """The record of a line that is none, with the fields that Lambda gives its own.

    :param level: its level, unless it says one itself as Lambda's text format does.
    """
    said = _LEVEL.match(text)
    return {
        "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "level": said[1] if said else level,
        "message": text,
        "logger": source,
    }


def readable(record: Mapping[str, Any], *, colored: bool) -> str:
    """Tell a record: time, level, logger, message, what the service adds, the request.

    :param colored: with the escapes of a terminal.
    """

    def paint(text: str, code: int) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if colored else text

    level = str(record.get("level", "INFO"))
    words = [
        paint(str(record.get("timestamp", ""))[11:19], 2),
        paint(level.ljust(7), _COLORS.get(level, 0)),
    ]
    if "_aws" in record:
        words.append("metrics:")
    elif "message" in record:
        words.append(f"{record.get('logger', 'function')}: {record['message']}")
    words += [f"{name}={value}" for name, value in record.items() if name not in _HIDDEN]
    request = [str(record[name]) for name in _REQUEST if name in record]
    if request:
        words.append(paint(f"[{' '.join([*request, str(record.get('requestId', ''))])}]", 2))
    lines = [" ".join(words)]
    if "errorType" in record:
        lines += [str(line).rstrip("\n") for line in _several(record, "stackTrace")]
        lines += _error(record)
        for cause in _several(record, "errorCauses"):
            if isinstance(cause, dict):
                first, *notes = _error(cause)
                place = f" ({cause['location']})" if "location" in cause else ""
                lines += [f"behind it: {first}{place}", *notes]
    return "\n".join(lines)


def _error(told: Mapping[str, Any]) -> list[str]:
    """What an exception says, and the notes on it."""
    said = f"{told.get('errorType')}: {told.get('errorMessage', '')}"
    return [said, *map(str, _several(told, "errorNotes"))]


def _several(told: Mapping[str, Any], name: str) -> list[Any]:
    """A field's values; none where it isn't what Lambda's client writes."""
    value = told.get(name)
    return value if isinstance(value, list) else []
