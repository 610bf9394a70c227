"""The HTTP server of one service."""

from __future__ import annotations

import secrets
import threading
import time
import uuid
from http.server import BaseHTTPRequestHandler
from typing import Any

from coworks_cdk.local.gateway.event import Request
from coworks_cdk.local.gateway.gateway import MAX_REQUEST, Gateway
from coworks_cdk.local.gateway.response import Response
from coworks_cdk.local.log import Log
from coworks_cdk.local.quiet import QuietServer

_BODILESS = (204, 304)


class ServiceServer(QuietServer):
    """Serves a gateway on a port; the gateway may be exchanged while it runs."""

    # Fifty clients that connect at once are no attack; http.server's own default is 5.
    request_queue_size = 128

    def __init__(self, host: str, port: int, gateway: Gateway, log: Log) -> None:
        """Listen.

        :param port: 0 takes any free one.
        """
        self.gateway, self.log = gateway, log
        super().__init__((host, port), _Handler)
        self._thread = threading.Thread(
            target=self.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True
        )
        self._thread.start()

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self.server_address[1])

    def close(self) -> None:
        """Stop listening."""
        self.shutdown()
        self.server_close()
        self._thread.join()


class _Handler(BaseHTTPRequestHandler):
    server: ServiceServer
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True
    timeout = 60

    def __getattr__(self, name: str) -> Any:
        # http.server looks for do_METHOD; API Gateway routes by any method.
        if name.startswith("do_"):
            return self._serve
        raise AttributeError(name)

    def _serve(self) -> None:
        started = time.perf_counter()
        body = self._body()
        if body is None:
            self.send_error(400)
            return
        path, _, query = self.path.partition("?")
        if "://" in path:
            path = "/" + path.split("://", 1)[1].partition("/")[2]
        request = Request(
            method=self.command,
            path=path,
            query=query,
            headers=tuple((name, _text(value)) for name, value in self.headers.items()),
            body=body,
            source_ip=self.client_address[0],
            port=self.server.port,
            id=str(uuid.uuid4()),
            trace_id=f"Root=1-{int(time.time()):08x}-{secrets.token_hex(12)}",
            time=time.time(),
        )
        gateway = self.server.gateway
        response = gateway.answer(request)
        milliseconds = (time.perf_counter() - started) * 1000
        self.server.log.line(
            gateway.api.service,
            f"{request.method} {request.path} {response.status} {milliseconds:.0f} ms",
        )
        self._send(request, response)

    def _body(self) -> bytes | None:
        try:
            if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
                return self._chunks()
            length = int(self.headers.get("Content-Length") or 0)
        except ValueError:
            self.close_connection = True
            return None
        return self._read(length)

    def _read(self, length: int) -> bytes:
        if length > MAX_REQUEST:
            # Read to the end, so that the client gets the answer, but kept only to its length.
            while length > MAX_REQUEST + 1:
                length -= len(self.rfile.read(min(1 << 16, length - MAX_REQUEST - 1)) or b" ")
        return self.rfile.read(length)

    def _chunks(self) -> bytes:
        chunks = []
        while size := int(self.rfile.readline(64).split(b";")[0], 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline(64)
        while self.rfile.readline(1024).strip():
            continue
        return b"".join(chunks)

    def _send(self, request: Request, response: Response) -> None:
        self.send_response_only(response.status)
        for name, value in response.headers:
            self.send_header(name, value)
        self.send_header("Date", self.date_time_string())
        self.send_header("x-amzn-RequestId", request.id)
        self.send_header("x-amz-apigw-id", request.id[:8] + "=")
        self.send_header("X-Amzn-Trace-Id", request.trace_id)
        if response.status not in _BODILESS:
            self.send_header("Content-Length", str(len(response.body)))
        self.end_headers()
        if self.command != "HEAD" and response.status not in _BODILESS:
            self.wfile.write(response.body)
        self.wfile.flush()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Stay quiet: the service's own log says it."""


def _text(value: str) -> str:
    """Give a header's value, sent as UTF-8, which http.server reads as Latin-1."""
    try:
        return value.encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        return value
