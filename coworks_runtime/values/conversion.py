"""What a converter is, and how it says that a value doesn't fit. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

CONVERSION_ERRORS = (
    msgspec.MsgspecError,
    ValueError,
    TypeError,
    ArithmeticError,
    RecursionError,
)
"""What msgspec, Decimal and the like raise for a value that doesn't fit."""

_TOLD_BACK = re.compile(r"^(Invalid (?:enum )?value) .*?(?= - at `|$)", re.DOTALL)
_PLACE = re.compile(r" - at (?P<key>`key` in )?`\$(?P<place>[^`]*)`$")
_json_values = msgspec.json.Decoder(dict[str, msgspec.Raw])


class ConversionError(ValueError):
    """A value doesn't fit its annotation. The message never holds the value.

    :param reason: what was expected.
    :param place: where in the value: ``.lines[1].quantity``, ``""`` for the value itself.
    """

    def __init__(self, reason: str, place: str = "") -> None:
        super().__init__(reason, place)
        self.reason = reason
        self.place = place

    def __str__(self) -> str:
        """The place and the reason."""
        return f"{self.place.lstrip('.')}: {self.reason}" if self.place else self.reason

    def within(self, place: str) -> ConversionError:
        """The same error of a value that stands in another one."""
        return ConversionError(self.reason, place + self.place)


class Converter:
    """Takes a value as it is: the converter of a parameter without annotation."""

    many = False
    """Whether several values may be given."""

    is_text = True
    """Whether one text can give the value, so that it may be a segment of the path."""

    is_file = False
    """Whether it takes an uploaded file."""

    is_exact = False
    """Whether JSON numbers are to keep their digits: ask for :meth:`from_json` then."""

    def one(self, value: Any) -> Any:
        """Convert one value: a path segment, or what a JSON body holds.

        :raises ConversionError: where it doesn't fit.
        """
        return value

    def several(self, values: list[Any]) -> Any:
        """Convert the values that a query or a form has under one name.

        :raises ConversionError: where they don't fit.
        """
        if len(values) > 1 and not self.many:
            raise ConversionError(f"takes one value, {len(values)} were sent")
        return self.one(values[0])

    def from_json(self, data: bytes | msgspec.Raw) -> Any:
        """Convert JSON.

        :raises ConversionError: where it doesn't fit.
        :raises msgspec.DecodeError: where it is no JSON.
        """
        return self.one(msgspec.json.decode(data))

    def from_form(self, values: Mapping[str, list[Any]]) -> Any:
        """Convert all the values of a form to one object.

        :raises ConversionError: where they don't fit.
        """
        return self.one({n: v[0] if len(v) == 1 else [*v] for n, v in values.items()})


def read_json(text: str) -> Any:
    """What JSON in a text holds.

    :raises ConversionError: where it is none.
    """
    try:
        return msgspec.json.decode(text)
    except CONVERSION_ERRORS as error:
        raise ConversionError("Expected JSON") from error


def json_object(data: bytes) -> dict[str, msgspec.Raw]:
    """The values of a JSON object, as JSON.

    :raises msgspec.ValidationError: where it is no object.
    """
    return _json_values.decode(data)


def conversion_error(error: BaseException) -> ConversionError:
    """What msgspec says, without the value: the place apart."""
    if not isinstance(error, msgspec.MsgspecError):
        return ConversionError("Invalid value")
    message = _TOLD_BACK.sub(r"\1", str(error))
    found = _PLACE.search(message)
    if found is None:
        return ConversionError(message)
    # A key is a value of whoever calls: which one it is, isn't told.
    place = f"{found['place']}[...]" if found["key"] else found["place"]
    return ConversionError(message[: found.start()], place)


def kind_of(value: Any) -> str:
    """What JSON calls a value's type."""
    names = {str: "str", bool: "bool", int: "int", float: "float", dict: "object", list: "array"}
    return "null" if value is None else names.get(type(value), type(value).__name__)
