"""Bodies of requests: what their headers say, what comes, and how much of it is kept."""

import io
from email.message import Message

import pytest

from coworks_cdk.local.gateway.body import BadBody, Endless, read_body

KEPT, READ = 1000, 100_000


def body_of(content, *headers):
    message = Message()
    for name, value in headers:
        message[name] = value
    stream = io.BytesIO(content)
    return read_body(message, stream, KEPT, READ), stream.read()


CHUNKED = ("Transfer-Encoding", "chunked")


@pytest.mark.parametrize(
    ("content", "headers", "body"),
    [
        (b"next", [], b""),
        (b"bodynext", [("Content-Length", "4")], b"body"),
        (b"bodynext", [("Content-Length", "4"), ("Content-Length", "4")], b"body"),
        (b"4\r\nbody\r\n0\r\n\r\nnext", [CHUNKED], b"body"),
        (b"2;a=b\r\nbo\r\n2 \r\ndy\r\n0\r\nX: y\r\n\r\nnext", [CHUNKED], b"body"),
        (b"2\nbo\n0\n\nnext", [("Transfer-Encoding", "Chunked")], b"bo"),
        (b"0\r\n\r\nnext", [CHUNKED], b""),
        (b"next", [("Transfer-Encoding", "deflate")], b""),
        (b"bodynext", [("Transfer-Encoding", "deflate"), ("Content-Length", "4")], b"body"),
        (b"2\r\nbo\r\n0\r\n\r\nnext", [("Transfer-Encoding", "gzip, chunked")], b"bo"),
    ],
)
def test_bodies(content, headers, body):
    assert body_of(content, *headers) == (body, b"next" if content.endswith(b"next") else b"")


@pytest.mark.parametrize(
    ("content", "headers", "why"),
    [
        (b"", [("Content-Length", "-5")], "Content-Length"),
        (b"", [("Content-Length", "+5")], "Content-Length"),
        (b"", [("Content-Length", "5_0")], "Content-Length"),
        (b"", [("Content-Length", "")], "Content-Length"),
        (b"", [("Content-Length", "9" * 30)], "Content-Length"),
        (b"body", [("Content-Length", "4"), ("Content-Length", "5")], "Content-Length"),
        (b"bo", [("Content-Length", "4")], "ends 2 bytes early"),
        (b"", [("Content-Length", "99999999999999")], "ends 99999999999999 bytes early"),
        (b"", [CHUNKED], "the chunk's size b''"),
        (b"-5\r\n", [CHUNKED], "the chunk's size"),
        (b"0x5\r\nhello\r\n", [CHUNKED], "the chunk's size"),
        (b"5_0\r\n", [CHUNKED], "the chunk's size"),
        (b"5" * 20 + b"\r\n", [CHUNKED], "the chunk's size"),
        (b"4\r\nbo", [CHUNKED], "ends 2 bytes early"),
        (b"2\r\nbody\r\n0\r\n\r\n", [CHUNKED], "longer than its size"),
        (b"0\r\n" + b"X: y\r\n" * 200, [CHUNKED], "too many trailers"),
    ],
)
def test_bodies_that_are_none(content, headers, why):
    with pytest.raises(BadBody, match=why):
        body_of(content, *headers)


class Flood(io.RawIOBase):
    """A body without end; knows how much of it was read."""

    def __init__(self, beginning):
        self.beginning, self.given = beginning, 0

    def readline(self, _most=-1):
        beginning, self.beginning = self.beginning, b"\r\n"
        return beginning

    def read(self, size=-1):
        assert 0 < size <= 1 << 16
        self.given += size
        return b"x" * size


@pytest.mark.parametrize(
    ("header", "beginning"),
    [(("Content-Length", "99999999999999"), b""), (CHUNKED, b"ffffffffff\r\n")],
)
def test_a_body_without_end_is_read_to_a_limit(header, beginning):
    message = Message()
    message[header[0]] = header[1]
    flood = Flood(beginning)
    with pytest.raises(Endless):
        read_body(message, flood, KEPT, READ)
    assert flood.given <= READ + (1 << 16)


@pytest.mark.parametrize("chunked", [True, False])
def test_of_a_long_body_the_beginning_is_kept(chunked):
    content = b"x" * 50_000
    if chunked:
        found = body_of(b"c350\r\n" + content + b"\r\n0\r\n\r\nnext", CHUNKED)
    else:
        found = body_of(content + b"next", ("Content-Length", "50000"))
    assert found == (b"x" * (KEPT + 1), b"next")
