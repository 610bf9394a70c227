"""What the short way answers: a payload at once where nothing is to meet the response."""

# ruff: noqa: SLF001 - this module does what private parts of Flask and Werkzeug do
from __future__ import annotations

import json
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from flask import Flask
from flask import Response as FlaskResponse
from flask.json.provider import DefaultJSONProvider
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from werkzeug.datastructures import Headers

from coworks_runtime.events.answer import is_text
from coworks_runtime.events.rest import proxy_payload

from .event_request import EventRequest
from .wsgi_way import call_wsgi

if TYPE_CHECKING:
    from .protocol import Answer

_TEXT = "text/plain; charset=utf-8"
_BYTES = "application/octet-stream"
_JSON = "application/json"
_PROVIDES = frozenset({"dumps", "response"})
_CORRECTED = frozenset({"location", "content-location", "content-encoding"})
_WITHOUT_BODY = (204, 304)


class PlainBodies:
    """The bodies of text, bytes and JSON, as Flask writes them.

    :param service: the service.
    """

    def __init__(self, service: Flask) -> None:
        self._service = service
        self._json_options: tuple[Any, ...] = ()
        self._encode: Callable[[Any], str] = json.dumps

    def of(self, result: Any) -> tuple[bytes, str] | None:
        """The body and the media type of text, bytes or JSON, ``None`` for all else."""
        kind = type(result)
        if kind is str:
            return result.encode(), _TEXT
        if kind is bytes:
            return result, _BYTES
        if kind is dict or kind is list:
            text = self._json_text(result)
            return None if text is None else (text.encode(), _JSON)
        return None

    def _json_text(self, value: Any) -> str | None:
        """What Flask's own provider writes, ``None`` where another one does, or in another way."""
        provider = self._service.json
        if (
            type(provider) is not DefaultJSONProvider
            or provider.mimetype != _JSON
            or provider.compact is False
            or (provider.compact is None and self._service.debug)
            or not _PROVIDES.isdisjoint(provider.__dict__)
        ):
            return None
        options = provider.default, provider.ensure_ascii, provider.sort_keys
        if options != self._json_options:
            # What json.dumps makes anew for each value.
            self._json_options = options
            self._encode = json.JSONEncoder(
                default=provider.default,
                ensure_ascii=provider.ensure_ascii,
                sort_keys=provider.sort_keys,
                separators=(",", ":"),
            ).encode
        return f"{self._encode(value)}\n"


def plain_payload(body: bytes, content_type: str) -> dict[str, Any]:
    """The payload of a plain body that nothing is to meet."""
    headers = {"Content-Type": [content_type], "Content-Length": [str(len(body))]}
    return proxy_payload(200, headers, body, text=content_type is not _BYTES)


def plain_response(body: bytes, content_type: str) -> FlaskResponse:
    """What Flask's response class makes of a body, whose headers needn't be checked here."""
    response = FlaskResponse.__new__(FlaskResponse)
    response._status, response._status_code = "200 OK", 200
    response.headers = Headers()
    response.headers._list += (
        ("Content-Type", content_type),
        ("Content-Length", str(len(body))),
    )
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
        if "vary" in [name.lower() for name, _ in headers]:
            response.vary.add("Cookie")
        else:
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
    groups = {name: [value] for name, value in headers}
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
