"""What a return annotation says of an entry's answers. Pure."""

from __future__ import annotations

import types
from collections.abc import Iterator
from enum import Enum
from inspect import Parameter
from typing import Any, Literal, NoReturn, Union, get_args, get_origin

import msgspec
from werkzeug.wrappers import Response

from .annotations import is_named_tuple, is_union, origin_of, peeled

Kind = Literal["json", "text", "binary", "none", "unknown"]
_BINARY = (bytes, bytearray, memoryview)


class Returned(msgspec.Struct, frozen=True):
    """Answers of one status and one kind.

    :param status: the HTTP status.
    :param kind: what the body is; ``unknown`` where the annotation doesn't tell, since it is a
        response object, a stream or missing.
    :param annotation: the annotation of a JSON body.
    """

    status: int
    kind: Kind
    annotation: Any = Any


def returned_of(annotation: Any, status: int | None) -> tuple[Returned, ...]:
    """The answers that a return annotation describes, sorted by status.

    :param annotation: the annotation, evaluated; :data:`inspect.Signature.empty` without one.
    :param status: the status that ``@entry`` declares.
    """
    found = list(_returned(annotation, status, is_alone=not is_union(peeled(annotation)[0])))
    json: dict[int, list[Any]] = {}
    for one in found:
        if one.kind == "json":
            json.setdefault(one.status, []).append(one.annotation)
    merged = [Returned(s, "json", Union[tuple(members)]) for s, members in json.items()]  # noqa: UP007
    others = [one for one in dict.fromkeys(found) if one.kind != "json"]
    return tuple(sorted([*merged, *others], key=lambda one: one.status))


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
    else:
        kind = _kind(plain, origin)
        yield Returned(status or 200, kind, annotation if kind == "json" else Any)


def _of_tuple(members: tuple[Any, ...], status: int | None) -> Iterator[Returned]:
    """The answers of ``tuple[body, status]``, with headers or without, as Flask takes them."""
    if len(members) not in {2, 3} or Ellipsis in members:
        yield Returned(status or 200, "unknown")
        return
    second = peeled(members[1])[0]
    declared = get_args(second) if get_origin(second) is Literal else ()
    for one in declared or (status or 200,):
        yield from _returned(members[0], int(one), is_alone=True)


def _kind(plain: Any, origin: Any) -> Kind:
    if plain in {Parameter.empty, Any, NoReturn}:
        return "unknown"
    if isinstance(origin, type):
        if issubclass(origin, str) and not issubclass(origin, Enum):
            return "text"
        if issubclass(origin, _BINARY):
            return "binary"
        if issubclass(origin, Response | Iterator | BaseException | tuple):
            return "unknown"
    return "json"
