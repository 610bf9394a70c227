"""Lambda's Runtime API: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping
from typing import Any

from .connection import Connection, Reply

_PREFIX = "/2018-06-01/runtime/"
_ERROR_TYPE = "Lambda-Runtime-Function-Error-Type"
_ERROR_BODY = "Lambda-Runtime-Function-Error-Body"
_LONGEST_CAUSE = 1024 * 1024
_STREAM = {
    "Content-Type": "application/vnd.awslambda.http-integration-response",
    "Lambda-Runtime-Function-Response-Mode": "streaming",
    "Trailer": f"{_ERROR_TYPE}, {_ERROR_BODY}",
}
DELIMITER = b"\0" * 8
"""What stands between a stream's head and its body."""


class RefusedError(Exception):
    """The Runtime API did not take what it was sent."""


class RuntimeApi:
    """What a runtime asks of Lambda, and tells it.

    :param address: ``AWS_LAMBDA_RUNTIME_API``.
    """

    def __init__(self, address: str) -> None:
        self._connection = Connection(address)

    def next(self) -> Reply:
        """Wait for an event, as long as it takes.

        :raises RefusedError: where none is given.
        """
        reply = self._connection.request("GET", f"{_PREFIX}invocation/next", {}, b"")
        if reply.status != 200:
            raise RefusedError(f"the next event: status {reply.status}")
        return reply

    def answer(self, request_id: str, payload: bytes, content_type: str) -> None:
        """Give what an invocation results in."""
        self._post(f"invocation/{request_id}/response", payload, {"Content-Type": content_type})

    def fail(self, request_id: str, error: Mapping[str, Any], cause: str) -> None:
        """Give the error of an invocation.

        :param cause: what X-Ray shows of it; nothing where it is longer than a header may be.
        """
        headers = {"Content-Type": "application/json", _ERROR_TYPE: _plain(error["errorType"])}
        if len(cause) < _LONGEST_CAUSE:
            headers["Lambda-Runtime-Function-XRay-Error-Cause"] = cause
        self._post(f"invocation/{request_id}/error", _json(error), headers)

    def begin(self, request_id: str, head: Mapping[str, Any]) -> None:
        """Begin a streamed answer.

        :param head: its status, headers and cookies.
        """
        path = f"{_PREFIX}invocation/{request_id}/response"
        self._connection.begin(path, _STREAM, [_json(head) + DELIMITER])

    def send(self, piece: bytes) -> None:
        """Send a piece of a streamed answer.

        :raises ConnectionError: where nobody takes it any longer.
        """
        self._connection.send(piece)

    def end(self, error: Mapping[str, Any] | None = None) -> None:
        """End a streamed answer.

        :param error: what broke it off, if anything.
        :raises RefusedError: where it isn't taken.
        """
        trailers = {}
        if error is not None:
            trailers[_ERROR_TYPE] = _plain(error["errorType"])
            trailers[_ERROR_BODY] = b64encode(_json(error)).decode()
        self._check("the end of a stream", self._connection.end(trailers))

    def drop(self) -> None:
        """Forget a streamed answer that nobody takes."""
        self._connection.close()

    def fail_at_start(self, error: Mapping[str, Any], kind: str | None = None) -> None:
        """Tell that the function can't start.

        :param kind: of what kind the error is, where the error itself doesn't say.
        """
        self._post("init/error", _json(error), {_ERROR_TYPE: _plain(kind or error["errorType"])})

    def restored(self) -> None:
        """Wait until a snapshot of this process is restored."""
        reply = self._connection.request("GET", f"{_PREFIX}restore/next", {}, b"")
        # What was open when the snapshot was taken isn't any longer.
        self._connection.close()
        if reply.status != 200:
            raise RefusedError(f"the snapshot: status {reply.status}")

    def fail_at_restore(self, error: Mapping[str, Any], kind: str) -> None:
        """Tell that what was to run after a snapshot was restored has failed."""
        self._post("restore/error", _json(error), {_ERROR_TYPE: kind})

    def _post(self, name: str, body: bytes, headers: Mapping[str, str]) -> None:
        reply = self._connection.request("POST", _PREFIX + name, headers, body)
        self._check(name.rpartition("/")[2], reply)

    @staticmethod
    def _check(what: str, reply: Reply) -> None:
        if reply.status != 202:
            text = reply.body.decode(errors="replace")
            raise RefusedError(f"{what}: status {reply.status}, {text}")


def _json(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value).encode()


def _plain(kind: object) -> str:
    """A name of an error, as a header may hold it."""
    return "".join(c for c in str(kind) if c.isascii() and c.isprintable())
