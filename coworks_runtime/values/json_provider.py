"""What reads and writes a service's JSON, in Flask's terms: ``app.json``."""

from __future__ import annotations

import re
import weakref
from collections.abc import Callable
from typing import Any

import msgspec
from flask.json.provider import DefaultJSONProvider
from flask.sansio.app import App

from .encoding import encode, json_types

_NOT_ASCII = r"[^\x00-\x7f]"
_PROVIDES = frozenset({"dumps", "response"})
# What DefaultJSONProvider asks its own dumps for, and the indent that it means to msgspec.
_LAYOUTS: dict[tuple[tuple[str, Any], ...], int | None] = {
    (): 0,
    (("separators", (",", ":")),): None,
    (("indent", 2),): 2,
}


def _in_json_types(value: Any) -> Any:
    """What the standard library's encoder gets for a value that it doesn't know."""
    return msgspec.to_builtins(value, str_keys=True, enc_hook=json_types)


class JSONProvider(DefaultJSONProvider):
    """Flask's provider, whose JSON an entry's parameters read back.

    It writes all that an entry may return: dates in RFC 3339, Decimals as text, NaN and Infinity
    as null. Its attributes are those of Flask's: ``ensure_ascii``, ``sort_keys``, ``compact``,
    ``mimetype``. With a ``default`` of one's own it writes as Flask does.
    """

    def __init__(self, app: App) -> None:
        super().__init__(app)
        self._service = weakref.ref(app)

    default: Callable[[Any], Any] = staticmethod(_in_json_types)

    def dumps(self, obj: Any, **kwargs: Any) -> str:
        """Write a value as JSON text.

        :param kwargs: what :func:`json.dumps` takes. Options that Flask itself never passes are
            that function's business.
        """
        layout = tuple(kwargs.items())
        if self.default is not _in_json_types or layout not in _LAYOUTS:
            return super().dumps(obj, **kwargs)
        return self._written(obj, _LAYOUTS[layout]).decode()

    @property
    def is_plain(self) -> bool:
        """Whether :meth:`body` is what :meth:`response` gives as ``application/json``."""
        return (
            self.default is _in_json_types
            and self.mimetype == "application/json"
            and _PROVIDES.isdisjoint(self.__dict__)
        )

    def body(self, value: Any) -> bytes:
        """The body of a JSON response."""
        is_compact = self.compact
        if is_compact is None:
            service = self._service()
            is_compact = service is None or not service.config["DEBUG"]
        return self._written(value, None if is_compact else 2) + b"\n"

    def _written(self, value: Any, indent: int | None) -> bytes:
        data = encode(value, sort_keys=self.sort_keys)
        if self.ensure_ascii and not data.isascii():
            data = re.sub(_NOT_ASCII, _escaped, data.decode()).encode()
        return data if indent is None else msgspec.json.format(data, indent=indent)


def _escaped(match: re.Match[str]) -> str:
    units = match[0].encode("utf-16-be").hex()
    return "".join(f"\\u{units[i : i + 4]}" for i in range(0, len(units), 4))
