"""Requests that are cut off, endless or wrong, sent to the real server by a socket."""

import resource as limits
import socket

import pytest

from tests.local.assemblies import method, service

ECHO = """
import base64
def handler(event, context):
    body = base64.b64decode(event["body"]) if event["isBase64Encoded"] else (event["body"] or "")
    return {"statusCode": 200, "body": str(len(body))}
"""
HEAD = "POST /dev/ HTTP/1.1\r\nHost: here\r\n"


@pytest.fixture
def served(serve):
    return serve(ECHO, service(Post=method("POST")))


def send(served, text, pieces=(), *, close=True):
    """Send what there is, and give the status line that comes; of pieces all that are taken."""
    (server,) = served.session.servers.values()
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as connection:
        connection.sendall((HEAD + text).encode())
        try:
            for piece in pieces:
                connection.sendall(piece)
            if close:
                connection.shutdown(socket.SHUT_WR)
        except (BrokenPipeError, ConnectionResetError):
            pass
        received = b""
        try:
            while more := connection.recv(1 << 16):
                received += more
        except ConnectionResetError:
            pass
    return received.split(b"\r\n")[0].decode()


@pytest.mark.parametrize(
    "text",
    [
        "Content-Length: 99999999999999\r\n\r\nbo",
        "Content-Length: -5\r\n\r\n",
        "Content-Length: five\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        "Transfer-Encoding: chunked\r\n\r\n5\r\nbo",
        "Transfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n0\r\n\r\n",
    ],
)
def test_a_body_that_is_none_is_a_400(served, text):
    assert send(served, text) == "HTTP/1.1 400 Bad Request"
    assert served.logged("the request's body can't be read")
    assert send(served, "Content-Length: 4\r\nConnection: close\r\n\r\nbody") == "HTTP/1.1 200 OK"


def test_nothing_is_computed_for_who_has_left(served):
    before = limits.getrusage(limits.RUSAGE_SELF)
    for _ in range(5):
        send(served, "Content-Length: 99999999999999\r\n\r\nbo")
    after = limits.getrusage(limits.RUSAGE_SELF)
    assert after.ru_utime - before.ru_utime < 1


def test_a_chunked_body_is_bounded_as_one_with_a_length(served):
    piece = b"100000\r\n" + b"x" * (1 << 20) + b"\r\n"
    text = "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    assert send(served, text, [piece] * 11 + [b"0\r\n\r\n"]).startswith("HTTP/1.1 413 ")
    before = limits.getrusage(limits.RUSAGE_SELF).ru_maxrss
    # As much more as a client sends: it is told once it has sent all, and nothing of it is kept.
    assert send(served, text, [piece] * 100 + [b"0\r\n\r\n"]).startswith("HTTP/1.1 413 ")
    assert limits.getrusage(limits.RUSAGE_SELF).ru_maxrss - before < 60_000
