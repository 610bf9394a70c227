"""Lambda's runtime API for one process, on the loopback interface.

See https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html.
"""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import time
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

_PREFIX = "/2018-06-01/runtime"
_POLL_SECONDS = 0.05


class Failed(Exception):
    """The process gave an error, ended, or took too long.

    :param payload: what Lambda would give the caller.
    """

    def __init__(self, payload: bytes) -> None:
        super().__init__(payload.decode(errors="replace"))
        self.payload = payload


@dataclass(frozen=True)
class _Invocation:
    request_id: str
    event: bytes
    headers: dict[str, str]
    answer: Future[bytes]


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of connections that end with their process."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class RuntimeApi:
    """Serves one process of Lambda's runtime client; one invocation at a time."""

    def __init__(self) -> None:
        self._pending: queue.Queue[_Invocation | None] = queue.Queue()
        self._current: dict[str, _Invocation] = {}
        self._ready = Event()
        self._init_error: bytes | None = None
        self._server = _Server(("127.0.0.1", 0), self._handler())
        self.address = f"127.0.0.1:{self._server.server_port}"

    def start(self) -> None:
        """Serve in a thread of its own."""
        Thread(target=self._server.serve_forever, args=(_POLL_SECONDS,), daemon=True).start()

    def stop(self) -> None:
        """Stop serving and release the port."""
        self._pending.put(None)
        self._server.shutdown()
        self._server.server_close()

    def wait_until_ready(self, process: subprocess.Popen[bytes], seconds: float) -> None:
        """Wait until the process asks for its first event.

        :raises Failed: where it reports an error of its initialization, ends, or takes too long.
        """
        end = time.monotonic() + seconds
        while not self._ready.wait(_POLL_SECONDS):
            if self._init_error is not None:
                raise Failed(self._init_error)
            if process.poll() is not None or time.monotonic() > end:
                raise Failed(_error("Runtime.InitError", "The function did not start."))

    def invoke(
        self,
        *,
        request_id: str,
        event: bytes,
        headers: dict[str, str],
        seconds: float,
        process: subprocess.Popen[bytes],
    ) -> bytes:
        """Give the process one event.

        :param seconds: the function's timeout.
        :return: its answer.
        :raises Failed: where it gives an error, ends, or outlives its timeout.
        """
        deadline = str(int((time.time() + seconds) * 1000))
        invocation = _Invocation(
            request_id, event, {**headers, "Lambda-Runtime-Deadline-Ms": deadline}, Future()
        )
        self._current[request_id] = invocation
        self._pending.put(invocation)
        end = time.monotonic() + seconds
        try:
            while True:
                try:
                    return invocation.answer.result(timeout=_POLL_SECONDS)
                except FutureTimeoutError:
                    if process.poll() is not None:
                        raise Failed(_error("Runtime.ExitError", "The process ended.")) from None
                    if time.monotonic() > end:
                        process.kill()
                        message = f"Task timed out after {seconds:.2f} seconds"
                        raise Failed(_error("Sandbox.Timedout", message)) from None
        finally:
            del self._current[request_id]

    def _next(self) -> _Invocation | None:
        self._ready.set()
        return self._pending.get()

    def _settle(self, path: str, body: bytes) -> None:
        if path == "/init/error":
            self._init_error = body
            return
        _, _, request_id, outcome = path.split("/")
        if (invocation := self._current.get(request_id)) is None:
            return
        if outcome == "response":
            invocation.answer.set_result(body)
        else:
            invocation.answer.set_exception(Failed(body))

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        api = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # Unbuffered writes with Nagle's algorithm cost 40 ms each.
            wbufsize = -1
            disable_nagle_algorithm = True

            def do_GET(self) -> None:
                invocation = api._next()
                if invocation is None:
                    self.close_connection = True
                    return
                headers = {
                    "Lambda-Runtime-Aws-Request-Id": invocation.request_id,
                    **invocation.headers,
                }
                self._answer(200, invocation.event, headers)

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                api._settle(self.path.removeprefix(_PREFIX), body)
                self._answer(202, b'{"status":"OK"}', {})

            def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Keep quiet: the embedded AWS logs each invocation already."""

        return Handler


def _error(kind: str, message: str) -> bytes:
    return json.dumps({"errorType": kind, "errorMessage": message}).encode()
