"""Lambda's own lines of JSON, each an object whatever its record holds."""

from __future__ import annotations

import logging

from coworks_runtime.json_records import encodable
from coworks_runtime.plain_records import plain_record, with_causes

_CLIENTS = ("awslambdaric.lambda_runtime_log_utils", "coworks_runtime.on_lambda.loop.logs")


class WholeLines(logging.Formatter):
    """Writes as the formatter of Lambda's runtime client does, and never fails.

    What that one can't write goes out to who logs: a request would fail for a line of its log. A
    number that JSON doesn't have makes a line that is none.

    :param theirs: the client's.
    """

    def __init__(self, theirs: logging.Formatter) -> None:
        super().__init__()
        self._theirs = theirs

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        if record.exc_info:
            return self._of_plain(with_causes(record), record)
        try:
            line = self._theirs.format(record)
        except Exception:  # noqa: BLE001 - whatever a value's own methods raise
            return self._of_plain(record, record)
        if "NaN" in line or "Infinity" in line:  # a number, or only a text
            return self._of_plain(record, record)
        return encodable(line)

    def _of_plain(self, told: logging.LogRecord, record: logging.LogRecord) -> str:
        """The line of a plain copy; what theirs tells its handler is put on the record itself."""
        plain = plain_record(told)
        line = self._theirs.format(plain)
        for name in vars(plain).keys() - vars(told).keys():
            setattr(record, name, getattr(plain, name))
        return encodable(line)


def write_whole_lines(handler: logging.Handler) -> None:
    """Let a handler write whole lines, if it is that of a runtime client."""
    formatter = handler.formatter
    if formatter is not None and type(formatter).__module__ in _CLIENTS:
        handler.setFormatter(WholeLines(formatter))
