"""What the gateway and the functions know of each other: an invocation's result."""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass

_WAITING = 16


class BrokenOff(Exception):
    """A streamed answer that ended before it was whole."""


class Pieces:
    """A streamed answer on its way: what the function gives, as soon as somebody takes it.

    A function is as fast as whoever reads: only a few pieces wait here.
    """

    def __init__(self) -> None:
        """Begin, without any piece."""
        self._waiting: deque[bytes] = deque()
        self._changed = threading.Condition()
        self._ended = False
        self._error: BrokenOff | None = None

    def put(self, piece: bytes) -> bool:
        """Give a piece; False where nobody wants it any longer."""
        with self._changed:
            self._changed.wait_for(lambda: len(self._waiting) < _WAITING or self._ended)
            if self._ended:
                return False
            self._waiting.append(piece)
            self._changed.notify_all()
            return True

    def end(self, error: str | None = None) -> None:
        """Give no more pieces.

        :param error: why it isn't whole, if it isn't.
        """
        with self._changed:
            if not self._ended:
                self._error = None if error is None else BrokenOff(error)
            self._ended = True
            self._changed.notify_all()

    def leave(self) -> None:
        """Take no more pieces."""
        with self._changed:
            self._ended = True
            self._waiting.clear()
            self._changed.notify_all()

    def take(self, seconds: float = threading.TIMEOUT_MAX) -> bytes | None:
        """Take the next piece; None at the end.

        :param seconds: how long it is waited for.
        :raises BrokenOff: where the answer isn't whole, or nothing comes.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: self._waiting or self._ended, max(0.0, seconds)):
                raise BrokenOff(f"nothing came within {seconds:.0f} s")
            if self._waiting:
                self._changed.notify_all()
                return self._waiting.popleft()
            if self._error is not None:
                raise self._error
            return None


@dataclass(frozen=True)
class Result:
    """What became of an invocation.

    :param pieces: the payload, where it comes in pieces.
    """

    payload: bytes
    failed: bool = False
    pieces: Pieces | None = None

    def whole(self) -> Result:
        """The same, all of it in one piece: what Lambda gives to whoever reads no streams."""
        if self.pieces is None:
            return self
        try:
            return Result(b"".join(iter(self.pieces.take, None)))
        except BrokenOff as error:
            return failure(str(error), "Runtime.StreamError")

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
