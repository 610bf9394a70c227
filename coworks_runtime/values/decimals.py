"""Decimals, and what ``Decimal`` takes and JSON doesn't: ``1_0``, ``+5``, digits of all scripts. Pure.

msgspec hands each text that is to be a Decimal to the class itself. What it made of them doesn't
tell, so the texts are looked at, by the types that they became.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from itertools import repeat
from typing import Any, TypeVar, get_args

import msgspec

from .annotations import fields_of, has_fields, is_union, origin_of, peeled
from .conversion import ConversionError
from .scalars import NumberConverter
from .type_arguments import given_in

NO_DECIMAL = "Invalid decimal string"
_NUMBER = r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?"
_is_number = re.compile(_NUMBER).fullmatch
# What a text is made of that Decimal could take. Nothing goes back here: a body may be long.
_DIGIT = rb"(?:[0-9_. \x80-\xff]|\\u[0-9a-fA-F]{4}|\\[tnrf])*+"
_DOUBTFUL = re.compile(
    rb'"(?!"|%(number)b")%(digit)b[+-]?%(digit)b(?:[eE][+-]?%(digit)b)?"'
    % {b"number": _NUMBER.encode(), b"digit": _DIGIT}
)


class DecimalConverter(NumberConverter):
    """A Decimal, which keeps the digits that JSON has for it."""

    is_exact = True

    def one(self, value: Any) -> Any:
        """Convert one value."""
        if isinstance(value, str) and not is_number(value):
            raise ConversionError(NO_DECIMAL)
        return super().one(value)

    def from_json(self, data: bytes | msgspec.Raw) -> Any:
        """Convert JSON."""
        if bytes(data).lstrip()[:1] == b'"':
            return self.one(msgspec.json.decode(data))
        return super().from_json(data)


def is_number(text: str) -> bool:
    """Whether a text is spelled as a number is in JSON."""
    return _is_number(text) is not None


def may_be_misspelled(data: bytes) -> bool:
    """Whether JSON may hold a text that is a number to ``Decimal`` alone: to look there is fast."""
    return _DOUBTFUL.search(data) is not None


def misspelled(value: Any, annotation: Any) -> str | None:
    """The place of a text that became a Decimal, and isn't spelled as a number; else ``None``.

    :param value: what was sent, as JSON types.
    :param annotation: the type that it was converted to.
    """
    for place, text in _texts(value, annotation, {}):
        if not is_number(text) and _is_decimal(text):
            return place
    return None


def _is_decimal(text: str) -> bool:
    try:
        Decimal(text)
    except InvalidOperation:
        return False  # another member of its union has taken it
    return True


_Bound = Mapping[Any, Any]


def _texts(value: Any, annotation: Any, bound: _Bound) -> Iterator[tuple[str, str]]:
    """The texts at the places of Decimals.

    :param bound: what the type variables around it stand for.
    """
    plain, _ = peeled(annotation)
    if isinstance(plain, TypeVar):
        plain, _ = peeled(bound.get(plain, Any))
    if is_union(plain):
        for member in get_args(plain):
            yield from _texts(value, member, bound)
    elif plain is Decimal and isinstance(value, str):
        yield "", value
    else:
        for place, part, inner, inner_bound in _parts(value, plain, bound):
            for below, text in _texts(part, inner, inner_bound):
                yield place + below, text


_Part = tuple[str, Any, Any, _Bound]
"""A part of a value: its place, itself, its type, and what that one's variables stand for."""


def _parts(value: Any, plain: Any, bound: _Bound) -> Iterable[_Part]:
    if isinstance(value, dict):
        return _of_object(value, plain, bound)
    return _of_array(value, plain, bound) if isinstance(value, list | tuple) else ()


def _of_object(value: Mapping[Any, Any], plain: Any, bound: _Bound) -> Iterator[_Part]:
    origin, arguments = origin_of(plain), get_args(plain)
    if has_fields(origin):
        if not _is_meant(origin, value):
            return
        inner_bound = given_in(plain, bound)
        for name, field in fields_of(origin).items():
            if name in value:
                yield f".{name}", value[name], field, inner_bound
    elif len(arguments) == 2 and isinstance(origin, type) and issubclass(origin, Mapping):
        for name, part in value.items():
            yield "[...]", name, arguments[0], bound
            yield "[...]", part, arguments[1], bound


def _of_array(value: Sequence[Any], plain: Any, bound: _Bound) -> Iterator[_Part]:
    origin, arguments = origin_of(plain), get_args(plain)
    types: Iterable[Any] = repeat(arguments[0]) if arguments else ()
    if has_fields(origin):
        types, bound = _types_of_items(origin, value), given_in(plain, bound)
    elif origin is tuple and Ellipsis not in arguments:
        types = arguments
    for position, (item, inner) in enumerate(zip(value, types, strict=False)):
        yield f"[{position}]", item, inner, bound


def _types_of_items(origin: Any, value: Sequence[Any]) -> Iterable[Any]:
    """The types of the fields of a class whose values are arrays."""
    fields, tag = fields_of(origin).values(), _tag_of(origin)
    if tag is None:
        return fields
    return [Any, *fields] if value[:1] == [tag] else ()


def _is_meant(origin: Any, value: Mapping[Any, Any]) -> bool:
    """Whether an object is of a class, where its tag says so."""
    tag = _tag_of(origin)
    return tag is None or value.get(origin.__struct_config__.tag_field) == tag


def _tag_of(origin: Any) -> Any:
    is_struct = isinstance(origin, type) and issubclass(origin, msgspec.Struct)
    return origin.__struct_config__.tag if is_struct else None
