"""Dataclasses whose constructor takes other values than their fields are. Pure."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from typing import Any, get_type_hints

import msgspec

from .annotations import init_vars
from .conversion import ConversionError, Converter


class ConstructedConverter(Converter):
    """A dataclass with a ``field(init=False)`` or an ``InitVar``, made by its constructor.

    msgspec fills every field of a dataclass, and takes none with an ``InitVar``. So it fills a type
    of its own here, which has what the constructor takes.

    :param origin: the dataclass.
    :param convert: gives the converter of that type.
    """

    is_text = False

    def __init__(self, origin: Any, convert: Callable[[Any], Converter]) -> None:
        self._make = origin
        self.filled = filled_type(origin)
        self._converter = convert(self.filled)
        self.is_exact = self._converter.is_exact

    def one(self, value: Any) -> Any:
        """Convert one value."""
        return self._constructed(self._converter.one(value))

    def from_json(self, data: bytes | msgspec.Raw) -> Any:
        """Convert JSON."""
        return self._constructed(self._converter.from_json(data))

    def from_form(self, values: Mapping[str, list[Any]]) -> Any:
        """Convert all values of a form."""
        return self._constructed(self._converter.from_form(values))

    def _constructed(self, filled: Any) -> Any:
        values = {name: getattr(filled, name) for name in filled.__struct_fields__}
        try:
            return self._make(**values)
        except (ValueError, TypeError, ArithmeticError) as error:
            # What __post_init__ says, as msgspec hands it on too.
            raise ConversionError(str(error)) from error


def filled_type(origin: Any) -> Any:
    """A type that has what a dataclass's constructor takes, with the defaults.

    :raises NameError: for a field whose annotation can't be evaluated.
    """
    own = {field.name for field in dataclasses.fields(origin) if field.init}
    others = init_vars(origin)
    taken = [f for f in origin.__dataclass_fields__.values() if f.name in own or f.name in others]
    # Its own name: the document may have both.
    return _struct(origin, f"{origin.__name__}Input", taken)


def written_type(origin: Any) -> Any:
    """A type that has the fields of a dataclass, as they go out.

    :raises NameError: for a field whose annotation can't be evaluated.
    """
    return _struct(origin, origin.__name__, dataclasses.fields(origin))


def _struct(origin: Any, name: str, several: Iterable[dataclasses.Field[Any]]) -> Any:
    hints = {**get_type_hints(origin, include_extras=True), **init_vars(origin)}
    fields: list[Any] = []
    for field in several:
        if field.default is not dataclasses.MISSING:
            fields.append((field.name, hints[field.name], field.default))
        elif field.default_factory is not dataclasses.MISSING:
            factory = msgspec.field(default_factory=field.default_factory)
            fields.append((field.name, hints[field.name], factory))
        else:
            fields.append((field.name, hints[field.name]))
    return msgspec.defstruct(name, fields, kw_only=True, module=origin.__module__)
