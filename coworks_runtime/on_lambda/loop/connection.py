"""HTTP to Lambda's Runtime API: one connection, kept, without what importing ``http`` costs."""

from __future__ import annotations

import socket
from collections.abc import Mapping, Sequence

_BLOCK = 1 << 16
_JOINED = 1 << 15
"""Up to this length a piece is copied behind its head: one packet, and no second call."""


class Reply:
    """What the Runtime API answered.

    :param headers: by their names in lower case.
    """

    __slots__ = ("body", "headers", "status")

    def __init__(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.status = status
        self.headers = headers
        self.body = body


class Connection:
    """A connection that is opened when it is needed, and again where the other end has closed it.

    :param address: ``host:port``, as ``AWS_LAMBDA_RUNTIME_API`` has it.
    """

    def __init__(self, address: str) -> None:
        self._address = address
        self._socket: socket.socket | None = None
        self._rest = b""

    def close(self) -> None:
        """Close it; the next request opens another one."""
        opened, self._socket, self._rest = self._socket, None, b""
        if opened is not None:
            opened.close()

    def request(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """Send a request and wait for its answer, as long as that takes.

        :raises ConnectionError: where none comes.
        """
        given = dict(headers)
        if method != "GET":
            given["Content-Length"] = str(len(body))
        message = [_head(method, path, self._address, given), body]
        is_kept = self._socket is not None
        try:
            self._send(message)
            return self._reply()
        except ConnectionError:
            self.close()
            if not is_kept:
                raise
        # The other end had closed the connection while nothing was under way.
        self._send(message)
        return self._reply()

    def begin(self, path: str, headers: Mapping[str, str], pieces: Sequence[bytes]) -> None:
        """Begin a POST whose body goes out in pieces.

        :param pieces: the first ones.
        :raises ConnectionError: where nobody takes it.
        """
        head = _head("POST", path, self._address, {**headers, "Transfer-Encoding": "chunked"})
        message = [head, *(part for piece in pieces for part in _chunk(piece))]
        is_kept = self._socket is not None
        try:
            self._send(message)
        except ConnectionError:
            self.close()
            if not is_kept:
                raise
            self._send(message)

    def send(self, piece: bytes) -> None:
        """Send a further piece; nothing for an empty one.

        :raises ConnectionError: where nobody takes it any longer.
        """
        if piece:
            self._send(_chunk(piece))

    def end(self, trailers: Mapping[str, str]) -> Reply:
        """End the body, and wait for the answer.

        :raises ConnectionError: where none comes.
        """
        lines = "".join(f"{name}: {value}\r\n" for name, value in trailers.items())
        self._send([f"0\r\n{lines}\r\n".encode()])
        return self._reply()

    def _send(self, parts: Sequence[bytes]) -> None:
        if self._socket is None:
            host, _, port = self._address.rpartition(":")
            self._socket = socket.create_connection((host, int(port)))
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if sum(map(len, parts)) <= _JOINED:
            self._socket.sendall(b"".join(parts))
            return
        for part in parts:
            self._socket.sendall(part)

    def _reply(self) -> Reply:
        try:
            head = self._until(b"\r\n\r\n")
            lines = head.decode("latin-1").split("\r\n")
            status = int(lines[0].split(" ", 2)[1])
            headers = {}
            for line in lines[1:]:
                name, _, value = line.partition(":")
                headers[name.lower()] = value.strip()
            body = self._body(headers)
        except (ValueError, IndexError) as error:
            raise ConnectionError("the Runtime API gave no HTTP answer") from error
        if headers.get("connection", "").lower() == "close":
            self.close()
        return Reply(status, headers, body)

    def _body(self, headers: Mapping[str, str]) -> bytes:
        if headers.get("transfer-encoding", "").lower() != "chunked":
            return self._exactly(int(headers.get("content-length", "0")))
        pieces = []
        while size := int(self._until(b"\r\n").split(b";")[0], 16):
            pieces.append(self._exactly(size))
            self._until(b"\r\n")
        while self._until(b"\r\n"):  # trailers, then an empty line
            continue
        return b"".join(pieces)

    def _until(self, end: bytes) -> bytes:
        while True:
            found, separator, rest = self._rest.partition(end)
            if separator:
                self._rest = rest
                return found
            self._rest += self._received()

    def _exactly(self, size: int) -> bytes:
        pieces, length = [self._rest], len(self._rest)
        while length < size:
            piece = self._received()
            pieces.append(piece)
            length += len(piece)
        data = b"".join(pieces)
        self._rest = data[size:]
        return data[:size]

    def _received(self) -> bytes:
        if self._socket is None:
            raise ConnectionError("the connection to the Runtime API is closed")
        data = self._socket.recv(_BLOCK)
        if not data:
            raise ConnectionError("the Runtime API has closed the connection")
        return data


def _head(method: str, path: str, host: str, headers: Mapping[str, str]) -> bytes:
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"{method} {path} HTTP/1.1\r\nHost: {host}\r\n{lines}\r\n".encode("latin-1", "replace")


def _chunk(piece: bytes) -> list[bytes]:
    return [b"%x\r\n" % len(piece), piece, b"\r\n"]
