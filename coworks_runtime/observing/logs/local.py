"""Where there is no Lambda: the log goes to standard error, as it would go to CloudWatch."""

from __future__ import annotations

import logging
import os
import sys

from .lines import JsonLines, ReadableLines, is_request_line


class LocalHandler(logging.StreamHandler):  # type: ignore[type-arg]
    """Writes to standard error.

    :param log_format: ``json`` or ``text``.
    """

    def __init__(self, log_format: str) -> None:
        super().__init__()
        colored = sys.stderr.isatty() and not os.environ.get("NO_COLOR")
        self.setFormatter(JsonLines() if log_format == "json" else ReadableLines(colored=colored))


def write_here(log_format: str) -> None:
    """Write all records to standard error, unless the service has set logging up itself.

    :param log_format: ``json`` or ``text``.
    """
    root = logging.getLogger()
    if not root.handlers:
        root.addHandler(LocalHandler(log_format))
        # Lambda's level for JSON where nobody says another one.
        root.setLevel(logging.INFO)


def leave_out_request_lines() -> None:
    """Leave out the development server's line of a request: the service writes its own."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler, LocalHandler):
            handler.addFilter(lambda record: not is_request_line(record))
