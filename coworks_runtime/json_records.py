"""A log record as Lambda's runtime client writes it in JSON.

https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html
"""

from __future__ import annotations

import json
import logging
import time
import traceback
from typing import Any

# What a record has of itself, and what is written under another name.
_OWN = frozenset(vars(logging.makeLogRecord({}))) | {
    "asctime",
    "aws_request_id",
    "message",
    "taskName",
    "tenant_id",
}


def json_line(record: logging.LogRecord, message: str | None = None) -> str:
    """The line of a record, without its end; what is None is left out.

    :param message: what to tell in place of the record's own message.
    """
    level = min(50, max(0, record.levelno)) // 10 * 10
    is_object = isinstance(record.msg, dict) and not record.args
    own = record.msg if is_object and message is None else message or record.getMessage()
    told: dict[str, Any] = {
        "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.created)),
        "level": logging.getLevelName(level),
        "message": own,
        "logger": record.name,
        **_exception(record),
        "requestId": getattr(record, "aws_request_id", None),
    }
    if record.exc_info:
        told["location"] = f"{record.pathname}:{record.funcName}:{record.lineno}"
    told["tenantId"] = getattr(record, "tenant_id", None)
    for name, value in extras(record).items():
        told.setdefault(name, value)
    given = {name: value for name, value in told.items() if value is not None}
    return json.dumps(given, ensure_ascii=False, default=str)


def extras(record: logging.LogRecord) -> dict[str, Any]:
    """What was put on a record: by ``extra``, and of the call that it belongs to."""
    return {name: value for name, value in vars(record).items() if name not in _OWN}


def _exception(record: logging.LogRecord) -> dict[str, Any]:
    if not record.exc_info or record.exc_info[0] is None:
        return {}
    kind, value, trace = record.exc_info
    return {
        "stackTrace": traceback.format_tb(trace),
        "errorType": kind.__name__,
        "errorMessage": str(value),
    }
