"""An entry of one service, and the view function that Flask calls for it."""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Any

import msgspec
from flask import current_app, request
from werkzeug.datastructures import Headers
from werkzeug.exceptions import BadRequest, UnprocessableEntity, UnsupportedMediaType

from .entry import EntryOptions, marked_functions, options_of
from .entry_answers import entry_answer
from .errors import InvalidParametersError
from .routing.naming import Route, route_of
from .values.parameters import Signature

if TYPE_CHECKING:
    from .wrappers import Request

_BOUND = "_coworks_bound_entry"
_QUERY_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_FORMS = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})


class BoundEntry:
    """A method that ``@entry`` marks, of a service or of a blueprint.

    :param owner: the service or the blueprint.
    :param name: the function's name.
    :param function: the plain function.
    :raises EntryError: when its name or signature can't be served.
    """

    def __init__(self, owner: object, name: str, function: Callable[..., Any]) -> None:
        self.owner = owner
        self.function = function
        self.options = options_of(function) or EntryOptions()
        self.signature = Signature(function, f"entry {name!r} of {type(owner).__qualname__}")
        self.route: Route = route_of(name, self.signature.path, self.signature.greedy)
        self.name = name
        self._method: Callable[..., Any] = getattr(owner, name)
        self._is_coroutine = iscoroutinefunction(self._method)
        self._reads_query = self.route.method in _QUERY_METHODS
        self.view = _view_of(self)
        """What Flask calls: a function that looks like the entry's own."""

    @property
    def qualified_name(self) -> str:
        """The function's name with its class, for errors."""
        return f"{type(self.owner).__qualname__}.{self.name}"

    def answer(self, request: Request, path: dict[str, Any]) -> Any:
        """Answer a request.

        :param request: the request, which must be the current one.
        :param path: the path's values.
        :return: what the method returns.
        :raises werkzeug.exceptions.HTTPException: for values that don't fit.
        """
        values, several = self._values(request)
        try:
            args, kwargs = self.signature.bind(path, values, several=several)
        except InvalidParametersError as error:
            raise UnprocessableEntity(str(error)) from error
        method = current_app.ensure_sync(self._method) if self._is_coroutine else self._method
        answer = method(*args, **kwargs)
        if self.options.binary_headers:
            return _with_binary_headers(answer, self.options.binary_headers)
        return answer

    def _values(self, request: Request) -> tuple[dict[str, Any], bool]:
        """The values that the request carries, and whether each is a list."""
        if self._reads_query or (self.route.method == "DELETE" and not request.get_data()):
            return request.query_values(), True
        mimetype = request.mimetype
        is_json = mimetype == "application/json" or mimetype.endswith("+json")
        if not self.signature.takes_values:
            if is_json and request.get_data().strip():
                raise UnprocessableEntity("This entry takes no parameters, a JSON body was sent")
            return {}, True
        if is_json or not mimetype:
            return self._json_values(request.get_data()), False
        if mimetype in _FORMS:
            return {**dict(request.form.lists()), **_files(request)}, True
        if not request.get_data():
            return {}, True
        raise UnsupportedMediaType(f"This entry takes JSON, a form or multipart, not {mimetype!r}")

    def _json_values(self, data: bytes) -> dict[str, Any]:
        if not data.strip():
            return {}
        try:
            body = msgspec.json.decode(data)
        except (msgspec.MsgspecError, ValueError, RecursionError) as error:
            raise BadRequest("The body is not valid JSON") from error
        if isinstance(body, dict):
            return body
        if len(self.signature.keywords) == 1:
            return {self.signature.keywords[0]: body}
        raise UnprocessableEntity(
            "The body must be a JSON object: this entry takes "
            f"{len(self.signature.keywords)} parameters by name"
        )


def _view_of(bound: BoundEntry) -> Callable[..., Any]:
    """The view function of an entry.

    To whoever looks at it, it is the entry's own function: Flask's extensions know a view by its
    names, and by the marks that their decorators set on it.
    """

    def view(**path: Any) -> Any:
        return entry_answer(bound.answer(request, path))  # type: ignore[arg-type]

    update_wrapper(view, bound.function)
    setattr(view, _BOUND, bound)
    return view


def bound_entry_of(view: object) -> BoundEntry | None:
    """The entry whose view function this is, or wraps; ``None`` for a plain Flask view."""
    bound = getattr(view, _BOUND, None)
    return bound if isinstance(bound, BoundEntry) else None


def _files(request: Request) -> dict[str, Any]:
    return {name: [*request.form.getlist(name), *files] for name, files in request.files.lists()}


def _with_binary_headers(answer: Any, headers: Any) -> Any:
    """Give a binary answer the entry's headers; those that it gives itself win."""
    if isinstance(answer, bytes | bytearray):
        return answer, dict(headers)
    if isinstance(answer, tuple) and answer and isinstance(answer[0], bytes | bytearray):
        response = current_app.make_response(entry_answer(answer))
        given = {name.lower() for name in _given_headers(answer)}
        for name, value in headers.items():
            if name.lower() not in given:
                response.headers[name] = value
        return response
    return answer


def _given_headers(answer: tuple[Any, ...]) -> list[str]:
    last = answer[-1]
    if isinstance(last, dict | list | tuple | Headers):
        return [name for name, _ in Headers(last)]
    return []


def entries_of(owner: object, base: type) -> list[BoundEntry]:
    """The entries of a service or a blueprint.

    :param base: the Flask class that it extends.
    """
    return [BoundEntry(owner, name, f) for name, f in marked_functions(owner, base)]
