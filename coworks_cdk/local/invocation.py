"""What the gateway and the functions know of each other: an invocation's result."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass


@dataclass(frozen=True)
class Result:
    """What became of an invocation."""

    payload: bytes
    failed: bool = False

    @property
    def message(self) -> str | None:
        """The error's message, where it failed with one."""
        try:
            message = json.loads(self.payload).get("errorMessage")
        except (ValueError, AttributeError):
            return None
        return str(message) if message is not None else None


Invoke = Callable[[str, bytes, str], "Future[Result]"]
"""Runs a function: its ARN, the event and the trace id."""


def failure(message: str, kind: str) -> Result:
    """Make the result of an invocation that Lambda itself ended."""
    return Result(json.dumps({"errorMessage": message, "errorType": kind}).encode(), failed=True)
