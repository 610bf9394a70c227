"""What a return annotation says of an entry's answers. Pure."""

from __future__ import annotations

import types
from collections.abc import AsyncIterable, Iterable, Iterator, Mapping
from enum import Enum
from inspect import Parameter
from typing import Any, ForwardRef, Literal, Never, NoReturn, TypeVar, Union, get_args, get_origin

import msgspec
from werkzeug.wrappers import Response

from coworks_runtime.errors import EntryError

from .annotations import (
    has_fields,
    is_named_tuple,
    is_pydantic,
    is_union,
    origin_of,
    peeled,
    recursive_alias,
)
from .no_types import why_no_type

Kind = Literal["json", "text", "binary", "none", "unknown"]
_BINARY = (bytes, bytearray, memoryview)
_ANYTHING = (Parameter.empty, Any, object, NoReturn, Never)
_MERGED = ("json", "text")


class Returned(msgspec.Struct, frozen=True):
    """Answers of one status and one kind.

    :param status: the HTTP status.
    :param kind: what the body is; ``unknown`` where the annotation doesn't tell, since it is a
        response object, a stream or missing.
    :param annotation: the annotation of a JSON body; of texts, the literals that they are if they
        are; of what is unknown, the class that says so.
    :param is_any_status: whether the status may be another one too: ``tuple[Order, int]``.
    """

    status: int
    kind: Kind
    annotation: Any = Any
    is_any_status: bool = False

    @property
    def choices(self) -> tuple[str, ...]:
        """The only texts that there are; empty where there may be any."""
        if self.kind != "text" or self.annotation is Any:
            return ()
        members = get_args(self.annotation) if is_union(self.annotation) else (self.annotation,)
        return tuple(text for member in members for text in get_args(member))


def returned_of(
    annotation: Any, status: int | None, *, where: str = "an entry", is_stream: bool = False
) -> tuple[Returned, ...]:
    """The answers that a return annotation describes, sorted by status.

    :param annotation: the annotation, evaluated; :data:`inspect.Signature.empty` without one.
    :param status: the status that ``@entry`` declares.
    :param where: what errors call the entry.
    :param is_stream: whether what can be iterated is sent piece by piece, and is no JSON.
    :raises EntryError: for an annotation that is no type of a value.
    """
    if recursive_alias(annotation) is not None:
        return (Returned(status or 200, "unknown"),)
    _check(annotation, where)
    found = list(_returned(annotation, status, is_alone=not is_union(peeled(annotation)[0])))
    if is_stream:
        found = [_as_pieces(one) for one in found]
    annotations: dict[tuple[int, Kind], list[Any]] = {}
    for one in found:
        annotations.setdefault((one.status, one.kind), []).append(one.annotation)
    open_ = {(one.status, one.kind) for one in found if one.is_any_status}
    several = [
        Returned(
            status,
            kind,
            _union(of) if kind in _MERGED else annotation,
            is_any_status=(status, kind) in open_,
        )
        for (status, kind), of in annotations.items()
        for annotation in ([None] if kind in _MERGED else dict.fromkeys(of))
    ]
    return tuple(sorted(several, key=lambda one: one.status))


def _check(annotation: Any, where: str) -> None:
    """Refuse what can't be the type of an answer: nobody looks at it before it is asked for."""
    plain, _ = peeled(annotation)
    reason = why_no_type(plain, is_answer=True)
    if reason is None and isinstance(plain, list | tuple | dict | set):
        reason = f"{plain!r} is no type; a list of integers, for example, is list[int]"
    if reason is not None and not isinstance(plain, str | ForwardRef):
        raise EntryError(f"{where}, its return annotation: {reason}")
    if is_union(plain) or (origin_of(plain) is tuple and get_args(plain)):
        for member in get_args(plain):
            _check(member, where)


def _as_pieces(returned: Returned) -> Returned:
    """What is sent piece by piece, where a whole would be JSON."""
    plain, _ = peeled(returned.annotation)
    origin = origin_of(plain)
    if (
        returned.kind == "json"
        and isinstance(origin, type)
        and issubclass(origin, Iterable)
        and not (issubclass(origin, Mapping | Enum) or has_fields(origin) or is_pydantic(origin))
    ):
        return msgspec.structs.replace(returned, kind="unknown", annotation=plain)
    return returned


def _union(annotations: list[Any]) -> Any:
    if Any in annotations:
        return Any
    return Union[tuple(annotations)]  # noqa: UP007


def _returned(annotation: Any, status: int | None, *, is_alone: bool) -> Iterator[Returned]:
    plain, _ = peeled(annotation)
    origin = origin_of(plain)
    if is_union(plain):
        for member in get_args(plain):
            yield from _returned(member, status, is_alone=False)
    elif plain in {None, types.NoneType}:
        # With other answers beside it the declared status is theirs.
        yield Returned(status if status and is_alone else 204, "none")
    elif origin is tuple and not is_named_tuple(origin):
        yield from _of_tuple(get_args(plain), status)
    elif origin is Literal:
        yield from _of_literals(get_args(plain), status, is_alone=is_alone)
    else:
        kind = _kind(plain, origin)
        annotations = {"json": annotation, "unknown": plain}
        yield Returned(status or 200, kind, annotations.get(kind, Any))


def _of_literals(
    choices: tuple[Any, ...], status: int | None, *, is_alone: bool
) -> Iterator[Returned]:
    """The answers of literals: texts are no JSON, though numbers and members of an Enum are."""
    texts = tuple(c for c in choices if isinstance(c, str) and not isinstance(c, Enum))
    others = tuple(c for c in choices if c not in texts and c is not None)
    json = tuple(c for c in others if not isinstance(c, bytes))
    if texts:
        yield Returned(status or 200, "text", Literal[texts])
    if json:
        yield Returned(status or 200, "json", Literal[json])
    if len(json) < len(others):
        yield Returned(status or 200, "binary")
    if None in choices:
        yield from _returned(None, status, is_alone=is_alone)


def _of_tuple(members: tuple[Any, ...], status: int | None) -> Iterator[Returned]:
    """The answers of ``tuple[body, status]``, with headers or without, as Flask takes them."""
    if len(members) not in {2, 3} or Ellipsis in members:
        yield Returned(status or 200, "unknown")
        return
    declared, is_open = _statuses(members[1], is_alone=len(members) == 2)
    for one in declared or (status or 200,):
        for returned in _returned(members[0], one, is_alone=True):
            yield msgspec.structs.replace(returned, is_any_status=is_open)


def _statuses(annotation: Any, *, is_alone: bool) -> tuple[tuple[int, ...], bool]:
    """The statuses that the second item of a tuple says, and whether it may be any.

    :param is_alone: whether it may be headers, since no third item is.
    """
    plain, _ = peeled(annotation)
    members = [peeled(m)[0] for m in (get_args(plain) if is_union(plain) else (plain,))]
    choices = [c for m in members if get_origin(m) is Literal for c in get_args(m)]
    declared = tuple(int(str(c)[:3]) if isinstance(c, str) else int(c) for c in choices)
    others = [m for m in members if get_origin(m) is not Literal]
    if is_alone:
        others = [
            m for m in others if m is Any or (isinstance(m, type) and issubclass(m, int | str))
        ]
    return declared, bool(others)


def _kind(plain: Any, origin: Any) -> Kind:
    # A text is what type checkers alone know.
    if plain in _ANYTHING or isinstance(plain, TypeVar | str | ForwardRef):
        return "unknown"
    if isinstance(origin, type) and not is_named_tuple(origin):
        if issubclass(origin, str) and not issubclass(origin, Enum):
            return "text"
        if issubclass(origin, _BINARY):
            return "binary"
        if issubclass(origin, Response | Iterator | AsyncIterable | BaseException | tuple):
            return "unknown"
    return "json"
