"""What a parameter's annotation says of where its value comes from, and under which name. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import Annotated, Any, TypeVar, Union, get_args

import msgspec

from coworks_runtime.errors import EntryError

from .annotations import is_union, peeled
from .constraints import is_pydantic_s, with_metas

T = TypeVar("T")


class Source(Enum):
    """The mark that :data:`Body` and :data:`Query` leave in an annotation."""

    BODY = "body"
    QUERY = "query"

    def __repr__(self) -> str:
        return self.value


Body = Annotated[T, Source.BODY]
"""The whole body of a request: ``item: Body[Item]``. Type checkers see ``Item``."""

Query = Annotated[T, Source.QUERY]
"""A value of the query, on any method: ``dry: Query[bool] = False``. Type checkers see ``bool``."""


class Alias(msgspec.Struct, frozen=True):
    """The name by which a parameter's value is sent, where Python can't spell it.

    .. code-block:: python

        def get_order(self, *, user: Annotated[int, Alias("user-id")]): ...
        def post_order(self, *, kind: Query[Annotated[str, Alias("class")]] = "a"): ...

    The parameter's own name is unknown to callers then. For a field of a ``Struct`` it is
    ``msgspec.field(name="user-id")``.

    :param name: the name in the query, the form or the JSON body.
    :raises EntryError: for a name that is no text, or an empty one.
    """

    name: str

    def __post_init__(self) -> None:
        """Refuse what can't be sent."""
        name: object = self.name
        if not isinstance(name, str) or not name:
            raise EntryError(f"Alias({self.name!r}): must be the name by which the value is sent")


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
