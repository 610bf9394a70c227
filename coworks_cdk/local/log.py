"""What the terminal shows: the gateway's own lines and the functions' output."""

from __future__ import annotations

import sys
import threading
from typing import TextIO


class Log:
    """Writes whole lines, one at a time, each with the name of what it comes from."""

    def __init__(self, stream: TextIO | None = None) -> None:
        """Write to ``stream``, standard error by default."""
        self._stream = stream
        self._lock = threading.Lock()

    def line(self, source: str, text: str) -> None:
        """Write a line."""
        with self._lock:
            stream = self._stream or sys.stderr
            stream.write(f"[{source}] {text}\n")
            stream.flush()

    def output(self, source: str, raw: bytes) -> None:
        """Write what a function printed.

        Lambda's runtime client puts a traceback in one line, with carriage returns between and
        no-break spaces as indentation, for CloudWatch's sake.
        """
        text = raw.decode("utf-8", errors="replace").replace("\u00a0", " ")
        for line in text.rstrip("\r\n").split("\r"):
            self.line(source, line)
