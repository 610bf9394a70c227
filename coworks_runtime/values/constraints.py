"""What others' annotations demand of a value, as what msgspec checks. Pure.

``annotated_types`` (which Pydantic's ``PositiveInt`` and the like are made of) is recognised by its
module, and never imported.
"""

from __future__ import annotations

from functools import reduce
from operator import or_
from types import GenericAlias, UnionType
from typing import Annotated, Any, Literal, get_args, get_origin

import msgspec

from coworks_runtime.errors import EntryError

from .annotations import Part, origin_of, peeled

_ARGUMENTS = {
    "Gt": ("gt",),
    "Ge": ("ge",),
    "Lt": ("lt",),
    "Le": ("le",),
    "Interval": ("gt", "ge", "lt", "le"),
    "MultipleOf": ("multiple_of",),
    "MinLen": ("min_length",),
    "MaxLen": ("max_length",),
    "Len": ("min_length", "max_length"),
}
_SAYS_NOTHING = frozenset({"Unit", "DocInfo"})


def is_pydantic_s(mark: Any) -> bool:
    """Whether a mark of an annotation is one that Pydantic alone reads."""
    return _module(mark) in {"pydantic", "pydantic_core"} or any(
        hasattr(mark, name)
        for name in ("__get_pydantic_core_schema__", "__get_pydantic_json_schema__")
    )


def is_json_text(mark: Any) -> bool:
    """Whether a mark is Pydantic's ``Json``: the value is a text that Pydantic reads itself."""
    kind = mark if isinstance(mark, type) else type(mark)
    return kind.__name__ == "Json" and is_pydantic_s(mark)


def is_foreign(mark: Any) -> bool:
    """Whether a mark demands something that msgspec doesn't know of."""
    return _module(mark) == "annotated_types" or is_pydantic_s(mark)


def _module(mark: Any) -> str:
    return (type(mark).__module__ or "").partition(".")[0]


def metas_of(metadata: tuple[Any, ...], where: str) -> tuple[msgspec.Meta, ...]:
    """The marks that demand something of a value, as msgspec's.

    :raises EntryError: for one that can't be checked.
    """
    metas = []
    for mark in metadata:
        if isinstance(mark, msgspec.Meta):
            metas.append(mark)
        elif _module(mark) == "annotated_types":
            metas.extend(_translated(mark, where))
    return tuple(metas)


def _translated(mark: Any, where: str) -> list[msgspec.Meta]:
    name = type(mark).__name__
    if name in _SAYS_NOTHING:
        return []
    if name not in _ARGUMENTS:
        raise EntryError(
            f"{where}: nothing checks {mark!r} of its annotation: use msgspec.Meta, or a "
            "condition in the entry itself"
        )
    demands = {key: getattr(mark, key) for key in _ARGUMENTS[name]}
    if demands.get("min_length") == 0:
        demands.pop("min_length")
    # One at a time: msgspec takes no two bounds of one side in one, but in several.
    return [msgspec.Meta(**{key: value}) for key, value in demands.items() if value is not None]


def with_metas(annotation: Any, metas: tuple[msgspec.Meta, ...]) -> Any:
    """An annotation that demands something."""
    return Annotated[(annotation, *metas)] if metas else annotation


def rewritten(annotation: Any, where: str) -> Any:
    """An annotation whose demands are all msgspec's, down to its arguments' arguments.

    :raises EntryError: for one that can't be checked.
    """
    plain, metadata = peeled(annotation)
    arguments = get_args(plain)
    if arguments and get_origin(plain) is not Literal:
        new = tuple(a if a is Ellipsis else rewritten(a, where) for a in arguments)
        if new != arguments:
            plain = _with_arguments(plain, new)
    return with_metas(plain, metas_of(metadata, where))


def _with_arguments(annotation: Any, arguments: tuple[Any, ...]) -> Any:
    if isinstance(annotation, UnionType):
        return reduce(or_, arguments)
    if isinstance(annotation, GenericAlias):
        return origin_of(annotation)[arguments]
    return annotation.copy_with(arguments)


def refuse_inside(parts: list[Part], where: str) -> None:
    """Refuse demands in the fields of classes that msgspec fills: it doesn't check them.

    :raises EntryError: naming the demand.
    """
    for part in parts:
        foreign = [mark for mark in part.metadata if is_foreign(mark)]
        if part.is_inside and foreign:
            raise EntryError(
                f"{where}: nothing checks {foreign[0]!r} in a field of its class: write it as "
                "msgspec.Meta, or make the class a Pydantic model"
            )
