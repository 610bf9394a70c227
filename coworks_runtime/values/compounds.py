"""Converters of values that are made of others. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from .conversion import (
    CONVERSION_ERRORS,
    NOT_A_NUMBER,
    ConversionError,
    Converter,
    conversion_error,
    kind_of,
    read_json,
)
from .decimals import NO_DECIMAL, may_be_misspelled, misspelled
from .finite import holds_no_number, may_hold_no_number

_json_items = msgspec.json.Decoder(list[msgspec.Raw])


class TypedConverter(Converter):
    """A type that msgspec converts, whatever it holds.

    :param annotation: the type.
    :param reads_json: whether text is read as JSON.
    :param has_numbers: whether it holds floats or Decimals anywhere.
    :param is_exact: whether it holds Decimals.
    :param fields: the converters of its fields, by the names that JSON has for them.
    :param customs: what converts to the types in it that msgspec doesn't know.
    """

    def __init__(
        self,
        annotation: Any,
        *,
        reads_json: bool,
        has_numbers: bool,
        is_exact: bool,
        fields: Mapping[str, Converter],
        customs: Mapping[Any, Callable[[Any], Any]],
    ) -> None:
        self._type = annotation
        self._reads_json = reads_json
        self._has_numbers = has_numbers
        self._fields = fields
        self._custom = (lambda kind, value: customs[kind](value)) if customs else None
        self.is_exact = is_exact
        self.is_text = not reads_json
        self._decoder = msgspec.json.Decoder(annotation, strict=False, dec_hook=self._custom)

    def one(self, value: Any) -> Any:
        """Convert one value."""
        if self._reads_json and isinstance(value, str):
            value = read_json(value)
        try:
            result = msgspec.convert(value, self._type, strict=False, dec_hook=self._custom)
            data = msgspec.json.encode(value) if self._has_numbers else b""
        except CONVERSION_ERRORS as error:
            raise conversion_error(error) from error
        if data:
            self._check_numbers(data, result)
        return result

    def from_json(self, data: bytes | msgspec.Raw) -> Any:
        """Convert JSON."""
        try:
            result = self._decoder.decode(data)
        except msgspec.ValidationError:
            # Text that is read as JSON, or a reason that says more.
            return self.one(msgspec.json.decode(data))
        except ArithmeticError as error:
            raise conversion_error(error) from error
        if self._has_numbers:
            self._check_numbers(bytes(data), result)
        return result

    def _check_numbers(self, data: bytes, result: Any) -> None:
        """Refuse what is no number to JSON, though it is one to Python."""
        if may_hold_no_number(data) and holds_no_number(result):
            raise ConversionError(NOT_A_NUMBER)
        if self.is_exact and may_be_misspelled(data):
            place = misspelled(msgspec.json.decode(data), self._type)
            if place is not None:
                raise ConversionError(NO_DECIMAL, place)

    def from_form(self, values: Mapping[str, list[Any]]) -> Any:
        """Convert all values of a form."""
        return self.one(form_fields(self._fields, values))


class CollectionConverter(Converter):
    """Several values of one kind."""

    many = True
    is_text = False

    def __init__(self, make: Callable[[list[Any]], Any], element: Converter, checked: Any) -> None:
        self._make = make
        self._element = element
        self._checked = checked
        self.is_exact = element.is_exact
        self.is_file = element.is_file

    def one(self, value: Any) -> Any:
        """Convert one value."""
        if not isinstance(value, list | tuple):
            raise ConversionError(f"Expected `array`, got `{kind_of(value)}`")
        return self.several(list(value))

    def several(self, values: list[Any]) -> Any:
        """Convert the values under one name."""
        return self._made(self._element.one, values)

    def from_json(self, data: bytes | msgspec.Raw) -> Any:
        """Convert JSON."""
        try:
            items = _json_items.decode(data)
        except msgspec.ValidationError as error:
            raise conversion_error(error) from error
        return self._made(self._element.from_json, items)

    def _made(self, convert: Callable[[Any], Any], values: list[Any]) -> Any:
        converted = []
        for position, value in enumerate(values):
            try:
                converted.append(convert(value))
            except ConversionError as error:
                raise error.within(f"[{position}]") from error
        try:
            made = self._make(converted)
        except TypeError as error:
            raise ConversionError("its values can't be members of a set") from error
        if self._checked is None:
            return made
        try:
            msgspec.convert([None] * len(made), self._checked)
        except msgspec.ValidationError as error:
            raise conversion_error(error) from error
        return made


def form_fields(fields: Mapping[str, Converter], values: Mapping[str, list[Any]]) -> dict[str, Any]:
    """The values of a form as its fields' converters read them; those of others as they are.

    :raises ConversionError: where one doesn't fit.
    """
    read: dict[str, Any] = {}
    for name, several in values.items():
        converter = fields.get(name)
        if converter is None:
            read[name] = several[0] if len(several) == 1 else [*several]
            continue
        try:
            read[name] = converter.several(several)
        except ConversionError as error:
            raise error.within(f".{name}") from error
    return read
