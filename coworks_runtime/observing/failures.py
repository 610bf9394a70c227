"""How an unexpected exception is logged."""

from __future__ import annotations

from logging import ERROR, Logger
from types import TracebackType
from typing import Any

from coworks_runtime.routing.naming import from_werkzeug
from coworks_runtime.routing.url_map import NO_ROUTE

ExcInfo = tuple[type, BaseException, TracebackType] | tuple[None, None, None]


def log_failure(logger: Logger, request: Any, exc_info: ExcInfo) -> None:
    """Log an exception with its traceback and, deployed, the request's id.

    Of the path it tells the route's pattern: what the caller put into it stays out of the log. The
    record is where the exception was raised, and not where it is logged.
    """
    if not logger.isEnabledFor(ERROR):
        return
    from coworks_runtime.plain_records import place_of  # a start has no use for it

    request_id = getattr(request.aws_context, "aws_request_id", None)
    where = f" (request {request_id})" if request_id else ""
    trace = exc_info[2]
    unknown = ("(unknown file)", None, 0)
    file, function, line = unknown if trace is None else place_of(trace)
    route = NO_ROUTE if request.url_rule is None else from_werkzeug(request.url_rule.rule)
    args = (route, request.method, where)
    logger.handle(
        logger.makeRecord(
            logger.name, ERROR, file, line, "Exception on %s [%s]%s", args, exc_info, function
        )
    )
