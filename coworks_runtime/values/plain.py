"""Plain annotations and their converters: most parameters need nothing else. Pure."""

from __future__ import annotations

import types
from inspect import Parameter
from typing import Any, ForwardRef, Literal, Union, get_args, get_origin

from .conversion import Converter, UnionConverter
from .scalars import AnyConverter, BoolConverter, NoneConverter, NumberConverter, ScalarConverter

ANY = AnyConverter()
_PLAIN: dict[Any, Converter] = {
    Parameter.empty: ANY,
    str: ScalarConverter(str),
    int: ScalarConverter(int),
    float: NumberConverter(float),
    bool: BoolConverter(bool),
    types.NoneType: NoneConverter(),
}


def plain_converter(annotation: Any) -> Converter | None:
    """What converts the values of a scalar, or of a union of scalars.

    :param annotation: an annotation, evaluated.
    :return: ``None`` for what :func:`~.converters.converter_of` has to look at.
    """
    if type(annotation) is type:
        return None if annotation is types.NoneType else _PLAIN.get(annotation)
    if annotation is Any:
        return ANY
    if get_origin(annotation) not in {Union, types.UnionType}:
        return None
    members = [_PLAIN.get(m) if type(m) is type else None for m in get_args(annotation)]
    known = [member for member in members if member is not None]
    return UnionConverter(known) if len(known) == len(members) else None


def holds_text(annotation: Any) -> bool:
    """Whether an annotation is a text, or has one among its arguments: ``list["Order"]``."""
    if isinstance(annotation, str | ForwardRef):
        return True
    arguments = getattr(annotation, "__args__", None)
    if not isinstance(arguments, tuple) or get_origin(annotation) is Literal:
        return False
    return any(map(holds_text, arguments))
