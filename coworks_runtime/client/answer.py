"""From an answer to what the entry returned."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Union, cast

import msgspec
from werkzeug.datastructures import Headers
from werkzeug.exceptions import BadGateway, HTTPException, default_exceptions
from werkzeug.http import parse_options_header
from werkzeug.wrappers import Response

from coworks_runtime.background import Accepted
from coworks_runtime.errors import EntryError
from coworks_runtime.values.annotations import origin_of
from coworks_runtime.values.conversion import ConversionError, Converter
from coworks_runtime.values.converters import converter_of
from coworks_runtime.values.returns import Kind, Returned, returned_of

from .exchange import Received
from .models import read_back


class Answer:
    """What an entry's answers are read as: what its annotation says for their status.

    :param annotation: what the function returns.
    :param status: the status that ``@entry`` declares.
    :param where: the entry, for errors.
    :param is_stream: whether it sends what can be iterated piece by piece.
    """

    def __init__(
        self, annotation: Any, status: int | None, where: str, *, is_stream: bool = False
    ) -> None:
        self._where = where
        self._returned = returned_of(annotation, status, where=where, is_stream=is_stream)
        self._may_be_response = any(map(_is_response, self._returned))
        self._is_response = all(map(_is_response, self._returned))
        json = [one for one in self._returned if one.kind == "json"]
        self._converters = {one.status: self._converter(one.annotation) for one in json}
        self._annotations = {one.status: one.annotation for one in json}
        annotations = tuple(one.annotation for one in json)
        self._any: Any = Union[annotations] if annotations else Any  # noqa: UP007
        self._others = self._converter(self._any) if annotations else None
        """For a status that the annotation doesn't say."""

    def _converter(self, annotation: Any) -> Converter:
        try:
            return converter_of(annotation, f"{self._where}, the answer")
        except EntryError:
            return Converter()  # a service may return what no request could give: JSON's value

    def is_stream(self, status: int) -> bool:
        """Whether the answers of a status may be streams: where the annotation doesn't tell more."""
        if status >= 300 or status == 204:
            return False
        told = [one for one in self._returned if one.status == status] or self._returned
        return any(one.kind == "unknown" and not _is_response(one) for one in told)

    def read(self, received: Received, *, is_head: bool = False) -> Any:
        """What the entry returned.

        :param is_head: whether only its headers were asked for.
        :raises werkzeug.exceptions.HTTPException: the one of the answer's status, with its
            message, and with what was returned as its ``answer``; BadGateway for an answer that
            doesn't fit the annotation.
        """
        if received.status >= 400:
            raise self._error(received)
        if self._is_response:
            return _response(received)
        kinds = {one.kind for one in self._returned if one.status == received.status}
        if not kinds and (received.status >= 300 or self._may_be_response):
            return _response(received)
        if not received.body and (received.status == 204 or "none" in kinds or is_head):
            return None
        try:
            return self._value(received, kinds or {one.kind for one in self._returned})
        except (ConversionError, msgspec.MsgspecError, UnicodeDecodeError, LookupError) as error:
            if self._may_be_response:
                return _response(received)
            raise BadGateway(
                f"{self._where}: the answer doesn't fit its annotation: {error}"
            ) from error

    def _value(self, received: Received, kinds: Collection[Kind]) -> Any:
        """The body as one of the kinds that it may be of."""
        media_type, options = _media_type(received)
        if "json" in kinds and _is_json(media_type):
            return self._of_json(received)
        if "text" in kinds and (media_type.startswith("text/") or "binary" not in kinds):
            return received.body.decode(options.get("charset", "utf-8"))
        if "binary" in kinds:
            return received.body
        if "unknown" in kinds and not self._may_be_response:
            return _value(received)
        raise ConversionError(
            f"Expected {' or '.join(sorted(kinds))}, got {media_type or 'nothing'}"
        )

    def _of_json(self, received: Received) -> Any:
        converter = self._converters.get(received.status) or self._others
        if converter is None:
            return _value(received)
        try:
            return converter.from_json(received.body)
        except ConversionError:
            written = _value(received)
            read = read_back(self._annotations.get(received.status, self._any), written)
            if read == written:
                raise
            return converter.one(read)

    def _error(self, received: Received) -> HTTPException:
        """Werkzeug's exception of a status, with the message of its JSON body."""
        cls = default_exceptions.get(received.status)
        error: Any = (cls or HTTPException)(description=_message(received))
        if cls is None:
            error.code = received.status
        try:
            is_told = received.status in self._converters and _is_json(_media_type(received)[0])
            error.answer = self._of_json(received) if is_told else _value(received)
        except (ConversionError, msgspec.MsgspecError, UnicodeDecodeError, LookupError):
            error.answer = received.body
        return cast("HTTPException", error)


class AcceptedAnswer(Answer):
    """What the answers of a background entry are read as: the id of the request.

    :param where: the entry, for errors.
    """

    def __init__(self, where: str) -> None:
        super().__init__(Accepted, 202, where)

    def read(self, received: Received, *, is_head: bool = False) -> Any:
        """The id that the service knows the request by, whose work it does now.

        :raises werkzeug.exceptions.HTTPException: as for any entry.
        """
        return super().read(received, is_head=is_head)["request_id"]


def _is_response(returned: Returned) -> bool:
    origin = origin_of(returned.annotation)
    return returned.kind == "unknown" and isinstance(origin, type) and issubclass(origin, Response)


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


def _message(received: Received) -> str | None:
    try:
        body = _value(received)
    except (msgspec.MsgspecError, UnicodeDecodeError, LookupError):
        return None
    if isinstance(body, dict):
        message = body.get("message", body.get("Message"))
        return message if isinstance(message, str) else None
    return body if isinstance(body, str) and body else None
