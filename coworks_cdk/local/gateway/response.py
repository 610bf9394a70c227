"""Pure: what a function answered → the HTTP response that API Gateway makes of it."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from coworks_cdk.local.gateway.headers import headers_out
from coworks_cdk.local.gateway.media_types import takes_binary

_HEAD_KEYS = frozenset(("statusCode", "headers", "multiValueHeaders", "cookies"))
_KEYS = frozenset(("statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded"))


class Malformed(ValueError):
    """The function's answer is not one that API Gateway understands; it answers 502."""


class NoBase64(Malformed):
    """The function's answer says that its body is base64, and it isn't; API Gateway answers 500."""


@dataclass(frozen=True)
class Response:
    """A response as it goes out, without the headers that the connection itself needs."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    traced: bool = False
    """Whether it goes out with the trace id: a function's does, API Gateway's own don't."""
    pieces: StreamedBody | None = None
    """The body, where it comes in pieces."""


class StreamedBody(Protocol):
    """A body that comes in pieces."""

    def __iter__(self) -> Iterator[bytes]:
        """Give the pieces."""

    def close(self) -> None:
        """Take no more of it."""


def proxy_response(
    payload: bytes, binary_media_types: tuple[str, ...], accept: str | None
) -> Response:
    """Make the response of what a function answered.

    :param payload: the JSON that the function gave.
    :param accept: the request's ``Accept``: its first entry decides whether base64 is decoded,
        unless ``*/*`` is among the binary types.
    :raises NoBase64: where API Gateway would answer 500.
    :raises Malformed: saying why API Gateway would answer 502.
    """
    answer = _object(payload)
    unknown = sorted(set(answer) - _KEYS)
    if unknown:
        raise Malformed(f"unknown keys {', '.join(unknown)}")
    headers = _headers(answer)
    if not any(name.lower() == "content-type" for name, _ in headers):
        headers.append(("Content-Type", "application/json"))
    decode = bool(answer.get("isBase64Encoded")) and takes_binary(accept, binary_media_types)
    return Response(_status(answer), tuple(headers), _body(answer, decode), traced=True)


def streamed_response(head: bytes, pieces: StreamedBody) -> Response:
    """Make the response of what a function gave before its body.

    :param head: the JSON.
    :raises Malformed: saying why API Gateway would answer 502.
    """
    answer = _object(head)
    unknown = sorted(set(answer) - _HEAD_KEYS)
    if unknown:
        raise Malformed(f"unknown keys {', '.join(unknown)}")
    cookies = answer.get("cookies") or []
    if not isinstance(cookies, list):
        raise Malformed("cookies is no list")
    headers = [*_headers(answer), *(("Set-Cookie", _scalar(one, "Set-Cookie")) for one in cookies)]
    return Response(_status(answer), tuple(headers), b"", traced=True, pieces=pieces)


def _object(payload: bytes) -> Mapping[str, Any]:
    try:
        answer = json.loads(payload)
    except ValueError as error:
        raise Malformed("no JSON") from error
    if not isinstance(answer, dict):
        raise Malformed(f"no object but {type(answer).__name__}")
    return answer


def _status(answer: Mapping[str, Any]) -> int:
    status = answer.get("statusCode")
    if status is None:
        return 200
    if isinstance(status, bool) or not isinstance(status, int | str):
        raise Malformed(f"statusCode is {status!r}")
    try:
        number = int(status)
    except ValueError as error:
        raise Malformed(f"statusCode is {status!r}") from error
    if not 200 <= number <= 599:
        raise Malformed(f"statusCode is {number}")
    return number


def _headers(answer: Mapping[str, Any]) -> list[tuple[str, str]]:
    multiple: list[tuple[str, str]] = []
    for name, values in _mapping(answer, "multiValueHeaders").items():
        if not isinstance(values, list):
            raise Malformed(f"multiValueHeaders[{name!r}] is no list")
        multiple.extend((name, _scalar(value, name)) for value in values)
    several = {(name.lower(), value) for name, value in multiple}
    spelled = {name.lower(): name for name, _ in multiple}
    headers = list(multiple)
    for name, value in _mapping(answer, "headers").items():
        text = _scalar(value, name)
        if (name.lower(), text) not in several:
            headers.append((spelled.get(name.lower(), name), text))
    return headers_out(headers)


def _mapping(answer: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = answer.get(key)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Malformed(f"{key} is no object")
    return value


def _scalar(value: Any, name: str) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        text = str(value)
        if "\r" in text or "\n" in text:
            raise Malformed(f"the header {name!r} has a line break")
        return text
    raise Malformed(f"the header {name!r} is {type(value).__name__}")


def _body(answer: Mapping[str, Any], decode: bool) -> bytes:
    body = answer.get("body")
    if body is None:
        return b""
    if not isinstance(body, str):
        raise Malformed(f"body is no string but {type(body).__name__}")
    if not decode:
        return body.encode("utf-8", errors="surrogatepass")
    try:
        return base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError) as error:
        raise NoBase64("body is no base64") from error
