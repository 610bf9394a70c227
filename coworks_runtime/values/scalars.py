"""Converters of values that one text can give, and of files. Pure."""

from __future__ import annotations

import math
import re
from decimal import Decimal
from typing import Any

import msgspec
from werkzeug.datastructures import FileStorage

from .conversion import (
    CONVERSION_ERRORS,
    NOT_A_NUMBER,
    ConversionError,
    Converter,
    conversion_error,
    kind_of,
)

_WORDS = {"yes": True, "no": False}
_TRUTH = {"true": True, "1": True, "false": False, "0": False, **_WORDS}
# What an <input type="time"> of a browser sends: no seconds. A text, compiled at the first time.
_WITHOUT_SECONDS = r"(?P<time>(?:^|[Tt ])\d\d:\d\d)(?=$|[Zz+-])"


class AnyConverter(Converter):
    """Takes one value as it is, and several as a list."""

    many = True

    def several(self, values: list[Any]) -> Any:
        """Convert the values under one name."""
        return values[0] if len(values) == 1 else [*values]


class ScalarConverter(Converter):
    """A scalar that msgspec reads from text as it is."""

    def __init__(self, annotation: Any) -> None:
        self._type = annotation

    def one(self, value: Any) -> Any:
        """Convert one value."""
        if type(value) is self._type:
            return value  # of a type without demands
        try:
            return msgspec.convert(value, self._type, strict=False)
        except CONVERSION_ERRORS as error:
            raise conversion_error(error) from error


class BoolConverter(ScalarConverter):
    """A boolean, which has more words on the web than in JSON."""

    def one(self, value: Any) -> Any:
        """Convert one value."""
        return super().one(_WORDS.get(value.lower(), value) if isinstance(value, str) else value)


class NumberConverter(ScalarConverter):
    """A number: ``nan`` and ``inf`` are none."""

    def __init__(self, annotation: Any) -> None:
        super().__init__(annotation)
        self._decoder = msgspec.json.Decoder(annotation, strict=False)

    def one(self, value: Any) -> Any:
        """Convert one value."""
        return _finite(super().one(value))

    def from_json(self, data: bytes | msgspec.Raw) -> Any:
        """Convert JSON."""
        try:
            number = self._decoder.decode(data)
        except (msgspec.ValidationError, ArithmeticError) as error:
            raise conversion_error(error) from error
        return _finite(number)


class TimeConverter(ScalarConverter):
    """A time of the day, with a date or without; the seconds may be left out."""

    def one(self, value: Any) -> Any:
        """Convert one value."""
        if isinstance(value, str):
            value = re.sub(_WITHOUT_SECONDS, r"\g<time>:00", value, count=1)
        return super().one(value)


class LiteralConverter(Converter):
    """Literals; those that are booleans, numbers or members of an Enum may be sent as text."""

    def __init__(self, choices: tuple[Any, ...]) -> None:
        self._choices = choices

    def one(self, value: Any) -> Any:
        """Convert one value."""
        for choice in self._choices:
            if type(choice) is type(value) and choice == value:
                return choice
        for choice in self._choices:
            if _says(value, getattr(choice, "value", choice)):
                return choice
        values = [getattr(choice, "value", choice) for choice in self._choices]
        kinds = dict.fromkeys(map(kind_of, values))
        if kind_of(value) not in kinds:
            raise ConversionError(f"Expected `{' | '.join(kinds)}`, got `{kind_of(value)}`")
        raise ConversionError(f"Invalid enum value, expected one of {', '.join(map(repr, values))}")


class NoneConverter(Converter):
    """Null, and nothing else."""

    is_null = True

    def one(self, value: Any) -> Any:
        """Convert one value."""
        if value is not None:
            raise ConversionError("Expected `null`")


class FileConverter(Converter):
    """An uploaded file."""

    is_text = False
    is_file = True

    def one(self, value: Any) -> Any:
        """Convert one value."""
        if not isinstance(value, FileStorage):
            raise ConversionError(f"Expected a file, got `{kind_of(value)}`")
        return value


def _finite(number: Any) -> Any:
    if not (number.is_finite() if isinstance(number, Decimal) else math.isfinite(number)):
        raise ConversionError(NOT_A_NUMBER)
    return number


def _says(value: Any, choice: Any) -> bool:
    """Whether a value is a choice in another spelling."""
    if isinstance(choice, bool):
        return isinstance(value, str) and _TRUTH.get(value.lower()) is choice
    if isinstance(choice, int):
        try:
            return bool(msgspec.convert(value, int, strict=False) == choice)
        except CONVERSION_ERRORS:
            return False
    return type(value) is type(choice) and bool(value == choice)
