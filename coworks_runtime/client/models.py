"""Pydantic's models between a caller and a service: sent as they are read, read as they are written.

A model may write other names than it reads, and what it never reads.
"""

from __future__ import annotations

from decimal import Decimal
from types import NoneType
from typing import Any, get_args

import msgspec

from coworks_runtime.values.annotations import (
    is_collection,
    is_pydantic,
    is_union,
    origin_of,
    peeled,
)
from coworks_runtime.values.encoding import json_types
from coworks_runtime.values.pydantic_models import model_fields, read_names


def as_read(value: Any) -> Any:
    """A value whose models are what their classes read, which may write something else.

    :param value: a model, or what holds models in lists and dicts.
    """
    if is_pydantic(type(value)):
        return _fields_as_read(value)
    if isinstance(value, dict):
        return {name: as_read(part) for name, part in value.items()}
    if isinstance(value, list | tuple | set | frozenset) and not hasattr(value, "_fields"):
        return [as_read(part) for part in value]
    if isinstance(value, msgspec.Struct) or hasattr(type(value), "__dataclass_fields__"):
        return msgspec.to_builtins(value, builtin_types=(Decimal,), enc_hook=_part_as_read)
    secret = getattr(value, "get_secret_value", None)
    return value if secret is None else secret()


def _part_as_read(value: Any) -> Any:
    read = as_read(value)
    return json_types(value) if read is value else read


def _fields_as_read(model: Any) -> Any:
    fields = model_fields(type(model))
    if hasattr(model, "root") and list(fields) == ["root"]:
        return as_read(model.root)
    values = {
        next(iter(read_names(name, field))): as_read(getattr(model, name))
        for name, field in fields.items()
    }
    return values | as_read(getattr(model, "model_extra", None) or {})


def read_back(annotation: Any, value: Any) -> Any:
    """What a model reads, of the JSON that it has written.

    :param annotation: what the value was, a model or what holds models.
    :param value: JSON's value.
    """
    plain, _ = peeled(annotation)
    arguments = [one for one in get_args(plain) if one is not NoneType]
    if is_pydantic(plain) and isinstance(value, dict):
        return _model_read_back(plain, value)
    if is_union(plain) and len(arguments) == 1:
        return read_back(arguments[0], value)
    if is_collection(plain) and arguments and isinstance(value, list):
        return [read_back(arguments[0], part) for part in value]
    if origin_of(plain) is dict and arguments and isinstance(value, dict):
        return {name: read_back(arguments[1], part) for name, part in value.items()}
    return value


def _model_read_back(model: Any, value: dict[str, Any]) -> dict[str, Any]:
    computed = getattr(model, "model_computed_fields", {})
    left_out = {field.alias or name for name, field in computed.items()}
    rest = {name: part for name, part in value.items() if name not in left_out}
    fields: dict[str, Any] = {}
    for name, field in model_fields(model).items():
        written = field.serialization_alias or name
        if written in rest:
            read = read_names(name, field)[0]
            fields[read] = read_back(field.annotation, rest.pop(written))
    return rest | fields
