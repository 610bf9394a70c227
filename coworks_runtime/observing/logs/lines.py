"""A record as a line: JSON as Lambda writes it, or text for who reads it on a terminal."""

from __future__ import annotations

import logging
import re

from coworks_runtime.json_records import extras, json_line
from coworks_runtime.plain_records import plain_record, with_causes

_OF_CALL = ("method", "route", "entry", "status", "durationMs", "service", "stage", "coldStart")
_NOT_SHOWN = (*_OF_CALL, "traceId", "correlationId", "taskName")
_COLORS = {"DEBUG": "34", "INFO": "32", "WARNING": "33", "ERROR": "31", "CRITICAL": "1;31"}
_COLOR = re.compile(r"\x1b\[[0-9;]*m")
_REQUEST_LINE = re.compile(r'^\S+ - - \[[^]]*\] "?(?P<line>.*)$', re.DOTALL)
_QUERY = re.compile(r"\?[^ \"]*")
_SERVER = "werkzeug"


class JsonLines(logging.Formatter):
    """One JSON object a line, with the fields that Lambda's runtime client gives it."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        if _is_of_the_server(record):
            return _COLOR.sub("", record.getMessage())
        return json_line(with_causes(record), _server_line(record))


class ReadableLines(logging.Formatter):
    """A line for who reads it: time, level, logger, message, what ``extra`` gives, the request.

    :param colored: whether it goes to a terminal that shows colors.
    """

    def __init__(self, *, colored: bool) -> None:
        super().__init__()
        self._colored = colored

    def format(self, record: logging.LogRecord) -> str:
        """The line; an exception's traceback follows it."""
        try:
            return self._line(record)
        except Exception:  # noqa: BLE001 - whatever a value's own methods raise
            plain = plain_record(record)
            plain.exc_info = record.exc_info
            return self._line(plain)

    def _line(self, record: logging.LogRecord) -> str:
        line = _server_line(record)
        if line is None and record.name == _SERVER:
            return record.getMessage() if self._colored else _COLOR.sub("", record.getMessage())
        given = extras(record)
        own = {name: value for name, value in given.items() if name not in _NOT_SHOWN}
        parts = [
            self._dim(self.formatTime(record, "%H:%M:%S") + f".{record.msecs:03.0f}"),
            self._paint(f"{record.levelname:<7}", _COLORS.get(record.levelname, "0")),
            f"{record.name}: {line or record.getMessage()}",
            *(f"{name}={value}" for name, value in own.items()),
        ]
        request = " ".join(str(given[n]) for n in ("method", "route", "entry") if given.get(n))
        if request:
            parts.append(self._dim(f"[{request} {vars(record).get('aws_request_id', '')}]"))
        text = " ".join(parts)
        if record.exc_info:
            text = f"{text}\n{self.formatException(record.exc_info)}"
        return text

    def _dim(self, text: str) -> str:
        return self._paint(text, "2")

    def _paint(self, text: str, color: str) -> str:
        return f"\x1b[{color}m{text}\x1b[0m" if self._colored else text


def is_request_line(record: logging.LogRecord) -> bool:
    """Whether the development server says with it that it has answered a request."""
    return record.name == _SERVER and _REQUEST_LINE.match(record.getMessage()) is not None


def _server_line(record: logging.LogRecord) -> str | None:
    """The development server's line of a request, without the query and the time."""
    if record.name != _SERVER:
        return None
    match = _REQUEST_LINE.match(_COLOR.sub("", record.getMessage()))
    return None if match is None else _QUERY.sub("", match["line"].replace('"', "")).strip()


def _is_of_the_server(record: logging.LogRecord) -> bool:
    """Whether the development server speaks of itself: where it listens, how to end it."""
    return record.name == _SERVER and record.levelno == logging.INFO and not is_request_line(record)
