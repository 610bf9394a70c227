"""From a call's arguments to the request that the entry reads."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

import msgspec
from werkzeug.datastructures import FileStorage

from coworks_runtime.routing.naming import Route
from coworks_runtime.values.encoding import encode
from coworks_runtime.values.parameters import Signature

from .exchange import Pairs, Sent
from .models import as_read

_SAFE = "-._~!$&'()*+,;=:@"
"""What a path's segment may hold as it is: https://www.rfc-editor.org/rfc/rfc3986#section-3.3"""
_BY_QUERY = frozenset({"GET", "HEAD", "OPTIONS"})


class Call:
    """What an entry takes, and how its values are sent.

    :param function: its function, the first parameter the service or the blueprint.
    :param signature: what a request's values become its arguments by.
    :param route: its route, a blueprint's prefix included.
    """

    def __init__(self, function: Callable[..., Any], signature: Signature, route: Route) -> None:
        self.name = function.__name__
        self.where = function.__qualname__
        self.doc = function.__doc__
        self._route = route
        whole = signature.signature
        self.signature = whole.replace(parameters=list(whole.parameters.values())[1:])
        self._aliases = {p.name: p.alias for p in signature.parameters if p.alias}
        self._kinds = {parameter.name: parameter.kind for parameter in signature.parameters}
        self._any = next((name for name, kind in self._kinds.items() if kind == "any"), None)
        self._single = signature.single
        self._by_query = route.method in _BY_QUERY

    def request(
        self, args: tuple[Any, ...], kwargs: Mapping[str, Any], headers: Mapping[str, str]
    ) -> Sent:
        """The request of a call.

        :param headers: what it has beside those of its body.
        :raises TypeError: for arguments that the entry's function doesn't take.
        :raises ValueError: for a value that can't be sent where the entry reads it.
        """
        values = dict(self.signature.bind(*args, **kwargs).arguments)
        if self._any is not None:
            values |= values.pop(self._any, {})
        path = self._path(values)
        query = self._query({name: values[name] for name in values if self._is_queried(name)})
        content, own = self._body({n: v for n, v in values.items() if not self._is_queried(n)})
        return Sent(self._route.method, path, query, {**headers, **own}, content)

    def _is_queried(self, name: str) -> bool:
        kind = self._kinds.get(name, "keyword")
        return kind == "query" or (self._by_query and kind != "body")

    def _body(self, values: Mapping[str, Any]) -> tuple[bytes | None, Mapping[str, str]]:
        if not values:
            return None, {}
        if any(self._kinds.get(name) == "body" for name in values):
            (whole,) = values.values()
            return _json(whole)
        sent = {self._aliases.get(name, name): value for name, value in values.items()}
        return _multipart(sent) if _has_files(sent) else _json(sent)

    def _path(self, values: dict[str, Any]) -> str:
        """The path, its variables taken out of the values."""
        segments = []
        for part in self._route.path.split("/")[1:]:
            if part.endswith("+}"):
                name = part[1:-2]
                rest = values.pop(name, ())
                if not rest:
                    raise ValueError(f"{self.where}, parameter {name!r}: at least one is needed")
                segments += [self._segment(name, value) for value in rest]
            elif part.startswith("{"):
                segments.append(self._segment(part[1:-1], values.pop(part[1:-1])))
            else:
                segments.append(quote(part, safe=_SAFE))
        return "/" + "/".join(segments)

    def _segment(self, name: str, value: Any) -> str:
        text = _text(value)
        if "/" in text or text in {"", ".", ".."}:
            raise ValueError(
                f"{self.where}, parameter {name!r}: {text!r} can't be a segment of a path: it would "
                "call another entry"
            )
        return quote(text, safe=_SAFE)

    def _query(self, values: Mapping[str, Any]) -> Pairs:
        pairs: Pairs = []
        for name, value in values.items():
            is_several = isinstance(value, list | tuple | set | frozenset)
            several = value if is_several and name not in self._single else [value]
            parameter = self.signature.parameters.get(name)
            default = parameter.default if parameter else inspect.Parameter.empty
            if value == default and type(value) is type(default):
                continue  # what isn't sent arrives as the default
            if value is None or not several or None in several:
                raise ValueError(
                    f"{self.where}, parameter {name!r}: a query can't tell {value!r}, "
                    "only leave the parameter out"
                )
            sent_as = self._aliases.get(name, name)
            pairs += [(sent_as, _text(one)) for one in several]
        return pairs


def _text(value: Any) -> str:
    """A value as the text that converts to it again."""
    data = encode(as_read(value))
    text: str = msgspec.json.decode(data) if data[:1] == b'"' else data.decode()
    return text


def _json(value: Any) -> tuple[bytes, dict[str, str]]:
    return encode(as_read(value)), {"Content-Type": "application/json"}


def _has_files(values: Mapping[str, Any]) -> bool:
    return any(isinstance(one, FileStorage) for value in values.values() for one in _listed(value))


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


def _multipart(values: Mapping[str, Any]) -> tuple[bytes, dict[str, str]]:
    # Imported here: only calls with files need it, and it takes a while.
    from werkzeug.test import encode_multipart

    parts = {
        name: [one if isinstance(one, FileStorage) else _text(one) for one in _listed(value)]
        for name, value in values.items()
        if value is not None
    }
    boundary, body = encode_multipart(parts)
    return body, {"Content-Type": f"multipart/form-data; boundary={boundary}"}
