"""From a request to what an entry's function is called with."""

from __future__ import annotations

from codecs import BOM_UTF8
from typing import TYPE_CHECKING, Any

import msgspec
from werkzeug.exceptions import UnprocessableEntity, UnsupportedMediaType

from .errors import InvalidParametersError
from .values.conversion import ConversionError, json_object
from .values.names import Names, Read, WholeBody, convert

if TYPE_CHECKING:
    from .values.parameters import Signature
    from .wrappers import Request

QUERY_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
"""The methods of requests without a body."""

_FORMS = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})
_Sent = tuple[Names | WholeBody, Any, Read]
"""What takes the values, the values, and how they are to be read."""


class Arguments:
    """The arguments of an entry's function. Made when the entry is called for the first time.

    :param signature: the function's parameters.
    :param method: the route's HTTP method.
    """

    def __init__(self, signature: Signature, method: str) -> None:
        self._segments = signature.segments
        self._greedy = signature.greedy
        self._names, self._defaults = signature.positional
        self._whole = signature.body
        self._by_body = signature.names("keyword", "any")
        self._by_query = signature.names("keyword", "any", "query")
        self._reads_query = method in QUERY_METHODS
        self._may_read_query = method == "DELETE" and self._whole is None
        self._takes_body = self._whole is not None or bool(self._by_body)
        # Beside values of a body, a query counts where a parameter is marked so.
        self._beside = signature.names("query") if signature.reads_query else None

    def of(self, request: Request, path: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
        """The arguments of one call.

        :param request: the request.
        :param path: the path's values, a greedy one as a tuple.
        :return: positional and keyword arguments.
        :raises InvalidParametersError: naming each parameter that doesn't fit.
        :raises werkzeug.exceptions.HTTPException: for a body that the entry doesn't take.
        """
        problems: list[str] = []
        given: dict[str, Any] = {}
        for name, value in path.items():
            convert_ = self._segments[name]
            if name == self._greedy:
                given[name] = [convert(name, convert_, segment, problems) for segment in value]
                continue
            try:
                given[name] = convert_(value)
            except ConversionError as error:
                problems.append(f"Parameter {name!r}: {error}")
        if self._reads_query or (self._may_read_query and not request.get_data()):
            self._by_query.take(request.query_values(), "several", given, problems)
        else:
            names, values, read = self._body(request)
            names.take(values, read, given, problems)
            if self._beside is not None:
                self._beside.take(request.query_values(), "several", given, problems)
        if problems:
            raise InvalidParametersError(problems)
        if not given:
            return self._defaults.copy(), given
        args = list(map(given.pop, self._names, self._defaults))
        if self._greedy is not None:
            args.extend(given.pop(self._greedy))
        return args, given

    def _body(self, request: Request) -> _Sent:
        """What the body holds."""
        whole, names = self._whole, self._by_body
        mimetype = request.mimetype
        is_json = mimetype == "application/json" or mimetype.endswith("+json")
        if not self._takes_body:
            if is_json and request.get_data().strip():
                raise UnprocessableEntity("This entry takes no parameters, a JSON body was sent")
            return names, {}, "one"
        if is_json or not mimetype:
            data = request.get_data().removeprefix(BOM_UTF8)
            if whole is not None:
                return whole, None if not data or data.isspace() else data, "from_json"
            return (names, *self._json_values(data))
        if mimetype in _FORMS:
            form = {**dict(request.form.lists()), **_files(request)}
            return (names, form, "several") if whole is None else (whole, form, "from_form")
        if not request.get_data():
            return (names, {}, "one") if whole is None else (whole, None, "one")
        raise UnsupportedMediaType(f"This entry takes JSON, a form or multipart, not {mimetype!r}")

    def _json_values(self, data: bytes) -> tuple[dict[str, Any], Read]:
        if not data or data.isspace():
            return {}, "one"
        names = self._by_body
        if names.is_exact:
            try:
                return json_object(data), "from_json"
            except msgspec.ValidationError:
                body: Any = data
        else:
            body = msgspec.json.decode(data)
            if isinstance(body, dict):
                return body, "one"
        if names.only is not None:
            return {names.only: body}, "from_json" if names.is_exact else "one"
        raise UnprocessableEntity(
            "The body must be a JSON object: this entry takes "
            f"{len(names.converters)} parameters by name"
        )


def _files(request: Request) -> dict[str, Any]:
    return {name: [*request.form.getlist(name), *files] for name, files in request.files.lists()}
