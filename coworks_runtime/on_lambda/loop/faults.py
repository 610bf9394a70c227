"""Errors as Lambda is told of them: the function's own, and what the runtime finds wrong."""

from __future__ import annotations

import json
import os
import traceback
from collections.abc import Sequence
from types import TracebackType
from typing import Any

from coworks_runtime.plain_records import text_of

_HERE = os.path.dirname(os.path.abspath(__file__)) + os.sep  # noqa: PTH100, PTH120


class Fault(Exception):
    """Something that the runtime finds wrong, by one of Lambda's names.

    :param kind: the name.
    :param message: what is wrong.
    :param trace: where, in the lines of a traceback.
    """

    def __init__(self, kind: str, message: str, trace: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.trace = list(trace)


def error_of(error: BaseException, request_id: str = "") -> dict[str, Any]:
    """An error as Lambda gives it to the caller.

    :param request_id: the invocation's, if it is one of an invocation.
    """
    if isinstance(error, Fault):
        kind, trace = error.kind, error.trace
    else:
        frames = [(f.filename, f.lineno or 0, f.name, f.line) for f in _frames(error.__traceback__)]
        kind, trace = type(error).__name__, traceback.format_list(frames)
    return {
        "errorMessage": text_of(error),
        "errorType": kind,
        "requestId": request_id,
        "stackTrace": trace,
    }


def cause_of(error: BaseException) -> str:
    """An error as X-Ray shows it, in JSON."""
    kind, frames = type(error).__name__, _frames(error.__traceback__)
    if isinstance(error, Fault):
        kind, frames = "LambdaValidationError", []
    stack = [{"label": f.name, "path": f.filename, "line": f.lineno} for f in frames]
    return json.dumps(
        {
            "working_directory": os.getcwd(),  # noqa: PTH109
            "exceptions": [{"message": text_of(error), "type": kind, "stack": stack}],
            "paths": sorted({frame.filename for frame in frames}),
        }
    )


def _frames(trace: TracebackType | None) -> list[traceback.FrameSummary]:
    """Where an error comes from, without the runtime's own part of the way."""
    frames = list(traceback.extract_tb(trace))
    while len(frames) > 1 and frames[0].filename.startswith(_HERE):
        del frames[0]
    return frames
