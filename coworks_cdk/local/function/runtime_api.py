"""Lambda's Runtime API, for one function process.

See "Using the Lambda runtime API for custom runtimes" in the Lambda developer guide.
"""

from __future__ import annotations

import base64
import queue
import threading
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import Future, InvalidStateError
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

from coworks_cdk.local.invocation import Pieces, Result, failure
from coworks_cdk.local.quiet import QuietServer

_PREFIX = "/2018-06-01/runtime/"
MAX_ANSWER = 6_291_556
"""Bytes that a synchronous invocation may answer."""


@dataclass
class Invocation:
    """An event on its way through the function."""

    event: bytes
    trace_id: str
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    future: Future[Result] = field(default_factory=Future)
    ended: Future[None] = field(default_factory=Future)
    """Done when nothing more comes: with the result, or after the last piece of a streamed one."""
    pieces: Pieces | None = None
    deadline: float | None = None
    """When it is to be ended (monotonic seconds); from when the function has it."""

    def begin(self) -> Pieces:
        """Give a result that comes in pieces, from now on."""
        self.pieces = Pieces()
        self.future.set_result(Result(b"", pieces=self.pieces))
        return self.pieces

    def finish(self, result: Result) -> bool:
        """Give the result, or the end of a streamed one; only the first counts."""
        try:
            # Before whoever waits knows: their next request is to find the process free.
            self.ended.set_result(None)
        except InvalidStateError:
            return False
        if self.pieces is None:
            self.future.set_result(result)
        else:
            self.pieces.end((result.message or "it failed") if result.failed else None)
        return True


class RuntimeApi:
    """Hands invocations to a process and takes its answers."""

    def __init__(self, arn: str, timeout: float) -> None:
        """Listen on a port of the loopback interface.

        :param arn: the function's ARN.
        :param timeout: seconds for an invocation.
        """
        self._arn, self._timeout = arn, timeout
        self._queue: queue.SimpleQueue[Invocation | None] = queue.SimpleQueue()
        self.current: Invocation | None = None
        self.initialized = False
        self.init_error: Result | None = None
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.runtime = self
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True
        )
        self._thread.start()

    @property
    def address(self) -> str:
        """What ``AWS_LAMBDA_RUNTIME_API`` is set to."""
        return f"127.0.0.1:{self._server.server_address[1]}"

    def submit(self, invocation: Invocation) -> None:
        """Give the process its next event."""
        self._queue.put(invocation)

    def close(self) -> None:
        """Stop listening."""
        self._queue.put(None)
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def take(self) -> tuple[Invocation, dict[str, str]] | None:
        """Wait for the next event; None when closed."""
        self.initialized = True
        if self.current is not None:
            # Nobody took the rest of its answer.
            self.current.finish(Result(b""))
            self.current = None
        invocation = self._queue.get()
        if invocation is None:
            return None
        self.current = invocation
        invocation.deadline = time.monotonic() + self._timeout
        return invocation, {
            "Lambda-Runtime-Aws-Request-Id": invocation.id,
            "Lambda-Runtime-Deadline-Ms": str(int((time.time() + self._timeout) * 1000)),
            "Lambda-Runtime-Invoked-Function-Arn": self._arn,
            "Lambda-Runtime-Trace-Id": invocation.trace_id,
        }

    def begin(self, request_id: str) -> Pieces | None:
        """Begin a streamed result; None where none is waited for."""
        invocation = self.current
        if invocation is None or invocation.id != request_id or invocation.ended.done():
            return None
        return invocation.begin()

    def end(self, error: bytes | None) -> None:
        """End a streamed result.

        :param error: what broke it off, if anything.
        """
        invocation, self.current = self.current, None
        if invocation is not None:
            invocation.finish(Result(error or b"", failed=error is not None))

    def answer(self, request_id: str, payload: bytes, *, failed: bool) -> int:
        """Take an invocation's result; gives the HTTP status for the runtime client."""
        invocation = self.current
        if invocation is None or invocation.id != request_id:
            return 400
        self.current = None
        if len(payload) > MAX_ANSWER:
            message = (
                f"Response payload size exceeded maximum allowed payload size ({MAX_ANSWER} bytes)."
            )
            invocation.finish(failure(message, "Function.ResponseSizeTooLarge"))
            return 413
        invocation.finish(Result(payload, failed))
        return 202


class _Server(QuietServer):
    runtime: RuntimeApi


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    # One segment an answer, and no waiting for the acknowledgement of the one before: together
    # they make 1 ms of 40 to 90 ms.
    wbufsize = -1
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        if self.path == _PREFIX + "restore/next":
            # The process is its own snapshot: the hooks run, one after the other.
            return self._send(200, b"{}")
        if self.path != _PREFIX + "invocation/next":
            return self._send(404, b"{}")
        taken = self.server.runtime.take()
        if taken is None:
            self.close_connection = True
            return None
        invocation, headers = taken
        return self._send(200, invocation.event, headers)

    def do_POST(self) -> None:
        if self.headers.get("Lambda-Runtime-Function-Response-Mode") == "streaming":
            self._stream(self.path.split("/")[-2])
            return None
        payload = self._payload()
        if payload is None:
            self.close_connection = True
            return None
        runtime = self.server.runtime
        name = self.path.removeprefix(_PREFIX)
        if name in ("init/error", "restore/error"):
            runtime.init_error = Result(payload, failed=True)
            return self._send(202, b'{"status":"OK"}')
        _, request_id, kind = name.split("/")
        status = runtime.answer(request_id, payload, failed=kind == "error")
        return self._send(status, b'{"status":"OK"}')

    def _stream(self, request_id: str) -> None:
        """Take a streamed result, as long as somebody wants it."""
        runtime = self.server.runtime
        pieces = runtime.begin(request_id)
        if pieces is None:
            self.close_connection = True
            return
        for chunk in self._chunks():
            if not chunk or not pieces.put(chunk):
                # The process died, or is told by the connection's end to make no more.
                self.close_connection = True
                return
        trailers = {}
        while line := self.rfile.readline(1 << 20).strip():
            name, _, value = line.decode("latin-1").partition(":")
            trailers[name.lower()] = value.strip()
        error = trailers.get("lambda-runtime-function-error-body")
        runtime.end(None if error is None else base64.b64decode(error))
        self._send(202, b'{"status":"OK"}')

    def _chunks(self) -> Iterator[bytes]:
        """The chunks of a body; an empty one where the process died in the middle of it."""
        while size := int(self.rfile.readline().split(b";")[0] or b"-1", 16):
            chunk = self.rfile.read(size) if size > 0 else b""
            if not chunk or len(chunk) < size:
                yield b""
                return
            yield chunk
            self.rfile.readline()

    def _payload(self) -> bytes | None:
        """The body; None where the process died in the middle of it."""
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            length = int(self.headers.get("Content-Length", 0))
            payload = self.rfile.read(length)
            return payload if len(payload) == length else None
        chunks = list(self._chunks())
        if chunks and not chunks[-1]:
            return None
        self.rfile.readline()
        return b"".join(chunks)

    def _send(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response_only(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Stay quiet: each call here is one of the function's invocations."""
