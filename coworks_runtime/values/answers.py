"""From what an entry returns to what Flask answers with."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec
from flask import current_app
from werkzeug.datastructures import Headers
from werkzeug.wrappers import Response

from .binary_headers import DEFAULT_TYPE, give_binary_headers
from .encoding import UnencodableError
from .json_provider import JSONProvider

if TYPE_CHECKING:
    from .checks import AnswerCheck

TEXT = "text/plain; charset=utf-8"
BYTES = DEFAULT_TYPE
JSON = "application/json"

_ALWAYS_JSON = frozenset({
    *(dict, list, set, frozenset, bool, int, float),
    *(datetime, date, time, timedelta, Decimal, UUID),
})  # fmt: skip
_BINARY = (bytes, bytearray, memoryview)
_WITHOUT_BODY = (204, 304)


class Encoded(msgspec.Struct, gc=False):
    """An answer that is a body, a media type and a status, and nothing else.

    :param body: the body.
    :param content_type: the header.
    :param status: the HTTP status.
    """

    body: bytes
    content_type: str
    status: int


class UnencodableAnswerError(TypeError):
    """An entry returned what nothing encodes. The message never holds the value."""


class UnfittingAnswerError(TypeError):
    """An entry returned what its annotation doesn't describe. The message holds no value."""


class Answers:
    """How an entry answers.

    :param where: what errors call the entry.
    :param status: the status of an answer that names none, by default 200.
    :param binary_headers: the headers of a binary answer.
    :param none_status: the status of ``None``.
    """

    def __init__(
        self,
        where: str,
        *,
        status: int | None = None,
        binary_headers: Mapping[str, str] | None = None,
        none_status: int = 204,
    ) -> None:
        self._where = where
        self._declared = status
        self._status = status or 200
        self._none_status = none_status
        self._binary_headers = binary_headers
        self._is_plain = self._status not in _WITHOUT_BODY

    def of(self, result: Any, request: Any) -> Any:
        """What the entry's result answers.

        :param result: what the method returned.
        :param request: the current request, which knows the service's JSON provider.
        :return: an :class:`Encoded` where the answer is that, else what Flask makes a response of.
        :raises UnencodableAnswerError: naming the place and the type of what nothing encodes.
        """
        kind = type(result)
        try:
            if self._is_plain:
                if kind is str:
                    return Encoded(result.encode(), TEXT, self._status)
                if kind in _ALWAYS_JSON or is_data(kind):
                    provider = request.json_module
                    if type(provider) is JSONProvider and provider.is_plain:
                        return Encoded(provider.body(result), JSON, self._status)
                elif kind is bytes and self._binary_headers is None:
                    return Encoded(result, BYTES, self._status)
            return self._response(result, request.json_module)
        except UnencodableError as error:
            reason = str(error)
        except UnicodeEncodeError:
            reason = "its text holds half of a surrogate pair"
        # Without the cause, whose message may hold the value.
        raise UnencodableAnswerError(f"{self._where}: {reason}")

    def checked(self, result: Any, request: Any, check: AnswerCheck) -> Any:
        """What :meth:`of` gives, if it fits the entry's annotation.

        :raises UnfittingAnswerError: naming the place and what is wrong there.
        """
        answer = self.of(result, request)
        taken = taken_apart(result)
        provider = request.json_module
        is_own = type(provider) is JSONProvider and provider.is_plain
        if taken is None or not is_own or _is_flask_s(taken[0]):
            return answer
        if isinstance(answer, Encoded):
            status, body = answer.status, answer.body
        else:
            response = current_app.make_response(answer)
            status, body = response.status_code, response.get_data()
        problem = check.problem(_kind(taken[0]), status, body)
        if problem is None:
            return answer
        raise UnfittingAnswerError(
            f"{self._where}: the answer doesn't fit its annotation: {problem}"
        )

    def _response(self, result: Any, provider: Any) -> Any:
        """A response, or what Flask makes one of."""
        taken = taken_apart(result)
        if taken is None:
            return result
        body, status, headers = taken
        check_status(status, self._where)
        given = None if headers is None else Headers(headers)
        if status is None and not isinstance(body, Response):
            status = self._declared if body is not None else self._status_of_none(result)
        made = self._made(body, given, provider)
        if made is None:
            made = tuple(part for part in (body, status, given) if part is not None)
            made, status = made if len(made) > 1 else body, None
            is_text = False
        else:
            is_text = not isinstance(body, _BINARY)
        answer = made if status is None else (made, status)
        if self._binary_headers is None or is_text:
            return answer
        response = current_app.make_response(answer)
        is_own = isinstance(body, _BINARY)
        give_binary_headers(response, self._binary_headers, given, is_own=is_own)
        return response

    def _status_of_none(self, result: Any) -> int | None:
        return None if isinstance(result, tuple) else self._none_status

    def _made(self, body: Any, given: Headers | None, provider: Any) -> Any:
        """The response of nothing, text, bytes or JSON; ``None`` for what Flask makes one of."""
        if body is None:
            return _typed(None, given, None)
        if isinstance(body, str) and not isinstance(body, Enum):
            return _typed(str(body).encode(), given, TEXT)
        if isinstance(body, _BINARY):
            return _typed(bytes(body), given, BYTES)
        if _is_flask_s(body):
            return None
        if type(provider) is JSONProvider and provider.is_plain:
            return _typed(provider.body(body), given, JSON)
        response = provider.response(body)
        return response if given is None else current_app.make_response((response, given))


def _typed(body: bytes | None, given: Headers | None, content_type: str | None) -> Response:
    """A response with a media type, unless its headers give one."""
    response = current_app.response_class(body, headers=None if given is None else given.copy())
    if given is None or "Content-Type" not in given:
        if content_type is None:
            del response.headers["Content-Type"]
        else:
            response.headers["Content-Type"] = content_type
    return response


def taken_apart(result: Any) -> tuple[Any, Any, Any] | None:
    """Body, status and headers of a result, as Flask takes a tuple; ``None`` where it doesn't.

    A tuple whose items have names is a value.
    """
    if not isinstance(result, tuple) or hasattr(type(result), "_fields"):
        return result, None, None
    if len(result) == 3:
        return result[0], result[1], result[2]
    if len(result) == 2:
        body, second = result
        is_headers = isinstance(second, Headers | dict | tuple | list)
        return (body, None, second) if is_headers else (body, second, None)
    return None


def check_status(status: Any, where: str) -> None:
    """Refuse what can't be a status, and would be one to Flask: the item of a tuple that is a value.

    :raises UnencodableAnswerError: naming its type.
    """
    if status is None:
        return
    if isinstance(status, int):
        is_one = 100 <= status <= 999 and not isinstance(status, bool)
    else:
        is_one = isinstance(status, str) and status[:3].isdecimal()
    if not is_one:
        raise UnencodableAnswerError(
            f"{where}: a tuple is (body, status) or (body, status, headers), and the status is no "
            f"HTTP status but of type {type(status).__name__}: return a list for an array"
        )


def _kind(body: Any) -> str:
    """What a body is, as a return annotation has it."""
    if body is None:
        return "none"
    if isinstance(body, str) and not isinstance(body, Enum):
        return "text"
    return "binary" if isinstance(body, _BINARY) else "json"


def _is_flask_s(body: Any) -> bool:
    """Whether Flask makes the response: of a response, a stream, a WSGI application."""
    return (isinstance(body, Response | Iterator) or callable(body)) and not is_data(type(body))


def _holds_values(kind: type) -> bool:
    """Whether a class is made to hold values, its instances callable or not."""
    return (
        issubclass(kind, msgspec.Struct | Enum)
        or dataclasses.is_dataclass(kind)
        or hasattr(kind, "model_dump")
        or hasattr(kind, "__attrs_attrs__")
    )


is_data: Callable[[type], bool] = lru_cache(maxsize=256)(_holds_values)
