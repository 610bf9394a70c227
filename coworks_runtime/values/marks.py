"""What a parameter's annotation says by its marks, whatever names they stand behind. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Union, get_args

import msgspec

from coworks_runtime.errors import EntryError

from .annotations import is_union, peeled
from .constraints import is_pydantic_s, with_metas
from .sources import Alias, Source


class Marks(msgspec.Struct, frozen=True):
    """A parameter's marks.

    :param annotation: the annotation without them.
    :param source: where the value comes from, ``None`` where the annotation doesn't say.
    :param alias: the name by which it is sent, ``None`` for the parameter's own.
    """

    annotation: Any
    source: Source | None = None
    alias: str | None = None


def marks_of(annotation: Any, where: str) -> Marks:
    """The marks of a parameter's annotation, whatever names they stand behind.

    Those in a union (``Query[int] | None``) are the union's.

    :param annotation: the annotation, evaluated.
    :param where: the entry and the parameter, for errors.
    :raises EntryError: for two marks of one kind that differ.
    """
    if type(annotation) is type:
        return Marks(annotation)
    plain, metadata = peeled(annotation)
    sources = [mark for mark in metadata if isinstance(mark, Source)]
    aliases = [mark.name for mark in metadata if isinstance(mark, Alias)]
    _refuse_fields(metadata, where)
    if is_union(plain):
        members = [marks_of(member, where) for member in get_args(plain)]
        sources += [one.source for one in members if one.source]
        aliases += [one.alias for one in members if one.alias]
        bare: Any = Union[tuple(one.annotation for one in members)]  # noqa: UP007
    else:
        bare = plain
    if not sources and not aliases:
        return Marks(annotation)
    others = tuple(mark for mark in metadata if not is_mark(mark))
    return Marks(
        with_metas(bare, others),
        _one(sources, where),
        _one(aliases, where),
    )


def is_mark(metadata: Any) -> bool:
    """Whether it is a mark of a parameter, which says nothing of its values."""
    return isinstance(metadata, Source | Alias)


def refuse_marks(metadata: Iterable[Any], where: str) -> None:
    """Refuse a parameter's mark in what the parameter holds, where nobody reads it.

    :raises EntryError: naming the mark.
    """
    for mark in filter(is_mark, metadata):
        raise EntryError(
            f"{where}: {mark!r} in its annotation is said of a part: it can be said of the whole "
            "parameter alone; a field's name is msgspec.field(name=...)"
        )


def _refuse_fields(metadata: Iterable[Any], where: str) -> None:
    """Refuse a name that Pydantic reads in its models alone."""
    for mark in filter(is_pydantic_s, metadata):
        alias = getattr(mark, "validation_alias", None) or getattr(mark, "alias", None)
        if alias is not None:
            raise EntryError(
                f"{where}: the alias {alias!r} of a Field is one of a model's fields: write "
                "Annotated[..., Alias(name)] with Alias of coworks_runtime"
            )


def _one(marks: list[Any], where: str) -> Any:
    several = list(dict.fromkeys(marks))
    if len(several) > 1:
        shown = " and ".join(map(repr, several))
        raise EntryError(f"{where}: its annotation says {shown}: it can be one of them")
    return several[0] if several else None
