"""From a value to JSON that the converters read back. Pure.

msgspec writes it in one step. What it can't write at once, or would write as what is no number, is
taken apart first: :func:`encode` is right for all of it.
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from decimal import Decimal
from typing import Any

import msgspec

_TEXTS = frozenset({"ipaddress", "pathlib"})
_FAILURES = (TypeError, ValueError, AttributeError, ArithmeticError, RecursionError)


class UnencodableError(TypeError):
    """Nothing encodes a value.

    :param place: where it stands in the whole: ``[1].price``, ``""`` for the whole itself.
    :param kind: the name of its type.
    """

    def __init__(self, place: str, kind: str) -> None:
        super().__init__(f"nothing encodes {_shown(place)}, which is of type {kind}")
        self.place = place
        self.kind = kind


def json_types(value: Any) -> Any:
    """What stands in JSON for a value that msgspec doesn't know.

    :raises TypeError: where there is nothing.
    """
    for base in (str, int, float):
        if isinstance(value, base):
            return base(value) if base is not str else str.__str__(value)
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json", by_alias=True)
    if hasattr(type(value), "__get_pydantic_core_schema__") and "pydantic" in sys.modules:
        # Its own classes, that are no models: a URL, a secret, which goes out masked.
        return sys.modules["pydantic"].TypeAdapter(type(value)).dump_python(value, mode="json")
    if isinstance(value, Mapping):
        return dict(value)
    if type(value).__module__.partition(".")[0] in _TEXTS:
        return str(value)
    if isinstance(value, AbstractSet | Sequence) or type(value).__name__ == "deque":
        return list(value)
    if hasattr(value, "__html__"):
        return str(value.__html__())
    raise TypeError(f"nothing encodes a {type(value).__qualname__}")


_sorted = msgspec.json.Encoder(enc_hook=json_types, order="deterministic")
_unsorted = msgspec.json.Encoder(enc_hook=json_types)


def encode(value: Any, *, sort_keys: bool = True) -> bytes:
    """Encode a value as JSON: dates in RFC 3339, Decimals as text, NaN and Infinity as null.

    :param value: the value, of the types that parameters take, and of those made of them.
    :param sort_keys: whether dicts go out sorted by their keys, and sets by their values.
    :raises UnencodableError: for a value that holds what nothing encodes.
    """
    encoder = _sorted if sort_keys else _unsorted
    if isinstance(value, dict):
        value = _by_its_items(value)
    try:
        data = encoder.encode(value)
    except _FAILURES:
        data = b"NaN"
    if b"NaN" in data or b"Infinity" in data:
        # A Decimal may be none, a key no text, a part of no type that msgspec knows; or a text
        # may say so.
        return _encode_apart(value, encoder)
    return data


def _by_its_items(value: dict[Any, Any]) -> dict[Any, Any]:
    """A mapping as its own ``items`` tell it, and those that it holds: ``request.args``, say.

    msgspec reads what a dict stores, whatever a subclass makes of it.
    """
    if type(value).items is not dict.items:
        value = dict(value.items())
    for part in value.values():
        if isinstance(part, dict) and type(part).items is not dict.items:
            return {n: dict(p.items()) if isinstance(p, dict) else p for n, p in value.items()}
    return value


def _encode_apart(value: Any, encoder: msgspec.json.Encoder) -> bytes:
    try:
        parts = msgspec.to_builtins(value, builtin_types=(Decimal,), enc_hook=json_types)
        return encoder.encode(_repaired(parts))
    except _FAILURES:
        place, kind = _culprit(value, encoder, "", set())
    # Without a cause, which might hold the value.
    raise UnencodableError(place, kind)


def _repaired(value: Any) -> Any:
    if isinstance(value, dict):
        return {_key(name): _repaired(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_repaired(part) for part in value]
    return None if isinstance(value, Decimal) and not value.is_finite() else value


def _key(name: Any) -> str:
    """The text that stands for a key, as in the standard library's JSON."""
    if name is None or isinstance(name, bool):
        return msgspec.json.encode(name).decode()
    return str(next(iter(msgspec.to_builtins({name: 0}, str_keys=True, enc_hook=json_types))))


def _culprit(
    value: Any, encoder: msgspec.json.Encoder, place: str, seen: set[int]
) -> tuple[str, str]:
    """The place and the type of the first part that nothing encodes."""
    if id(value) not in seen:
        for name, part in _parts(value):
            if not _is_encodable(part, encoder):
                return _culprit(part, encoder, place + name, {*seen, id(value)})
    return place, type(value).__qualname__


def _is_encodable(value: Any, encoder: msgspec.json.Encoder) -> bool:
    try:
        encoder.encode(value)
    except _FAILURES:
        try:
            encoder.encode(_repaired(msgspec.to_builtins(value, enc_hook=json_types)))
        except _FAILURES:
            return False
    return True


def _parts(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for name, part in value.items():
            is_word = isinstance(name, str) and name.isidentifier()
            yield f".{name}" if is_word else "[...]", part
    elif isinstance(value, list | tuple | AbstractSet):
        for position, part in enumerate(value):
            yield f"[{position}]", part
    elif isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            yield f".{name}", getattr(value, name, None)
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield f".{field.name}", getattr(value, field.name, None)


def _shown(place: str) -> str:
    return place.lstrip(".") or "the value"
