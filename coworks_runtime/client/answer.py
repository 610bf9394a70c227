"""From an answer to what the entry returned."""

from __future__ import annotations

from inspect import Signature
from typing import Any, get_args, get_origin

import msgspec
from werkzeug.datastructures import Headers
from werkzeug.exceptions import BadGateway, HTTPException, default_exceptions
from werkzeug.http import parse_options_header
from werkzeug.wrappers import Response

from coworks_runtime.values.conversion import ConversionError
from coworks_runtime.values.converters import converter_of

from .exchange import Received


class Answer:
    """What an entry's answers are read as.

    :param annotation: what the function returns, without status and headers.
    :param where: the entry, for errors.
    """

    def __init__(self, annotation: Any, where: str) -> None:
        self._where = where
        annotation = _body_of(annotation)
        self._is_response = isinstance(annotation, type) and issubclass(annotation, Response)
        is_told = annotation is not Signature.empty and not self._is_response
        self._converter = converter_of(annotation, f"{where}, the answer") if is_told else None

    def read(self, received: Received) -> Any:
        """What the entry returned.

        :raises werkzeug.exceptions.HTTPException: the one of the answer's status, with its
            message; BadGateway for an answer that doesn't fit the annotation.
        """
        if received.status >= 400:
            raise _error(received)
        if self._is_response:
            return _response(received)
        if received.status == 204:
            return None
        if received.status >= 300:
            return _response(received)
        try:
            if self._converter is None:
                return _value(received)
            if _is_json(_media_type(received)[0]):
                return self._converter.from_json(received.body)
            return self._converter.one(_value(received))
        except (ConversionError, msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise BadGateway(
                f"{self._where}: the answer doesn't fit its annotation: {error}"
            ) from error


def _body_of(annotation: Any) -> Any:
    """What is said of the body, where status and headers are beside it in a tuple."""
    parts = get_args(annotation)
    if get_origin(annotation) is not tuple or len(parts) not in {2, 3} or Ellipsis in parts:
        return annotation
    return parts[0]


def _value(received: Received) -> Any:
    """The body by its media type: JSON's value, text, or bytes."""
    media_type, options = _media_type(received)
    if _is_json(media_type):
        return msgspec.json.decode(received.body)
    if media_type.startswith("text/"):
        return received.body.decode(options.get("charset", "utf-8"))
    return received.body


def _media_type(received: Received) -> tuple[str, dict[str, str]]:
    return parse_options_header(Headers(received.headers).get("content-type", ""))


def _is_json(media_type: str) -> bool:
    return media_type == "application/json" or media_type.endswith("+json")


def _response(received: Received) -> Response:
    return Response(received.body, received.status, Headers(received.headers))


def _error(received: Received) -> HTTPException:
    """Werkzeug's exception of a status, with the message of its JSON body."""
    cls = default_exceptions.get(received.status)
    error = (cls or HTTPException)(description=_message(received))
    if cls is None:
        error.code = received.status
    return error


def _message(received: Received) -> str | None:
    try:
        body = _value(received)
    except (msgspec.MsgspecError, UnicodeDecodeError, LookupError):
        return None
    if isinstance(body, dict):
        message = body.get("message", body.get("Message"))
        return message if isinstance(message, str) else None
    return body if isinstance(body, str) and body else None
