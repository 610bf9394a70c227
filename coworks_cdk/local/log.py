"""What the terminal shows: the gateway's own lines and the functions' output."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from typing import Any, TextIO

from coworks_cdk.local.record_line import readable

FORMAT_VARIABLE = "CWS_LOG_FORMAT"


class Log:
    """Writes whole lines, one at a time, each with the name of what it comes from.

    A function's records in JSON are lines to read on a terminal, coloured there, and stay as they
    are where the output is piped. ``CWS_LOG_FORMAT`` asks for ``json``, in which the gateway's own
    lines are objects too, or for ``text``.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        """Write to ``stream``, standard error by default."""
        self._stream = stream
        self._lock = threading.Lock()
        self._asked = os.environ.get(FORMAT_VARIABLE)

    def line(self, source: str, text: str) -> None:
        """Write a line."""
        if self._asked == "json":
            moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
            record = {"timestamp": moment, "level": "INFO", "message": text, "logger": source}
            self._write(json.dumps(record, ensure_ascii=False))
        else:
            self._write(f"[{source}] {text}")

    def output(self, source: str, raw: bytes) -> None:
        """Write what a function printed.

        Lambda's runtime client puts a traceback in one line, with carriage returns between and
        no-break spaces as indentation, for CloudWatch's sake.
        """
        text = raw.decode("utf-8", errors="replace")
        record = _record_of(text)
        if record is None:
            for line in text.replace("\u00a0", " ").rstrip("\r\n").split("\r"):
                self.line(source, line)
        elif self._asked == "json" or (self._asked != "text" and not self._is_terminal):
            self._write(text.rstrip("\r\n"))
        else:
            colored = self._is_terminal and not os.environ.get("NO_COLOR")
            for line in readable(record, colored=colored).splitlines():
                self._write(f"[{source}] {line}")

    @property
    def _is_terminal(self) -> bool:
        return (self._stream or sys.stderr).isatty()

    def _write(self, text: str) -> None:
        with self._lock:
            stream = self._stream or sys.stderr
            stream.write(f"{text}\n")
            stream.flush()


def _record_of(text: str) -> dict[str, Any] | None:
    """A line as the record that it is; ``None`` for any other output."""
    if not text.startswith("{"):
        return None
    try:
        record = json.loads(text)
    except ValueError:
        return None
    return record if isinstance(record, dict) else None
