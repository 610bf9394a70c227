"""The answers of entries that stream: begun before their head is sent, then sent piece by piece."""

from __future__ import annotations

from collections.abc import AsyncIterable, Callable, Generator, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from flask import current_app
from flask.globals import request_ctx
from werkzeug.datastructures import Headers
from werkzeug.wrappers import Response

from .values.answers import (
    BYTES,
    TEXT,
    Answers,
    UnencodableAnswerError,
    check_status,
    is_data,
    taken_apart,
)
from .values.binary_headers import give_binary_headers

if TYPE_CHECKING:
    from .values.checks import AnswerCheck

_BINARY = (bytes, bytearray, memoryview)
_END = object()


class StreamedAnswers(Answers):
    """How an entry with ``stream`` answers.

    :param where: what errors call the entry.
    :param media_type: the stream's media type; by default what its first piece is, text or bytes.
    :param status: the status of an answer that names none, by default 200.
    :param binary_headers: the headers of a binary answer.
    :param none_status: the status of ``None``.
    """

    def __init__(
        self,
        where: str,
        *,
        media_type: str | None,
        status: int | None = None,
        binary_headers: Mapping[str, str] | None = None,
        none_status: int = 204,
    ) -> None:
        super().__init__(
            where, status=status, binary_headers=binary_headers, none_status=none_status
        )
        self._media_type = media_type

    def of(self, result: Any, request: Any) -> Any:
        """What the entry's result answers: a stream that has begun, or what another entry answers.

        The stream's first piece is asked for here: what fails until then is an error as any other.

        :param result: what the method returned: an iterable of texts or bytes, with status and
            headers or without.
        :param request: the current request.
        :raises UnencodableAnswerError: naming the place and the type of what is neither text nor
            bytes.
        """
        taken = taken_apart(result)
        if taken is None:
            return super().of(result, request)
        body, status, headers = taken
        if isinstance(body, Response):
            response = current_app.make_response(result)
            if response.is_streamed and not response.direct_passthrough:
                response.response = Stream(response.response, self._piece)
            return response
        source = _source_of(body)
        if source is None:
            return super().of(result, request)
        check_status(status, self._where)
        stream = Stream(source, self._piece)
        try:
            return self._response_of(stream, status, None if headers is None else Headers(headers))
        except BaseException:
            stream.close()
            raise

    def _response_of(self, stream: Stream, status: Any, given: Headers | None) -> Response:
        status = self._declared if status is None else status
        body = current_app.response_class(stream, mimetype=self._media_type)
        response = current_app.make_response((body, given or {}))
        if status is not None:
            response = current_app.make_response((response, status))
        if self._media_type is None and (given is None or "Content-Type" not in given):
            response.headers["Content-Type"] = BYTES if stream.is_binary else TEXT
        if stream.is_binary and self._binary_headers is not None:
            give_binary_headers(response, self._binary_headers, given, is_own=True)
        return response

    def checked(self, result: Any, request: Any, check: AnswerCheck) -> Any:
        """What :meth:`of` gives: a stream isn't looked through."""
        if _source_of((taken_apart(result) or (None,))[0]) is not None:
            return self.of(result, request)
        return super().checked(result, request, check)

    def _piece(self, piece: Any) -> bytes:
        if isinstance(piece, str):
            return str(piece).encode()
        if isinstance(piece, _BINARY):
            return bytes(piece)
        raise UnencodableAnswerError(
            f"{self._where}: a stream holds texts or bytes, it gave a {type(piece).__qualname__}"
        )


class Stream:
    """The pieces of an answer, in the context of its request until the last, or until it is closed.

    :param source: what gives them; its first piece is asked for at once.
    :param encode: makes bytes of a piece.
    :raises Exception: what the source raises before its first piece.
    """

    def __init__(self, source: Iterable[Any], encode: Callable[[Any], bytes]) -> None:
        iterator = iter(source)
        first = next(iterator, _END)
        self.is_binary = isinstance(first, _BINARY)
        """Whether the first piece is bytes."""
        if first is not _END:
            try:
                first = encode(first)
            except BaseException:
                _close(iterator)
                raise
        self._pieces = _pieces(first, iterator, source, encode)
        next(self._pieces)

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        return next(self._pieces)

    def close(self) -> None:
        """End it where it is: the source is closed, then the request torn down."""
        self._pieces.close()


def _pieces(
    first: Any, rest: Iterator[Any], source: Iterable[Any], encode: Callable[[Any], bytes]
) -> Generator[bytes, None, None]:
    # Not stream_with_context: with that the request is torn down before its pieces are made, and
    # once more after them.
    push, pop = request_ctx.push, request_ctx.pop
    push()
    error: BaseException | None = None
    try:
        yield b""  # taken when the stream is made: from here on it has to be closed
        if first is not _END:
            yield first
            for piece in rest:
                yield encode(piece)
    except BaseException as raised:
        error = raised
        raise
    finally:
        try:
            _close(rest)
            _close(source)
        finally:
            pop(error)
            error = None


def _close(source: Any) -> None:
    close = getattr(source, "close", None)
    if close is not None:
        close()


def _source_of(body: Any) -> Iterable[Any] | None:
    """What gives the pieces of a body; ``None`` for one that is a whole."""
    if isinstance(body, AsyncIterable):
        return _awaited(body)
    if isinstance(body, (str, *_BINARY, Mapping, Response)) or is_data(type(body)):
        return None
    return body if isinstance(body, Iterable) else None


def _awaited(source: AsyncIterable[Any]) -> Iterator[Any]:
    """The pieces of an asynchronous source, each waited for in an event loop of the stream's."""
    import asyncio  # other services have no use for it

    iterator = aiter(source)

    async def piece() -> Any:
        return await anext(iterator, _END)

    async def close() -> None:
        aclose = getattr(iterator, "aclose", None)
        if aclose is not None:
            await aclose()

    with asyncio.Runner() as runner:
        try:
            while (given := runner.run(piece())) is not _END:
                yield given
        finally:
            runner.run(close())
