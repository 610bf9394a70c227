"""What the terminal shows: the gateway's own lines and the functions' output."""

from __future__ import annotations

import json
import os
import sys
import threading
from typing import Any, TextIO

from coworks_cdk.local.errors import LocalError
from coworks_cdk.local.record_line import readable, record_of

FORMAT_VARIABLE = "CWS_LOG_FORMAT"
_FORMATS = ("json", "text")


class Log:
    """Writes whole lines, one at a time, each with the name of what it comes from.

    On a terminal they are to be read, a function's records in JSON too, coloured. Elsewhere each is
    a JSON object, the gateway's own lines and what functions print too.

    :param stream: where it writes, by default standard error.
    :param log_format: ``json`` or ``text``, wherever it goes; by default what ``CWS_LOG_FORMAT``
        says.
    :raises LocalError: for another format.
    """

    def __init__(self, stream: TextIO | None = None, log_format: str | None = None) -> None:
        self._stream = stream
        self._lock = threading.Lock()
        self._asked = log_format or os.environ.get(FORMAT_VARIABLE) or None
        if self._asked is not None and self._asked not in _FORMATS:
            raise LocalError(
                f"{FORMAT_VARIABLE} must be json (an object a line) or text (lines to read), "
                f"got {self._asked!r}"
            )

    def line(self, source: str, text: str, *, level: str = "INFO", **fields: Any) -> None:
        """Write a line of the gateway's own.

        :param fields: what the text tells, as fields of the line's JSON.
        """
        if self._is_json:
            self._write(_json(record_of(source, text, level) | fields))
        else:
            self._write(f"[{source}] {text}")

    def output(self, source: str, raw: bytes) -> None:
        """Write what a function printed.

        Lambda's runtime client puts a traceback in one line, with carriage returns between and
        no-break spaces as indentation, for CloudWatch's sake.
        """
        text = raw.decode("utf-8", errors="replace")
        record = _record_in(text)
        if self._is_json:
            told = text.replace("\u00a0", " ").rstrip("\r\n").replace("\r", "\n")
            self._write(text.rstrip("\r\n") if record else _json(record_of(source, told)))
            return
        if record is not None:
            colored = self._is_terminal and not os.environ.get("NO_COLOR")
            lines = readable(record, colored=colored).splitlines()
        else:
            lines = text.replace("\u00a0", " ").rstrip("\r\n").split("\r")
        for line in lines:
            self._write(f"[{source}] {line}")

    @property
    def _is_json(self) -> bool:
        return self._asked == "json" or (self._asked is None and not self._is_terminal)

    @property
    def _is_terminal(self) -> bool:
        return (self._stream or sys.stderr).isatty()

    def _write(self, text: str) -> None:
        with self._lock:
            stream = self._stream or sys.stderr
            stream.write(f"{text}\n")
            stream.flush()


def _json(record: dict[str, Any]) -> str:
    return json.dumps(record, ensure_ascii=False)


def _record_in(text: str) -> dict[str, Any] | None:
    """A line as the record that it is; ``None`` for any other output."""
    if not text.startswith("{"):
        return None
    try:
        record = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) else None
