"""Answers that are sent piece by piece. Imported by the loop that can send them, and by no other.

API Gateway reads nothing but the streamed form from an integration that streams: what is wrong with
a request to such an entry, and what fails, takes that form too.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from coworks_runtime import events
from coworks_runtime.events import http, rest
from coworks_runtime.wrappers import AUTHORIZER_KEY

from .handler import internal_error, request_line

if TYPE_CHECKING:
    from .protocol import Answer, LambdaService

URL_VARIABLE = "CWS_FUNCTION_URL"
_URL_DOMAIN = ".lambda-url."
_FRAMING = frozenset({"content-length", "transfer-encoding", "connection", "keep-alive"})
_logger = logging.getLogger(__name__)


class StreamedAnswer(dict[str, Any]):
    """An answer's status, headers and cookies, in the codec's words; its body comes in pieces.

    :param head: the payload that would be the answer, without its body.
    :param pieces: the body.
    :param close: called when no more of them are wanted.
    """

    def __init__(
        self, head: Mapping[str, Any], pieces: Iterable[bytes], close: Callable[[], Any] | None
    ) -> None:
        super().__init__(head)
        self.pieces = pieces
        self._close = close

    def close(self) -> None:
        """Take no more pieces."""
        if self._close is not None:
            self._close()


def answer_in_pieces(
    service: LambdaService, codec: events.Codec, event: dict[str, Any], context: Any
) -> StreamedAnswer | None:
    """Answer an event whose sender reads streams; ``None`` for all others.

    :raises MalformedEvent: a part of the event is of an impossible type.
    """
    if not _is_streamed(service, codec, event):
        return None
    try:
        status, headers, body = _begun(service, codec, event, context)
        return _streamed(codec, event, status, headers, body)
    except events.MalformedEvent:
        raise
    except Exception:
        _logger.exception(
            "Exception outside the service on %s %s", *request_line(service, codec, event)
        )
        status, headers, body = internal_error()
        return _streamed(codec, event, status, headers, [body])


def _is_streamed(service: LambdaService, codec: events.Codec, event: dict[str, Any]) -> bool:
    """Whether the event came by what reads streams: as the construct declared it, of the entry."""
    if codec is rest.CODEC:
        resource = event.get("resource")
        if not isinstance(resource, str):
            return False
        return service.access.streams(event["httpMethod"], resource)
    if codec is http.CODEC:
        domain = event["requestContext"].get("domainName") or ""
        return os.environ.get(URL_VARIABLE) == "RESPONSE_STREAM" and _URL_DOMAIN in domain
    return False


def _begun(
    service: LambdaService, codec: events.Codec, event: dict[str, Any], context: Any
) -> Answer:
    short_way = service.short_way if codec is rest.CODEC else None
    answer = None if short_way is None else short_way.answer(event, context)
    if isinstance(answer, dict):
        status, headers, body = rest.answer_of(answer)
        return status, headers, [body]
    if answer is None:
        environ = codec.environ(event, context)
        environ[AUTHORIZER_KEY] = codec.authorizer(event)
        return _begun_by_wsgi(service, environ)
    return answer


def _begun_by_wsgi(app: Callable[..., Iterable[bytes]], environ: dict[str, Any]) -> Answer:
    """Call a WSGI application until its head is there, which it may give with its first piece."""
    head: list[Any] = []
    written: list[bytes] = []

    def start_response(
        status: str, headers: list[tuple[str, str]], _exc_info: Any = None
    ) -> Callable[[bytes], Any]:
        head[:] = [status, headers]
        return written.append

    body = app(environ, start_response)
    close = getattr(body, "close", None)
    try:
        pieces = iter(body)
        written.append(next(pieces, b""))
    except BaseException:
        if close is not None:
            close()
        raise
    status, headers = head
    return status, headers, _Pieces(written, pieces, close)


class _Pieces:
    """A body whose first pieces are there."""

    def __init__(
        self, first: list[bytes], rest: Iterator[bytes], close: Callable[[], Any] | None
    ) -> None:
        self._first, self._rest, self._close = first, rest, close

    def __iter__(self) -> Iterator[bytes]:
        yield from self._first
        yield from self._rest

    def close(self) -> None:
        """Close the whole body."""
        if self._close is not None:
            self._close()


def _streamed(
    codec: events.Codec,
    event: dict[str, Any],
    status: str,
    headers: list[tuple[str, str]],
    body: bytes | Iterable[bytes],
) -> StreamedAnswer:
    # How long a stream is, and where it ends, is its carrier's to say.
    kept = [(name, value) for name, value in headers if name.lower() not in _FRAMING]
    head = codec.payload(event, status, kept, b"")
    del head["body"], head["isBase64Encoded"]
    pieces = [body] if isinstance(body, bytes) else body
    return StreamedAnswer(head, pieces, getattr(body, "close", None))
