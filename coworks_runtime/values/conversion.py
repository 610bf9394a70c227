"""What a converter is, one that tries several, and how they say that a value doesn't fit. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
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

NOT_A_NUMBER = "Expected a finite number"
# Patterns as texts: they are compiled when the first value doesn't fit.
_TOLD_BACK = r"(?s)^(Invalid (?:enum )?value) .*?(?= - at `|$)"
_PLACE = r" - at (?P<key>`key` in )?`\$(?P<place>[^`]*)`$"
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

    is_null = False
    """Whether it takes null alone."""

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


class UnionConverter(Converter):
    """One of several types, tried from left to right."""

    def __init__(self, members: list[Converter]) -> None:
        self._members = members
        self._one = tuple(member.one for member in members)
        self._several = tuple(member.several for member in members)
        self._from_json = tuple(member.from_json for member in members)
        self._from_form = tuple(member.from_form for member in members)
        self._is_optional = any(member.is_null for member in members)
        self.many = any(member.many for member in members)
        self.is_text = all(member.is_text for member in members)
        self.is_exact = any(member.is_exact for member in members)
        self.is_file = any(member.is_file for member in members)

    def one(self, value: Any) -> Any:
        """Convert one value."""
        return self._first(self._one, value)

    def several(self, values: list[Any]) -> Any:
        """Convert the values under one name."""
        return self._first(self._several, values)

    def from_json(self, data: bytes | msgspec.Raw) -> Any:
        """Convert JSON."""
        return self._first(self._from_json, data)

    def from_form(self, values: Mapping[str, list[Any]]) -> Any:
        """Convert all values of a form."""
        return self._first(self._from_form, values)

    def _first(self, converts: tuple[Callable[[Any], Any], ...], value: Any) -> Any:
        errors = []
        for convert in converts:
            try:
                return convert(value)
            except ConversionError as error:
                errors.append(error)
        inner = [error for error in errors if error.place]
        if len(inner) == 1 and len(self._members) == 2 and self._is_optional:
            raise inner[0]
        raise ConversionError(", or ".join(dict.fromkeys(map(str, errors))))


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
    message = re.sub(_TOLD_BACK, r"\1", str(error))
    found = re.search(_PLACE, message)
    if found is None:
        return ConversionError(message)
    # A key is a value of whoever calls: which one it is, isn't told.
    place = f"{found['place']}[...]" if found["key"] else found["place"]
    return ConversionError(message[: found.start()], place)


def kind_of(value: Any) -> str:
    """What JSON calls a value's type."""
    names = {str: "str", bool: "bool", int: "int", float: "float", dict: "object", list: "array"}
    return "null" if value is None else names.get(type(value), type(value).__name__)
