"""What the short way answers: a payload at once where nothing is to meet the response."""

# ruff: noqa: SLF001 - this module does what private parts of Flask and Werkzeug do
from __future__ import annotations

from binascii import b2a_base64
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from flask import Flask
from flask import Response as FlaskResponse
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from werkzeug.datastructures import Headers

from coworks_runtime.events.answer import is_text
from coworks_runtime.events.rest import proxy_payload
from coworks_runtime.values.answers import BYTES, Encoded

from .event_request import EventRequest
from .wsgi_way import call_wsgi

if TYPE_CHECKING:
    from .protocol import Answer

_CORRECTED = frozenset({"location", "content-location", "content-encoding"})
_WITHOUT_BODY = (204, 304)


def plain_payload(answer: Encoded) -> dict[str, Any]:
    """The payload of an answer that nothing is to meet."""
    body, content_type = answer.body, answer.content_type
    is_binary = content_type is BYTES and body != b""
    return {
        "statusCode": answer.status,
        "multiValueHeaders": {
            "Content-Type": [content_type],
            "Content-Length": [str(len(body))],
        },
        # Text was encoded here: it is UTF-8.
        "body": b2a_base64(body, newline=False).decode("ascii") if is_binary else body.decode(),
        "isBase64Encoded": is_binary,
    }


def plain_response(answer: Encoded) -> FlaskResponse:
    """What Flask's response class makes of an answer, whose headers needn't be checked here."""
    body, content_type = answer.body, answer.content_type
    if answer.status != 200:
        return FlaskResponse(body, status=answer.status, content_type=content_type)
    response = FlaskResponse.__new__(FlaskResponse)
    response._status, response._status_code = "200 OK", 200
    response.headers = headers = Headers.__new__(Headers)
    headers._list = [("Content-Type", content_type), ("Content-Length", str(len(body)))]
    response.response = [body]
    response.direct_passthrough = False
    response._on_close = []
    return response


def save_session(service: Flask, session: SessionMixin, response: FlaskResponse) -> None:
    """Write the session's cookie; one that was read and is empty says so only."""
    interface = service.session_interface
    if (
        type(session) is SecureCookieSession
        and not session
        and not session.modified
        and session.accessed
        and type(interface) is SecureCookieSessionInterface
    ):
        headers = response.headers._list
        for name, _ in headers:
            if name.lower() == "vary":
                response.vary.add("Cookie")
                return
        headers.append(("Vary", "Cookie"))
    elif not interface.is_null_session(session):
        interface.save_session(service, session, response)


def answer_of(response: FlaskResponse, request: EventRequest) -> dict[str, Any] | Answer:
    """The payload of a response; where its headers may need correcting, what WSGI gives."""
    if type(response) is FlaskResponse and not response.autocorrect_location_header:
        payload = _payload_of(response)
        if payload is not None:
            return payload
        environ = {"REQUEST_METHOD": request.method}
    elif type(response).__call__ is FlaskResponse.__call__:
        environ = request.environ
    else:
        return call_wsgi(response, request.environ)
    stream, status_line, headers = response.get_wsgi_response(environ)
    return status_line, headers, stream


def _payload_of(response: FlaskResponse) -> dict[str, Any] | None:
    """The payload of a response that goes out as it is, ``None`` for another one."""
    body = response.response
    if (
        type(body) is not list
        or len(body) != 1
        or type(body[0]) is not bytes
        or response._on_close
        or type(response.headers) is not Headers
    ):
        return None
    status, headers = response._status_code, response.headers._list
    if status != 200 and (not 200 <= status < 600 or status in _WITHOUT_BODY):
        return None
    groups = {}
    for name, value in headers:
        groups[name] = [value]
    if len(groups) != len(headers) or not _are_final(tuple(groups)):
        return None
    return proxy_payload(status, groups, body[0], text=is_text(groups["Content-Type"][0]))


@lru_cache(maxsize=256)
def _are_final(names: tuple[str, ...]) -> bool:
    """Whether headers of these names go out as they are: all there, once, nothing to correct."""
    lower = {name.lower() for name in names}
    return (
        len(lower) == len(names)
        and "content-length" in lower
        and "Content-Type" in names
        and _CORRECTED.isdisjoint(lower)
    )
