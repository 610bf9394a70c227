"""One line a request, where a service asks for it."""

from __future__ import annotations

import logging
import os

from flask.logging import default_handler, has_level_handler

from coworks_runtime.observing.call import Call

LEVEL_VARIABLE = "AWS_LAMBDA_LOG_LEVEL"
_logger = logging.getLogger("coworks_runtime.access")


class AccessLog:
    """Logs a line a request: method, route, status, duration.

    The route is the pattern, and the query isn't there: values of callers stay out of it.
    """

    def __init__(self) -> None:
        if _logger.level == logging.NOTSET and LEVEL_VARIABLE not in os.environ:
            # Who asks for the lines wants them, though Lambda's text format starts at WARNING.
            _logger.setLevel(logging.INFO)
        if not has_level_handler(_logger):
            _logger.addHandler(default_handler)

    def end(self, call: Call) -> None:
        """Log the line of a request."""
        if call.method is not None:
            status = "-" if call.status is None else call.status
            _logger.info(
                "%s %s %s %.1f ms", call.method, call.route or "-", status, call.milliseconds
            )
