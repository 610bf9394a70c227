"""The loop: one event after the other, until Lambda ends the process.

It answers as AWS's client does, and streams what the service gives piece by piece.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable
from typing import Any, NoReturn

from coworks_runtime.on_lambda.handler import streaming
from coworks_runtime.on_lambda.stream_way import StreamedAnswer, answer_in_pieces

from .connection import Reply
from .context import LambdaContext
from .faults import cause_of, error_of
from .handlers import handler_of
from .log_sink import LogSink, Unbuffered, log_sink
from .logs import Current, log_error, set_up_logging
from .payloads import event_of, payload_of
from .runtime_api import RefusedError, RuntimeApi
from .snapshot import pass_snapshot

_logger = logging.getLogger(__name__)
_TRACE = "_X_AMZN_TRACE_ID"


def run() -> NoReturn:
    """Serve the function that the environment names.

    :raises SystemExit: where it can't start, which Lambda is told.
    :raises ConnectionError: where the Runtime API goes away.
    """
    sys.stdout, sys.stderr = Unbuffered(sys.stdout), Unbuffered(sys.stderr)
    sink, current = log_sink(), Current()
    set_up_logging(sink, current)
    api = RuntimeApi(os.environ["AWS_LAMBDA_RUNTIME_API"])
    streaming.answer = answer_in_pieces
    try:
        handler = handler_of(os.environ["_HANDLER"])
    except Exception as raised:  # noqa: BLE001 - Lambda logs and counts it
        error = error_of(raised)
        log_error(error, sink)
        api.fail_at_start(error)
        sys.exit(1)
    pass_snapshot(api, sink)
    loop = Loop(api, handler, sink, current)
    while True:
        loop.serve(api.next())


class Loop:
    """Serves invocations of one handler."""

    def __init__(
        self, api: RuntimeApi, handler: Callable[[Any, Any], Any], sink: LogSink, current: Current
    ) -> None:
        self._api = api
        self._handler = handler
        self._sink = sink
        self._current = current

    def serve(self, event: Reply) -> None:
        """Answer one event."""
        headers = event.headers
        request_id = headers["lambda-runtime-aws-request-id"]
        self._current.request_id = request_id
        self._current.tenant_id = headers.get("lambda-runtime-aws-tenant-id")
        trace = headers.get("lambda-runtime-trace-id")
        if trace is not None:
            os.environ[_TRACE] = trace
        else:
            os.environ.pop(_TRACE, None)
        try:
            context = LambdaContext(headers, self._sink)
            content = event_of(event.body, headers.get("content-type"))
            result = self._handler(content, context)
            if not isinstance(result, StreamedAnswer):
                payload, content_type = payload_of(result)
        except Exception as raised:  # noqa: BLE001 - Lambda is told of it
            error = error_of(raised, request_id)
            log_error(error, self._sink)
            self._told(self._api.fail, request_id, error, cause_of(raised))
            return
        if isinstance(result, StreamedAnswer):
            self._stream(request_id, result)
        else:
            self._told(self._api.answer, request_id, payload, content_type)

    def _stream(self, request_id: str, answer: StreamedAnswer) -> None:
        """Send an answer piece by piece, as long as somebody takes it."""
        error = None
        try:
            self._api.begin(request_id, answer)
            pieces = iter(answer.pieces)
            while True:
                try:
                    piece = next(pieces)
                except StopIteration:
                    break
                except Exception as raised:  # noqa: BLE001 - Lambda is told of it
                    error = error_of(raised, request_id)
                    log_error(error, self._sink)
                    break
                self._api.send(piece)
            self._told(self._api.end, error)
        except ConnectionError:
            _logger.info("Nobody takes the rest of the answer: it is broken off")
            self._api.drop()
        finally:
            try:
                answer.close()
            except Exception:
                _logger.exception("A streamed answer could not be closed")

    @staticmethod
    def _told(tell: Callable[..., None], *what: Any) -> None:
        """Tell Lambda, which may have given the invocation up meanwhile."""
        try:
            tell(*what)
        except RefusedError as error:
            _logger.error("Lambda did not take %s", error)  # noqa: TRY400 - no fault of this code
