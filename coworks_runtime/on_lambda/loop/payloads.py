"""Events and results between bytes and Python, as AWS's client reads and writes them."""

from __future__ import annotations

import json
import math
import os
from decimal import Decimal
from typing import Any

import msgspec

from .faults import Fault

_ESCAPING = ("AWS_Lambda_python3.9", "AWS_Lambda_python3.10", "AWS_Lambda_python3.11")
_decimals = msgspec.json.Encoder(decimal_format="number")


def escapes_text() -> bool:
    """Whether what isn't ASCII is escaped in JSON: AWS's client does it up to Python 3.11."""
    return os.environ.get("AWS_EXECUTION_ENV", _ESCAPING[0]) in _ESCAPING


def event_of(body: bytes, content_type: str | None) -> Any:
    """An event.

    :raises Fault: for one that is no JSON.
    """
    if content_type != "application/json":
        return body
    try:
        return json.loads(body)
    except ValueError as error:
        raise Fault("Runtime.UnmarshalError", f"Unable to unmarshal input: {error}") from error


def payload_of(result: Any) -> tuple[bytes, str]:
    """What a handler returned, with its media type.

    :raises Fault: for what is neither bytes nor JSON.
    """
    if isinstance(result, bytes):
        return result, "application/unknown"
    decimals: list[Decimal] = []

    def other(value: object) -> float:
        if not isinstance(value, Decimal):
            kind = type(value).__name__
            raise TypeError(f"Object of type {kind} is not JSON serializable")
        if value.is_nan():
            return math.nan
        decimals.append(value)
        return 0.0

    try:
        text = json.dumps(result, ensure_ascii=escapes_text(), default=other)
        # Numbers keep all their digits.
        data = _decimals.encode(result) if decimals else text.encode()
    except Exception as error:
        message = f"Unable to marshal response: {error}"
        raise Fault("Runtime.MarshalError", message) from error
    return data, "application/json"
