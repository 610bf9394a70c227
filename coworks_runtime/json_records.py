"""A log record as Lambda's runtime client writes it in JSON.

https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html
"""

from __future__ import annotations

import json
import logging
import time
import traceback
from typing import Any

from .plain_records import OF_PYTHON, is_object, plain_record

# What is written under another name. Lambda's client writes the name of a coroutine's task, where
# Python tells it.
_OWN = (OF_PYTHON - {"taskName"}) | {"asctime", "aws_request_id", "message", "tenant_id"}

_encode = json.JSONEncoder(ensure_ascii=False, default=str, allow_nan=False).encode


def json_line(record: logging.LogRecord, message: str | None = None) -> str:
    """The line of a record, without its end; what is None is left out.

    :param message: what to tell in place of the record's own message.
    """
    try:
        line = _encode(_told(record, message))
    except Exception:  # noqa: BLE001 - whatever a value's own methods raise
        line = _encode(_told(plain_record(record), message))
    return encodable(line)


def extras(record: logging.LogRecord) -> dict[str, Any]:
    """What was put on a record: by ``extra``, and of the call that it belongs to."""
    return {name: value for name, value in vars(record).items() if name not in _OWN}


def encodable(text: str) -> str:
    """A text that can be encoded: halves of surrogate pairs are escaped, as JSON has them too."""
    return text if text.isascii() else text.encode(errors="backslashreplace").decode()


def _told(record: logging.LogRecord, message: str | None) -> dict[str, Any]:
    level = min(50, max(0, record.levelno)) // 10 * 10
    is_told_whole = message is None and is_object(record)
    own = record.msg if is_told_whole else message or record.getMessage()
    kind, error, trace = record.exc_info or (None, None, None)
    told: dict[str, Any] = {
        "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.created)),
        "level": logging.getLevelName(level),
        "message": own,
        "logger": record.name,
        "stackTrace": None if kind is None else traceback.format_tb(trace),
        "errorType": None if kind is None else kind.__name__,
        "errorMessage": None if kind is None else str(error),
        "requestId": getattr(record, "aws_request_id", None),
        "location": None,
    }
    if kind is not None:
        told["location"] = f"{record.pathname}:{record.funcName}:{record.lineno}"
    tenant = getattr(record, "tenant_id", None)
    if tenant is not None:
        told["tenantId"] = tenant
    for name, value in extras(record).items():
        told.setdefault(name, value)
    return {name: value for name, value in told.items() if value is not None}
