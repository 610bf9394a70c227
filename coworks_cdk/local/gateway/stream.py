"""A function's streamed answer → the HTTP response that API Gateway makes of it, as it comes.

https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html
"""

from __future__ import annotations

import time
from collections.abc import Iterator

from coworks_cdk.local.gateway.response import Malformed, Response, streamed_response
from coworks_cdk.local.invocation import Pieces, Result

DELIMITER = b"\0" * 8
IDLE_SECONDS = 300.0
"""Without a byte for so long, API Gateway ends a stream."""
_LONGEST_HEAD = 64 * 1024


class Body:
    """The body of a streamed answer, in pieces.

    :param first: what came with the head.
    :param end: when the integration's time is over (monotonic seconds).
    """

    def __init__(self, first: bytes, pieces: Pieces | None, end: float) -> None:
        self._first, self._pieces, self._end = first, pieces, end

    def __iter__(self) -> Iterator[bytes]:
        """Give the pieces.

        :raises BrokenOff: where it ends before it is whole.
        """
        if self._first:
            yield self._first
        while self._pieces is not None:
            piece = self._pieces.take(min(IDLE_SECONDS, self._end - time.monotonic()))
            if piece is None:
                break
            yield piece

    def close(self) -> None:
        """Take no more of it."""
        if self._pieces is not None:
            self._pieces.leave()


def begun_response(result: Result, end: float) -> Response:
    """The response of an integration that streams, when its head is there.

    :param result: what the function gives: a stream, or whole, in the same form.
    :param end: when the integration's time is over (monotonic seconds).
    :raises Malformed: where it hasn't that form.
    :raises BrokenOff: where it ends before its body.
    """
    data, pieces = result.payload, result.pieces
    while DELIMITER not in data:
        piece = None
        if pieces is not None and len(data) <= _LONGEST_HEAD:
            piece = pieces.take(min(IDLE_SECONDS, end - time.monotonic()))
        if piece is None:
            if pieces is not None:
                pieces.leave()
            raise Malformed(
                "no JSON, eight NUL bytes and a body, as of an integration that streams"
            )
        data += piece
    head, _, first = data.partition(DELIMITER)
    try:
        return streamed_response(head, Body(first, pieces, end))
    except Malformed:
        if pieces is not None:
            pieces.leave()
        raise
