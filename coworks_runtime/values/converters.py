"""From an annotation to what converts and checks a value. Pure.

msgspec converts; this module adds what a request needs beside it: one value or several, unions
tried from left to right, text read as JSON for structured types, ``yes`` and ``no``.
"""

from __future__ import annotations

import dataclasses
import math
import types
from collections.abc import Callable, Mapping, Sequence
from inspect import Parameter
from typing import Annotated, Any, Literal, Union, get_args, get_origin, is_typeddict

import msgspec
from werkzeug.datastructures import FileStorage

from coworks_runtime.errors import EntryError

_WORDS = {"yes": True, "no": False}
_COLLECTIONS: dict[Any, Callable[[list[Any]], Any]] = {
    list: list,
    set: set,
    frozenset: frozenset,
    Sequence: list,
}
_ERRORS = (msgspec.MsgspecError, ValueError, TypeError, ArithmeticError, RecursionError)


class ConversionError(ValueError):
    """A value doesn't fit its annotation. The message never holds the value."""


class Converter:
    """Takes a value as it is: the converter of a parameter without annotation."""

    many = False
    """Whether several values may be given."""

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


class _Any(Converter):
    many = True

    def several(self, values: list[Any]) -> Any:
        return values[0] if len(values) == 1 else [*values]


class _Typed(Converter):
    """A type that msgspec converts."""

    def __init__(self, annotation: Any) -> None:
        self._type = annotation
        plain = get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation
        self._is_bool = plain is bool
        self._reads_json = _is_structured(plain)

    def one(self, value: Any) -> Any:
        if isinstance(value, str):
            if self._reads_json:
                value = _read_json(value)
            elif self._is_bool:
                value = _WORDS.get(value.lower(), value)
        try:
            result = msgspec.convert(value, self._type, strict=False)
        except _ERRORS as error:
            raise ConversionError(_reason(error)) from error
        if isinstance(result, float) and not math.isfinite(result):
            raise ConversionError("Expected a finite number")
        return result


class _Scalar(_Typed):
    """A scalar that msgspec reads from text as it is."""

    def one(self, value: Any) -> Any:
        try:
            return msgspec.convert(value, self._type, strict=False)
        except _ERRORS as error:
            raise ConversionError(_reason(error)) from error


class _Literal(_Typed):
    """Literals; those that are booleans or numbers may be sent as text."""

    def one(self, value: Any) -> Any:
        for choice in get_args(self._type):
            if type(choice) is type(value) and choice == value:
                return choice
        return super().one(value)


class _Collection(Converter):
    many = True

    def __init__(self, make: Callable[[list[Any]], Any], element: Converter) -> None:
        self._make = make
        self._element = element

    def one(self, value: Any) -> Any:
        if not isinstance(value, list | tuple):
            raise ConversionError(f"Expected `array`, got `{_kind(value)}`")
        return self.several(list(value))

    def several(self, values: list[Any]) -> Any:
        try:
            return self._make([self._element.one(value) for value in values])
        except TypeError as error:
            raise ConversionError("its values can't be members of a set") from error


class _Union(Converter):
    def __init__(self, members: list[Converter]) -> None:
        self._members = members
        self.many = any(member.many for member in members)

    def one(self, value: Any) -> Any:
        return self._first(lambda member: member.one(value))

    def several(self, values: list[Any]) -> Any:
        return self._first(lambda member: member.several(values))

    def _first(self, convert: Callable[[Converter], Any]) -> Any:
        reasons = []
        for member in self._members:
            try:
                return convert(member)
            except ConversionError as error:
                reasons.append(str(error))
        raise ConversionError(", or ".join(dict.fromkeys(reasons)))


class _None(Converter):
    def one(self, value: Any) -> Any:
        if value is not None:
            raise ConversionError("Expected `null`")


class _File(Converter):
    def one(self, value: Any) -> Any:
        if not isinstance(value, FileStorage):
            raise ConversionError(f"Expected a file, got `{_kind(value)}`")
        return value


class _Pydantic(Converter):
    """A Pydantic model: recognised by its method, so that Pydantic is never imported here."""

    def __init__(self, model: Any) -> None:
        self._model = model

    def one(self, value: Any) -> Any:
        if isinstance(value, str):
            value = _read_json(value)
        try:
            return self._model.model_validate(value)
        except ValueError as error:
            raise ConversionError(_pydantic_reason(error)) from error


def converter_of(annotation: Any, where: str) -> Converter:
    """What converts and checks the values of a parameter.

    :param annotation: its annotation, evaluated; ``inspect.Parameter.empty`` and ``Any`` take all.
    :param where: the entry and the parameter, for errors.
    :raises EntryError: for an annotation that no request can fill.
    """
    if isinstance(annotation, type) and annotation in _SHARED:
        return _SHARED[annotation]
    if annotation is Any:
        return _ANY
    if annotation in (None, types.NoneType):
        return _None()
    if isinstance(annotation, type) and issubclass(annotation, FileStorage):
        return _File()
    if isinstance(annotation, type) and hasattr(annotation, "model_validate"):
        return _Pydantic(annotation)
    origin = get_origin(annotation) or annotation
    if origin in (Union, types.UnionType):
        return _Union([converter_of(member, where) for member in get_args(annotation)])
    if origin in _COLLECTIONS:
        element = (get_args(annotation) or (Any,))[0]
        return _Collection(_COLLECTIONS[origin], converter_of(element, where))
    if isinstance(annotation, type) and issubclass(annotation, Mapping) and annotation is not dict:
        annotation = annotation if is_typeddict(annotation) else dict
    _check(annotation, where)
    return _Literal(annotation) if origin is Literal else _Typed(annotation)


def _check(annotation: Any, where: str) -> None:
    try:
        msgspec.json.Decoder(annotation)
        known = msgspec.inspect.type_info(annotation)
    except (TypeError, NameError) as error:
        raise EntryError(
            f"{where}: the annotation {annotation!r} can't be used: {error}"
        ) from error
    if isinstance(known, msgspec.inspect.CustomType):
        raise EntryError(
            f"{where}: nothing converts a request's value to {annotation!r}: annotate with a "
            "builtin type, an Enum, a dataclass, a TypedDict, a msgspec.Struct or a Pydantic model"
        )


def _is_structured(annotation: Any) -> bool:
    origin = get_origin(annotation) or annotation
    return (
        origin is dict
        or is_typeddict(origin)
        or dataclasses.is_dataclass(origin)
        or (isinstance(origin, type) and issubclass(origin, msgspec.Struct | tuple | Mapping))
    )


def _read_json(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except _ERRORS as error:
        raise ConversionError("Expected JSON") from error


def _reason(error: BaseException) -> str:
    if isinstance(error, msgspec.MsgspecError):
        return str(error)
    return "Invalid value"


def _pydantic_reason(error: ValueError) -> str:
    errors = getattr(error, "errors", None)
    if errors is None:
        return "Invalid value"
    details = errors(include_url=False, include_input=False, include_context=False)
    return ", ".join(f"{'.'.join(map(str, d['loc']))}: {d['msg']}".lstrip(": ") for d in details)


def _kind(value: Any) -> str:
    names = {str: "str", bool: "bool", int: "int", float: "float", dict: "object"}
    return "null" if value is None else names.get(type(value), type(value).__name__)


_ANY = _Any()
_SHARED: dict[type, Converter] = {
    Parameter.empty: _ANY,
    object: _ANY,
    **{scalar: _Scalar(scalar) for scalar in (str, int)},
    **{scalar: _Typed(scalar) for scalar in (float, bool)},
}
