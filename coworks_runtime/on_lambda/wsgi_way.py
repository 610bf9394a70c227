"""The way of every event: a WSGI application is called, and its whole answer waited for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any


def read_body(stream: bytes | Iterable[bytes]) -> bytes:
    """The whole of a body, closed."""
    if isinstance(stream, bytes):
        return stream
    try:
        return b"".join(stream)
    finally:
        close = getattr(stream, "close", None)
        if close is not None:
            close()


def call_wsgi(
    app: Callable[..., Iterable[bytes]], environ: dict[str, Any]
) -> tuple[str, list[tuple[str, str]], bytes]:
    """Call a WSGI application and wait for its whole answer.

    :return: status line, headers, body.
    """
    answer: list[Any] = []
    chunks: list[bytes] = []

    def start_response(
        status: str, headers: list[tuple[str, str]], _exc_info: Any = None
    ) -> Callable[[bytes], Any]:
        answer[:] = [status, headers]
        return chunks.append

    chunks.append(read_body(app(environ, start_response)))
    status, headers = answer
    return status, headers, b"".join(chunks)
