"""The HTTP server of one service."""

from __future__ import annotations

import threading
import time
import uuid
from dataclasses import replace
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import Any

from coworks_cdk.local.gateway.body import BadBody, Endless, read_body
from coworks_cdk.local.gateway.context import extended_id
from coworks_cdk.local.gateway.gateway import MAX_REQUEST, Gateway
from coworks_cdk.local.gateway.gateway_responses import BAD_REQUEST, TOO_LARGE, gateway_response
from coworks_cdk.local.gateway.head import BadHead, LongHead, headers_of, target_of
from coworks_cdk.local.gateway.request import Request
from coworks_cdk.local.gateway.response import Response, StreamedBody
from coworks_cdk.local.gateway.trace import trace_of
from coworks_cdk.local.invocation import BrokenOff
from coworks_cdk.local.log import Log
from coworks_cdk.local.quiet import QuietServer

_BODILESS = (204, 304)
_READ_AT_MOST = 100 * MAX_REQUEST
"""Bytes of a body that is too large: a client reads no answer before it has sent all."""


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
        started, now = time.perf_counter(), time.time()
        try:
            path, query = target_of(self.path)
            headers = headers_of(self.headers, self.requestline)
        except BadHead as error:
            self._refuse(HTTPStatus.BAD_REQUEST, str(error))
            return
        except LongHead as error:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, str(error))
            return
        request = Request(
            method=self.command,
            path=path,
            query=query,
            headers=headers,
            body=b"",
            source_ip=self.client_address[0],
            port=self.server.port,
            id=str(uuid.uuid4()),
            trace_id=trace_of(self.headers.get("X-Amzn-Trace-Id"), now),
            time=now,
        )
        gateway = self.server.gateway
        try:
            body = read_body(self.headers, self.rfile, MAX_REQUEST, _READ_AT_MOST)
        except BadBody as error:
            self.close_connection = True
            too_large = isinstance(error, Endless)
            response = gateway_response(TOO_LARGE if too_large else BAD_REQUEST, None)
            self._say(f"the request's body can't be read: {error}")
        else:
            request = replace(request, body=body)
            response = gateway.answer(request)
        milliseconds = (time.perf_counter() - started) * 1000
        self.server.log.line(
            gateway.api.service,
            f"{request.method} {request.path} {response.status} {milliseconds:.0f} ms",
            method=request.method,
            path=request.path,
            status=response.status,
            durationMs=round(milliseconds, 3),
            requestId=request.id,
        )
        self._send(request, response)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:  # noqa: ARG002
        """Answer what http.server can't read as the gateway does, and not with a page."""
        # What it got is in brackets, with the query.
        status = HTTPStatus(code)
        self._refuse(status, (message or status.phrase).partition(" (")[0])

    def _refuse(self, status: HTTPStatus, why: str) -> None:
        """Answer a request whose head can't be used: where the next one begins is unknown."""
        self.close_connection = True
        # http.server takes what it can't read for a version that has no headers.
        self.request_version = self.protocol_version
        self._say(f"a request can't be read: {why}")
        failure = replace(BAD_REQUEST, status=int(status), message=status.phrase)
        response = gateway_response(failure, None)
        self._send_head(response, str(uuid.uuid4()))
        self.send_header("Connection", "close")
        self.send_header("Content-Length", str(len(response.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(response.body)
        self.wfile.flush()

    def _send_head(self, response: Response, request_id: str) -> None:
        self.send_response_only(response.status)
        for name, value in response.headers:
            self.send_header(name, value)
        self.send_header("Date", self.date_time_string())
        self.send_header("x-amzn-RequestId", request_id)
        self.send_header("x-amz-apigw-id", extended_id(request_id))

    def _send(self, request: Request, response: Response) -> None:
        self._send_head(response, request.id)
        if response.traced:
            self.send_header("X-Amzn-Trace-Id", request.trace_id)
        if self.close_connection:
            self.send_header("Connection", "close")
        if response.pieces is not None:
            self._send_pieces(response.status, response.pieces)
            return
        if response.status not in _BODILESS:
            self.send_header("Content-Length", str(len(response.body)))
        self.end_headers()
        if self.command != "HEAD" and response.status not in _BODILESS:
            self.wfile.write(response.body)
        self.wfile.flush()

    def _send_pieces(self, status: int, pieces: StreamedBody) -> None:
        """Send a body as it comes; it ends with the connection where it isn't whole."""
        empty = self.command == "HEAD" or status in _BODILESS
        chunked = self.request_version != "HTTP/1.0" and not empty
        if chunked:
            self.send_header("Transfer-Encoding", "chunked")
        elif not empty:
            self.close_connection = True
        self.end_headers()
        try:
            self.wfile.flush()
            for piece in pieces:
                if empty:
                    continue
                self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece) if chunked else piece)
                self.wfile.flush()
            self.wfile.write(b"0\r\n\r\n" if chunked else b"")
            self.wfile.flush()
        except BrokenOff as error:
            self.close_connection = True
            self._say(f"the answer broke off: {error}")
        except OSError:
            self.close_connection = True
            self._say("the caller left before the answer's end")
        finally:
            pieces.close()

    def _say(self, text: str) -> None:
        self.server.log.line(self.server.gateway.api.service, text, level="WARNING")

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Stay quiet: the service's own log says it."""
