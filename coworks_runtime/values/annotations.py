"""What an annotation is: what stands behind its names, and what it is made of. Pure."""

from __future__ import annotations

import dataclasses
import sys
import types
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import (
    Annotated,
    Any,
    ClassVar,
    Final,
    Literal,
    NewType,
    NotRequired,
    Required,
    TypeVar,
    Union,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

import msgspec

_SEVERAL = (list, set, frozenset, Sequence)
_QUALIFIERS = (Required, NotRequired, Final, ClassVar)
_PLAIN = (bool, int, float, str, bytes, Decimal, types.NoneType)


def peeled(annotation: Any) -> tuple[Any, tuple[Any, ...]]:
    """What stands behind ``Annotated``, ``NewType`` and type aliases, and all their metadata.

    :return: the annotation itself, and the metadata, that of the innermost first.
    """
    metadata: tuple[Any, ...] = ()
    while True:
        origin = get_origin(annotation)
        if origin is Annotated:
            annotation, metadata = annotation.__origin__, (*annotation.__metadata__, *metadata)
        elif isinstance(annotation, NewType):
            annotation = annotation.__supertype__
        elif _is_alias(annotation):
            annotation = annotation.__value__
        elif _is_alias(origin):
            annotation = origin.__value__[get_args(annotation)]
        else:
            return annotation, metadata


def _is_alias(annotation: Any) -> bool:
    # Python's own from 3.12 on, or typing_extensions'.
    return type(annotation).__name__ == "TypeAliasType"


def recursive_alias(annotation: Any, outer: tuple[Any, ...] = ()) -> Any:
    """A type alias in an annotation that is made of itself; ``None`` without one."""
    name = annotation if _is_alias(annotation) else get_origin(annotation)
    if _is_alias(name):
        if name in outer:
            return name
        within = recursive_alias(name.__value__, (*outer, name))
        if within is not None:
            return within
    elif isinstance(annotation, NewType):
        return recursive_alias(annotation.__supertype__, outer)
    if get_origin(annotation) is Literal:
        return None
    found = (recursive_alias(argument, outer) for argument in get_args(annotation))
    return next((alias for alias in found if alias is not None), None)


def _unqualified(hint: Any) -> Any:
    """The annotation of a field without what is said of the field: ``Final``, ``Required``."""
    origin = get_origin(hint)
    if origin is Annotated:
        inner = _unqualified(hint.__origin__)
        return hint if inner is hint.__origin__ else Annotated[(inner, *hint.__metadata__)]
    if origin in _QUALIFIERS or getattr(origin, "_name", None) == "ReadOnly":
        return _unqualified(get_args(hint)[0])
    return Any if hint is Final else hint


def origin_of(annotation: Any) -> Any:
    """The class or the form behind an annotation's arguments: ``list`` of ``list[int]``."""
    return get_origin(annotation) or annotation


def is_union(annotation: Any) -> bool:
    """Whether an annotation is a union, ``Optional`` among them."""
    return get_origin(annotation) in {Union, types.UnionType}


def is_pydantic(annotation: Any) -> bool:
    """Whether it is a Pydantic model: recognised by its method, so that none is imported here."""
    return isinstance(annotation, type) and hasattr(annotation, "model_validate")


def is_pydantic_value(annotation: Any) -> bool:
    """Whether it is a class that Pydantic knows how to read, and is no model: ``HttpUrl``."""
    return (
        isinstance(annotation, type)
        and hasattr(annotation, "__get_pydantic_core_schema__")
        and not is_pydantic(annotation)
        and "pydantic" in sys.modules
    )


def is_named_tuple(origin: Any) -> bool:
    """Whether it is a tuple whose items have names."""
    return isinstance(origin, type) and issubclass(origin, tuple) and hasattr(origin, "_fields")


def is_collection(annotation: Any) -> bool:
    """Whether its values are several of one kind: a list, a set, a tuple of any length."""
    if get_origin(annotation) is tuple:
        return get_args(annotation)[1:] == (Ellipsis,)
    return origin_of(annotation) in _SEVERAL


def is_structured(annotation: Any) -> bool:
    """Whether its values are objects, or arrays of a fixed length: text is read as JSON for it."""
    origin = origin_of(annotation)
    return (
        origin is dict
        or has_fields(origin)
        or is_pydantic(origin)
        or (
            isinstance(origin, type)
            and issubclass(origin, tuple | Mapping)
            and not is_collection(annotation)
        )
    )


def has_fields(origin: Any) -> bool:
    """Whether it is a class whose annotations are its values' fields."""
    return (
        is_typeddict(origin)
        or (isinstance(origin, type) and dataclasses.is_dataclass(origin))
        or (isinstance(origin, type) and issubclass(origin, msgspec.Struct))
        or hasattr(origin, "__attrs_attrs__")
        or is_named_tuple(origin)
    )


def fields_of(origin: Any) -> dict[str, Any]:
    """The annotations of a class's fields by the names that JSON has for them.

    :raises NameError: for an annotation that can't be evaluated.
    """
    declared = get_type_hints(origin, include_extras=True)
    hints = {
        name: _unqualified(hint)
        for name, hint in declared.items()
        if get_origin(hint) is not ClassVar
    }
    if isinstance(origin, type) and issubclass(origin, msgspec.Struct):
        names = zip(origin.__struct_fields__, origin.__struct_encode_fields__, strict=True)
        return {encoded: hints[name] for name, encoded in names}
    if dataclasses.is_dataclass(origin):
        return {field.name: hints[field.name] for field in dataclasses.fields(origin)}
    return hints


def is_constructed(origin: Any) -> bool:
    """Whether a dataclass's constructor takes other values than its fields are.

    It doesn't take those of a ``field(init=False)``, and takes an ``InitVar`` besides.
    """
    if not (isinstance(origin, type) and dataclasses.is_dataclass(origin)):
        return False
    return not all(field.init for field in dataclasses.fields(origin)) or bool(init_vars(origin))


def init_vars(origin: Any) -> dict[str, Any]:
    """What the ``InitVar`` of a dataclass are annotated with, by their names.

    :raises NameError: for an annotation that can't be evaluated.
    """
    fields = {field.name for field in dataclasses.fields(origin)}
    others = origin.__dataclass_fields__.keys() - fields
    if not others:
        return {}
    hints = get_type_hints(origin, include_extras=True)
    return {
        name: hints[name].type for name in others if isinstance(hints[name], dataclasses.InitVar)
    }


class Part(msgspec.Struct, frozen=True):
    """A part of an annotation.

    :param annotation: the part, peeled.
    :param metadata: what ``Annotated`` says of it.
    :param is_inside: whether it belongs to a field of a class, which nobody can write otherwise.
    """

    annotation: Any
    metadata: tuple[Any, ...]
    is_inside: bool


def parts_of(annotation: Any) -> list[Part]:
    """An annotation and all that it is made of: arguments, and fields of classes.

    :raises NameError: for a field whose annotation can't be evaluated.
    """
    return list(_parts(annotation, is_inside=False, seen=set()))


def _parts(annotation: Any, *, is_inside: bool, seen: set[Any]) -> Iterator[Part]:
    plain, metadata = peeled(annotation)
    yield Part(plain, metadata, is_inside)
    if plain in _PLAIN or get_origin(plain) is Literal or isinstance(plain, TypeVar):
        return
    for argument in get_args(plain):
        if argument is not Ellipsis and not isinstance(argument, list):
            yield from _parts(argument, is_inside=is_inside, seen=seen)
    origin = origin_of(plain)
    if has_fields(origin) and origin not in seen:
        seen.add(origin)
        for field in fields_of(origin).values():
            yield from _parts(field, is_inside=True, seen=seen)
