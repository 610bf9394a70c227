"""From an annotation to what converts and checks a value. Pure."""

from __future__ import annotations

import types
from collections.abc import (
    Callable,
    Collection,
    Mapping,
    MutableMapping,
    MutableSequence,
    MutableSet,
    Sequence,
)
from collections.abc import (
    Set as AbstractSet,
)
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from functools import partial
from inspect import Parameter
from typing import Any, Literal, TypeVar, get_args, get_origin, is_typeddict
from uuid import UUID

import msgspec
from werkzeug.datastructures import FileStorage

from coworks_runtime.errors import EntryError

from .annotations import (
    Part,
    fields_of,
    has_fields,
    is_collection,
    is_constructed,
    is_pydantic,
    is_pydantic_value,
    is_structured,
    is_union,
    origin_of,
    parts_of,
    peeled,
    recursive_alias,
)
from .compounds import CollectionConverter, TypedConverter
from .constraints import is_json_text, is_pydantic_s, metas_of, refuse_inside, rewritten, with_metas
from .constructed import ConstructedConverter
from .conversion import Converter, UnionConverter
from .decimals import DecimalConverter
from .marks import refuse_marks
from .no_types import why_no_type
from .plain import ANY, plain_converter
from .pydantic_models import PydanticConverter, field_readers, validated, validator_of
from .scalars import (
    BoolConverter,
    FileConverter,
    LiteralConverter,
    NoneConverter,
    NumberConverter,
    ScalarConverter,
    TimeConverter,
)

_COLLECTIONS: dict[Any, Callable[[list[Any]], Any]] = {
    list: list,
    set: set,
    frozenset: frozenset,
    tuple: tuple,
    Sequence: list,
}
_NATIVE = frozenset({
    *(types.NoneType, bool, int, float, str, bytes, bytearray, memoryview, Decimal, UUID),
    *(datetime, date, time, timedelta, list, tuple, set, frozenset, dict),
    *(msgspec.Raw, msgspec.UnsetType),
    *(Collection, Sequence, MutableSequence, AbstractSet, MutableSet, Mapping, MutableMapping),
})  # fmt: skip
_ALLOWED = (
    "annotate with a builtin type, an Enum, a dataclass, a TypedDict, a msgspec.Struct or a Pydantic "
    "model"
)
_ANYTHING = (Any, object, Parameter.empty)
_SCALARS: dict[type, Callable[[Any], Converter]] = {
    bool: BoolConverter,
    float: NumberConverter,
    Decimal: DecimalConverter,
    datetime: TimeConverter,
    time: TimeConverter,
}


def converter_of(annotation: Any, where: str, *, is_body: bool = False) -> Converter:
    """What converts and checks the values of a parameter.

    :param annotation: its annotation, evaluated; ``inspect.Parameter.empty`` and ``Any`` take all.
    :param where: the entry and the parameter, for errors.
    :param is_body: whether it is a request's whole body, which may be a form.
    :raises EntryError: for an annotation that no request can fill, or that demands what can't be
        checked.
    """
    alias = recursive_alias(annotation)
    if alias is not None:
        raise EntryError(
            f"{where}: {alias.__name__} is a type alias that is made of itself, which nothing "
            "converts: take Any, or make it a dataclass, a msgspec.Struct or a Pydantic model"
        )
    return _converter_of(annotation, where, is_body=is_body)


def _converter_of(annotation: Any, where: str, *, is_body: bool = False) -> Converter:
    converter = plain_converter(annotation)
    if converter is not None:
        return converter
    plain, metadata = peeled(annotation)
    _check_is_type(plain, where)
    refuse_marks(metadata, where)
    if any(map(is_pydantic_s, metadata)):
        if any(map(is_json_text, metadata)):
            return _pydantic(annotation, where)
        many = is_collection(plain)
        return _pydantic(annotation, where, reads_json=is_structured(plain), many=many)
    metas = metas_of(metadata, where)
    if is_pydantic_value(plain):
        return _pydantic(annotation, where)
    if is_union(plain):
        return _union(plain, metas, where, is_body=is_body)
    if is_collection(plain):
        return _collection(plain, metas, where)
    return _other(plain, metas, where, is_body=is_body)


def _check_is_type(annotation: Any, where: str) -> None:
    reason = why_no_type(annotation)
    if reason is not None:
        raise EntryError(f"{where}: {reason}")
    try:
        hash(annotation)
    except TypeError as error:
        raise EntryError(
            f"{where}: the annotation {annotation!r} is no type; a list of integers, for example, "
            "is list[int]"
        ) from error


def _union(plain: Any, metas: tuple[msgspec.Meta, ...], where: str, *, is_body: bool) -> Converter:
    members = get_args(plain)
    tagged = [member for member in members if _has_tag(origin_of(member))]
    if len(tagged) > 1 and all(m in tagged or m is types.NoneType for m in members):
        # msgspec chooses by the tag, and says what is wrong with the one that is meant.
        return _typed(plain, metas, where)
    return UnionConverter(
        [
            _converter_of(
                member if peeled(member)[0] is types.NoneType else with_metas(member, metas),
                where,
                is_body=is_body,
            )
            for member in members
        ]
    )


def _pydantic(
    annotation: Any, where: str, *, reads_json: bool = False, many: bool = False
) -> Converter:
    """The converter of what Pydantic validates, which may lack a library for it."""
    try:
        return PydanticConverter(annotation, reads_json=reads_json, many=many)
    except (ImportError, NameError, TypeError, ValueError) as error:
        raise _unusable(annotation, error, where) from error


def _has_tag(origin: Any) -> bool:
    is_struct = isinstance(origin, type) and issubclass(origin, msgspec.Struct)
    return is_struct and origin.__struct_config__.tag is not None


def _collection(plain: Any, metas: tuple[msgspec.Meta, ...], where: str) -> Converter:
    element = _converter_of((get_args(plain) or (Any,))[0], where)
    checked = _checked(list, metas, where) if metas else None
    return CollectionConverter(_COLLECTIONS[origin_of(plain)], element, checked)


def _other(plain: Any, metas: tuple[msgspec.Meta, ...], where: str, *, is_body: bool) -> Converter:
    """The converter of what is no union and no collection."""
    origin = origin_of(plain)
    if plain in _ANYTHING or isinstance(plain, TypeVar):
        return ANY
    if plain in {None, types.NoneType}:
        return NoneConverter()
    if origin is Literal:
        return LiteralConverter(get_args(plain))
    if isinstance(plain, type) and issubclass(plain, FileStorage):
        return FileConverter()
    if is_pydantic(plain):
        fields = field_readers(plain) if is_body else {}
        return PydanticConverter(plain, reads_json=True, fields=fields)
    if is_constructed(origin):
        return ConstructedConverter(
            origin, lambda shadow: _converter_of(shadow, where, is_body=is_body)
        )
    if plain in {bool, str, int, float, Decimal, datetime, time}:
        return _SCALARS.get(plain, ScalarConverter)(_checked(plain, metas, where))
    if isinstance(plain, type) and issubclass(plain, Enum):
        return ScalarConverter(_checked(plain, metas, where))
    if isinstance(plain, type) and issubclass(plain, Mapping) and not is_typeddict(plain):
        plain = dict
    return _typed(plain, metas, where, is_body=is_body)


def _typed(
    plain: Any, metas: tuple[msgspec.Meta, ...], where: str, *, is_body: bool = False
) -> Converter:
    """The converter of a type that msgspec fills."""
    try:
        parts = parts_of(plain)
        if any(is_pydantic_s(m) for part in parts if not part.is_inside for m in part.metadata):
            return _pydantic(plain, where, reads_json=is_structured(plain))
        refuse_marks((mark for part in parts for mark in part.metadata), where)
        refuse_inside(parts, where)
        for part in parts:
            _check_is_type(part.annotation, where)
        held = {part.annotation for part in parts if isinstance(part.annotation, type)}
        origin = origin_of(plain)
        return TypedConverter(
            with_metas(rewritten(plain, where), metas),
            reads_json=is_structured(plain) or is_union(plain),
            has_numbers=bool(held & {float, Decimal}),
            is_exact=Decimal in held,
            fields=_fields(fields_of(origin), where) if is_body and has_fields(origin) else {},
            customs=_customs(parts, where),
        )
    except EntryError:
        raise
    except (ImportError, NameError, TypeError, ValueError) as error:
        raise _unusable(plain, error, where) from error


def _checked(plain: Any, metas: tuple[msgspec.Meta, ...], where: str) -> Any:
    """An annotation with its demands, if msgspec takes it."""
    annotation = with_metas(plain, metas)
    try:
        msgspec.json.Decoder(annotation)
    except (NameError, TypeError, ValueError) as error:
        raise _unusable(annotation, error, where) from error
    return annotation


def _unusable(annotation: Any, error: Exception, where: str) -> EntryError:
    return EntryError(f"{where}: the annotation {annotation!r} can't be used: {error}: {_ALLOWED}")


def _fields(annotations: Mapping[str, Any], where: str) -> dict[str, Converter]:
    return {name: converter_of(field, where) for name, field in annotations.items()}


def _customs(parts: list[Part], where: str) -> dict[Any, Callable[[Any], Any]]:
    """What converts to the types in an annotation that msgspec doesn't know.

    :raises EntryError: for one that nothing converts to.
    """
    customs: dict[Any, Callable[[Any], Any]] = {}
    for part in parts:
        plain = part.annotation
        if is_pydantic(plain) or is_pydantic_value(plain):
            customs[plain] = partial(validated, validator_of(plain))
        elif get_origin(plain) is Literal:
            if any(isinstance(c, bool | bytes | Enum) for c in get_args(plain)):
                customs[plain] = LiteralConverter(get_args(plain)).one
        elif is_constructed(origin_of(plain)):
            raise EntryError(
                f"{where}: {plain.__qualname__} has a field(init=False) or an InitVar, which msgspec "
                "knows nothing of: it can be a parameter or the item of a list, but no part of "
                "another type"
            )
        elif is_custom(plain):
            raise EntryError(
                f"{where}: nothing converts a request's value to {plain!r}: {_ALLOWED}"
            )
    return customs


def is_custom(plain: Any) -> bool:
    """Whether it is a type that msgspec doesn't know."""
    origin = origin_of(plain)
    if plain in _ANYTHING or origin in _NATIVE or not isinstance(origin, type):
        return False
    return not (has_fields(origin) or issubclass(origin, Enum) or is_union(plain))
