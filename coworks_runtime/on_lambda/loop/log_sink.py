"""Where a function's log goes: to Lambda's telemetry, in frames, or to the standard output."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from typing import IO, Any, Protocol

from coworks_runtime.json_records import encodable

_TEXT, _JSON = 0x03, 0x02
_DESCRIPTOR = "_LAMBDA_TELEMETRY_LOG_FD"


def frame_type(level: int, *, is_json: bool) -> bytes:
    """What marks a frame: its level, and whether it is JSON.

    :param level: as :mod:`logging` has it; 0 for none.
    """
    step = min(50, max(0, level)) // 10
    number = (_JSON if is_json else _TEXT) + (step and 4 * step + 4)
    return (0xA55A0000 + number).to_bytes(4, "big")


class LogSink(Protocol):
    """What takes a function's log."""

    def write(self, text: str, kind: bytes = b"") -> None:
        """Take a message."""

    def error(self, lines: Sequence[str], kind: bytes) -> None:
        """Take an error, which is one message of several lines."""


class StandardOutput:
    """The log where no telemetry is."""

    def write(self, text: str, kind: bytes = b"") -> None:  # noqa: ARG002 - nobody reads it here
        """Write a message."""
        sys.stdout.write(encodable(text))

    def error(self, lines: Sequence[str], kind: bytes) -> None:  # noqa: ARG002
        """Write an error; CloudWatch takes carriage returns for breaks within a message."""
        sys.stdout.write(encodable("\r".join(lines)) + "\n")


class Telemetry:
    """Frames to Lambda's telemetry: mark, length, time in microseconds, then the text.

    :param descriptor: of the file that takes them.
    """

    def __init__(self, descriptor: int) -> None:
        self._file: IO[bytes] = os.fdopen(descriptor, "wb", 0)

    def write(self, text: str, kind: bytes = b"") -> None:
        """Write a message."""
        data = text.encode(errors="backslashreplace")
        now = time.time_ns() // 1000
        mark = kind or frame_type(0, is_json=False)
        self._file.write(mark + len(data).to_bytes(4, "big") + now.to_bytes(8, "big") + data)

    def error(self, lines: Sequence[str], kind: bytes) -> None:
        """Write an error."""
        self.write("\n".join(lines), kind)


class Unbuffered:
    """A stream of text that shows at once what is written to it."""

    def __init__(self, stream: Any) -> None:
        self.stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)

    def write(self, text: str) -> int:
        """Write, and show it."""
        written: int = self.stream.write(text)
        self.stream.flush()
        return written

    def writelines(self, lines: Sequence[str]) -> None:
        """Write lines, and show them."""
        self.stream.writelines(lines)
        self.stream.flush()


def log_sink() -> LogSink:
    """Where this process's log goes, by its environment."""
    descriptor = os.environ.pop(_DESCRIPTOR, None)
    return StandardOutput() if descriptor is None else Telemetry(int(descriptor))
