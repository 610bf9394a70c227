"""Copies of log records that can be written in JSON, whatever they hold, and what caused an error."""

from __future__ import annotations

import json
import logging
from collections import deque
from types import TracebackType
from typing import Any

_MOST_CAUSES = 10

OF_PYTHON = frozenset(vars(logging.makeLogRecord({})))
"""The attributes that every record has, by Python."""


def plain_record(record: logging.LogRecord) -> logging.LogRecord:
    """A copy of a record that any formatter of JSON can write.

    A value that JSON doesn't have, or that can't be told, is a text in it; so are the message and
    the arguments of a call whose arguments don't fit.
    """
    attributes = vars(record)
    own = {name: value for name, value in attributes.items() if name in OF_PYTHON}
    given = {name: _plain(value) for name, value in attributes.items() if name not in OF_PYTHON}
    told = _plain(record.msg) if is_object(record) else message_of(record)
    own |= {"msg": told, "args": None}
    kind, error, trace = record.exc_info or (None, None, None)
    # Its text in its place: that is all that is read of it.
    own["exc_info"] = None if kind is None else (kind, text_of(error), trace)
    return logging.makeLogRecord(own | given)


def with_causes(record: logging.LogRecord) -> logging.LogRecord:
    """A copy of an exception's record: its place is where that was raised, and it tells its causes.

    As Python tells them: what it was raised from or met while handling, and the parts of a group.
    """
    _, error, trace = record.exc_info or (None, None, None)
    if error is None:
        return record
    attributes = dict(vars(record))
    if trace is not None:
        attributes["pathname"], attributes["funcName"], attributes["lineno"] = place_of(trace)
    told = {"errorNotes": _notes(error), "errorCauses": [_cause(e) for e in _behind(error)]}
    for name, value in told.items():
        if value:
            attributes.setdefault(name, value)
    return logging.makeLogRecord(attributes)


def is_object(record: logging.LogRecord) -> bool:
    """Whether a record's message is an object, which is told as it is."""
    return isinstance(record.msg, dict) and not record.args


def message_of(record: logging.LogRecord) -> str:
    """The message of a record, whose arguments may not fit."""
    try:
        return record.getMessage()
    except Exception as error:  # noqa: BLE001 - whatever a value's own methods raise
        return f"{text_of(record.msg)} {text_of(record.args)} ({type(error).__name__}: {text_of(error)})"


def text_of(value: object) -> str:
    """The text of a value, whose own may fail."""
    try:
        return str(value)
    except Exception as error:  # noqa: BLE001 - as above
        return f"<{type(value).__name__}: its text raises {type(error).__name__}>"


def place_of(trace: TracebackType) -> tuple[str, str, int]:
    """Where an exception was raised: file, function, line."""
    while trace.tb_next is not None:
        trace = trace.tb_next
    code = trace.tb_frame.f_code
    return code.co_filename, code.co_name, trace.tb_lineno


def _plain(value: Any) -> Any:
    """A value of JSON, as much like the given one as can be."""
    try:
        # A number that JSON doesn't have is read again as its name.
        return json.loads(json.dumps(value, default=text_of), parse_constant=str)
    except Exception:  # noqa: BLE001 - as above
        return text_of(value)


def _behind(error: BaseException) -> list[BaseException]:
    """What is behind an exception, the nearest first, each once."""
    found: list[BaseException] = []
    waiting = deque([error])
    while waiting and len(found) <= _MOST_CAUSES:
        current = waiting.popleft()
        if any(current is one for one in found):
            continue
        found.append(current)
        if isinstance(current, BaseExceptionGroup):
            waiting += current.exceptions
        context = None if current.__suppress_context__ else current.__context__
        cause = current.__cause__ or context
        if cause is not None:
            waiting.append(cause)
    return found[1:]


def _cause(error: BaseException) -> dict[str, Any]:
    told: dict[str, Any] = {"errorType": type(error).__name__, "errorMessage": text_of(error)}
    if error.__traceback__ is not None:
        file, function, line = place_of(error.__traceback__)
        told["location"] = f"{file}:{function}:{line}"
    notes = _notes(error)
    return told | ({"errorNotes": notes} if notes else {})


def _notes(error: BaseException) -> list[str]:
    return [text_of(note) for note in getattr(error, "__notes__", None) or ()]
