"""Flags in JSON schemas: their values are sums of members, which other schemas leave out. Pure."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from functools import reduce
from operator import or_
from typing import Any

from .annotations import is_pydantic, parts_of
from .pydantic_models import model_fields

_LISTED = 64


def flags_in(annotation: Any, seen: set[Any]) -> Iterator[type[enum.Flag]]:
    """The flags that an annotation is made of, in the fields of its classes too.

    :param annotation: the annotation, evaluated.
    :param seen: the models that need no further look; those met are added.
    """
    try:
        parts = parts_of(annotation)
    except (NameError, TypeError):
        return
    for part in parts:
        plain = part.annotation
        if isinstance(plain, type) and issubclass(plain, enum.Flag):
            yield plain
        elif is_pydantic(plain) and plain not in seen:
            seen.add(plain)
            for field in model_fields(plain).values():
                yield from flags_in(field.annotation, seen)


def with_sums(schema: dict[str, Any], flags: set[type[enum.Flag]]) -> dict[str, Any]:
    """The schema of an enumeration with all that its values may be, where it is one of these flags.

    :param schema: a schema that lists the members.
    :param flags: the flags that it may be of.
    """
    listed = schema.get("enum")
    flag = next((f for f in flags if f.__name__ == schema.get("title") and _lists(listed, f)), None)
    if flag is None:
        return schema
    words = ", ".join(f"{name} = {one.value}" for name, one in flag.__members__.items())
    about = "\n\n".join(filter(None, (schema.get("description"), f"A sum of {words}.")))
    title = {"title": schema["title"], "description": about}
    rest = {name: part for name, part in schema.items() if name not in {*title, "type", "enum"}}
    return {**title, "type": "integer", **_values(flag), **rest}


def _lists(listed: Any, flag: type[enum.Flag]) -> bool:
    if not isinstance(listed, list):
        return False
    return set(listed) in (
        {one.value for one in flag},
        {o.value for o in flag.__members__.values()},
    )


def _values(flag: type[enum.Flag]) -> dict[str, Any]:
    """What a schema says of the numbers that a flag takes."""
    if getattr(flag, "_boundary_", enum.STRICT) is not enum.STRICT:
        return {}  # any number: the class drops or keeps what no member has
    bits: int = reduce(or_, (one.value for one in flag.__members__.values()), 0)
    if bits & (bits + 1) and 1 << bits.bit_count() <= _LISTED:
        sums, last = [0], 0
        while last != bits:
            last = (last - bits) & bits  # the next number that has no other bits
            sums.append(last)
        return {"enum": sums}
    return {"minimum": 0, "maximum": bits}
