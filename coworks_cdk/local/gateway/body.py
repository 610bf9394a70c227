"""The body of a request, read from its connection: never more of it than an API takes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.message import Message
from io import BufferedIOBase

_LENGTH = re.compile(r"[0-9]{1,18}")
_SIZE = re.compile(rb"([0-9A-Fa-f]{1,16})[ \t]*(?:;[^\r\n]*)?\r?\n")
_PIECE = 1 << 16
_LINE = 8192
_TRAILERS = 100


class BadBody(ValueError):
    """The body isn't what its headers say, or they can't be understood."""


class Endless(BadBody):
    """The body goes on beyond all that is read of one."""


def read_body(headers: Message, stream: BufferedIOBase, kept: int, read: int) -> bytes:
    """Read a body to its end.

    :param stream: the connection, after the headers.
    :param kept: of a longer body this many bytes and one are kept.
    :param read: of a longer body no more than this is read.
    :raises Endless: where there is more than that.
    :raises BadBody: where the length is none, or the connection ends before the body does.
    """
    content = bytearray()
    total = 0
    for piece in _pieces(headers, stream):
        total += len(piece)
        content += piece[: kept + 1 - len(content)]
        if total > read:
            raise Endless(f"more than {read} bytes")
    return bytes(content)


def _pieces(headers: Message, stream: BufferedIOBase) -> Iterator[bytes]:
    # Another coding says nothing of the length; it is one of the headers that API Gateway drops.
    codings = ",".join(headers.get_all("Transfer-Encoding", []))
    if codings.split(",")[-1].strip().lower() == "chunked":
        yield from _chunks(stream)
        return
    lengths = {length.strip() for length in headers.get_all("Content-Length", [])}
    if len(lengths) > 1 or not all(_LENGTH.fullmatch(length) for length in lengths):
        raise BadBody(f"Content-Length {sorted(lengths)!r}")
    yield from _exactly(stream, int(lengths.pop()) if lengths else 0)


def _chunks(stream: BufferedIOBase) -> Iterator[bytes]:
    while True:
        line = stream.readline(_LINE)
        size = _SIZE.fullmatch(line)
        if size is None:
            raise BadBody(f"the chunk's size {line[:20]!r}")
        length = int(size.group(1), 16)
        if length == 0:
            break
        yield from _exactly(stream, length)
        if stream.readline(3).strip(b"\r\n"):
            raise BadBody("a chunk longer than its size")
    for _ in range(_TRAILERS):
        line = stream.readline(_LINE)
        if not line.strip():
            return
    raise BadBody("too many trailers")


def _exactly(stream: BufferedIOBase, length: int) -> Iterator[bytes]:
    while length:
        piece = stream.read(min(_PIECE, length))
        if not piece:
            raise BadBody(f"it ends {length} bytes early")
        length -= len(piece)
        yield piece
