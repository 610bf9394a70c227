"""Logging as AWS's client sets it up: text or JSON, with the invocation's id.

https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html
"""

from __future__ import annotations

import json
import logging
import os
import time
from collections.abc import Mapping
from typing import Any

from coworks_runtime.json_records import json_line

from .log_sink import LogSink, frame_type
from .payloads import escapes_text

_TIME = "%Y-%m-%dT%H:%M:%S"
_NO_BREAK_SPACE = "\u00a0"


class Current:
    """The invocation that is under way.

    :param request_id: its id, ``None`` before the first one.
    :param tenant_id: its tenant's.
    """

    request_id: str | None = None
    tenant_id: str | None = None


def is_json() -> bool:
    """Whether the function's log is JSON."""
    return os.environ.get("AWS_LAMBDA_LOG_FORMAT", "").upper() == "JSON"


def set_up_logging(sink: LogSink, current: Current) -> None:
    """Let the root logger write to a function's log."""
    level = os.environ.get("AWS_LAMBDA_LOG_LEVEL", "").upper()
    level = "DEBUG" if level == "TRACE" else level
    logging.Formatter.converter = time.gmtime
    handler = _Handler(sink, current, is_framed=is_json() or bool(level))
    form = "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s\n"
    handler.setFormatter(_JsonFormatter() if is_json() else logging.Formatter(form, _TIME))
    root = logging.getLogger()
    if level in logging.getLevelNamesMapping():
        root.setLevel(level)
    root.addHandler(handler)


def log_error(error: Mapping[str, Any], sink: LogSink) -> None:
    """Write the error that ends an invocation, or the start.

    :param error: as Lambda is told of it.
    """
    mark = frame_type(logging.ERROR, is_json=is_json())
    if is_json():
        now = time.strftime(f"{_TIME}Z", time.gmtime())
        told = {"timestamp": now, "level": "ERROR", **error}
        sink.error([json.dumps(told, ensure_ascii=escapes_text())], mark)
        return
    words = ["[ERROR]"]
    if error["errorType"]:
        words.append(f"{error['errorType']}:" if error["errorMessage"] else error["errorType"])
    if error["errorMessage"]:
        words.append(error["errorMessage"])
    lines = [" ".join(words), "Traceback (most recent call last):"]
    for part in error["stackTrace"]:
        lines += [_indented(line) for line in part.splitlines()] or [""]
    sink.error(lines, mark)


def _indented(line: str) -> str:
    """A line whose indentation CloudWatch shows."""
    bare = line.lstrip(" ")
    return _NO_BREAK_SPACE * (len(line) - len(bare)) + bare


class _Handler(logging.Handler):
    def __init__(self, sink: LogSink, current: Current, *, is_framed: bool) -> None:
        super().__init__()
        self._sink, self._current, self._is_framed = sink, current, is_framed
        self.addFilter(self._identify)

    def _identify(self, record: logging.LogRecord) -> bool:
        record.aws_request_id = self._current.request_id or ""
        record.tenant_id = self._current.tenant_id
        return True

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record; one that can't be written as text is told as Python tells it."""
        try:
            text = self.format(record)
        except Exception:  # noqa: BLE001 - no request is to fail for a line of its log
            self.handleError(record)
            return
        mark = frame_type(record.levelno, is_json=is_json()) if self._is_framed else b""
        self._sink.write(text, mark)


class _JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        """A record as one line of JSON."""
        return json_line(record) + "\n"
