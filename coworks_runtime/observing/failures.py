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
    request_id = getattr(request.aws_context, "aws_request_id", None)
    where = f" (request {request_id})" if request_id else ""
    traceback = exc_info[2]
    while traceback is not None and traceback.tb_next is not None:
        traceback = traceback.tb_next
    file, line, function = "(unknown file)", 0, None
    if traceback is not None:
        code = traceback.tb_frame.f_code
        file, line, function = code.co_filename, traceback.tb_lineno, code.co_name
    route = NO_ROUTE if request.url_rule is None else from_werkzeug(request.url_rule.rule)
    args = (route, request.method, where)
    logger.handle(
        logger.makeRecord(
            logger.name, ERROR, file, line, "Exception on %s [%s]%s", args, exc_info, function
        )
    )
