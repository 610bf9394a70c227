"""Pydantic models, and what only Pydantic reads in an annotation. Pure; it is never imported here.

Whoever annotates with one of its models has imported it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import partial
from typing import Any, get_args

import msgspec

from .annotations import is_collection, is_pydantic, is_structured, is_union, peeled
from .compounds import form_fields
from .conversion import NOT_A_NUMBER, ConversionError, Converter, read_json
from .finite import holds_no_number

_exact: msgspec.json.Decoder[Any] = msgspec.json.Decoder(float_hook=Decimal)


class PydanticConverter(Converter):
    """What Pydantic validates.

    :param annotation: a model, or an annotation with demands that only Pydantic knows.
    :param reads_json: whether text is read as JSON.
    :param many: whether several values may be given.
    :param fields: the converters of a model's fields, by the names that JSON has for them.
    """

    def __init__(
        self,
        annotation: Any,
        *,
        reads_json: bool,
        many: bool = False,
        fields: Mapping[str, Converter] | None = None,
    ) -> None:
        self._validate = validator_of(annotation)
        self._reads_json = reads_json
        self._fields = fields or {}
        self.is_exact = _holds_decimal(annotation, set())
        self.many = many
        self.is_text = not (reads_json or many)

    def one(self, value: Any) -> Any:
        """Convert one value."""
        if self._reads_json and isinstance(value, str):
            value = read_json(value)
        return validated(self._validate, value)

    def several(self, values: list[Any]) -> Any:
        """Convert the values under one name."""
        return validated(self._validate, [*values]) if self.many else super().several(values)

    def from_form(self, values: Mapping[str, list[Any]]) -> Any:
        """Convert all values of a form."""
        return self.one(form_fields(self._fields, values))

    def from_json(self, data: bytes | msgspec.Raw) -> Any:
        """Convert JSON."""
        return self.one(_exact.decode(data) if self.is_exact else msgspec.json.decode(data))


def validator_of(annotation: Any) -> Callable[[Any], Any]:
    """What validates the values of an annotation."""
    if is_pydantic(annotation):
        in_json = getattr(annotation, "model_validate_json", None)
        return partial(_validated, annotation.model_validate, in_json)
    adapter = _adapter(annotation)
    return partial(_validated, adapter.validate_python, adapter.validate_json)


def _validated(in_python: Any, in_json: Any, value: Any) -> Any:
    try:
        return in_python(value)
    except ValueError as error:
        refused = error
    if in_json is None:
        raise refused
    try:
        # A strict model takes dates and the like as texts in JSON alone.
        return in_json(msgspec.json.encode(value))
    except (ValueError, TypeError):
        raise refused from None


def _adapter(annotation: Any) -> Any:
    return sys.modules["pydantic"].TypeAdapter(annotation)


def validated_answer(annotation: Any, value: Any) -> Any:
    """What an answer in JSON is, that Pydantic has written.

    A model may write other fields than it reads: under another alias, computed ones, or none of
    those that are excluded. Nothing reads these back, and they pass.

    :raises ConversionError: where a model that reads what it writes wouldn't read the answer.
    """
    try:
        return validated(validator_of(annotation), value)
    except ConversionError:
        if not _writes_otherwise(annotation):
            raise
    return annotation.model_construct() if is_pydantic(annotation) else value


def _writes_otherwise(annotation: Any) -> bool:
    schema = annotation.model_json_schema if is_pydantic(annotation) else None
    try:
        schema = schema or _adapter(annotation).json_schema
        written, read = (_shape(schema(mode=mode)) for mode in ("serialization", "validation"))
    except (ValueError, TypeError):
        return True  # it has types that no schema describes
    return bool(written != read)


def _shape(schema: Any) -> Any:
    """A schema without what defaults make of it: a field that has one is always written."""
    if isinstance(schema, dict):
        return {n: _shape(part) for n, part in schema.items() if n not in {"required", "default"}}
    return [_shape(part) for part in schema] if isinstance(schema, list) else schema


def validated(validate: Any, value: Any) -> Any:
    """A value that Pydantic has validated.

    :raises ConversionError: where it doesn't fit.
    """
    try:
        result = validate(value)
    except (ValueError, TypeError, ArithmeticError, RecursionError) as error:
        raise _conversion_error(error) from error
    if holds_no_number(result):
        raise ConversionError(NOT_A_NUMBER)
    return result


def _conversion_error(error: BaseException) -> ConversionError:
    errors = getattr(error, "errors", None)
    if errors is None:
        return ConversionError("Invalid value")
    details = errors(include_url=False, include_input=False, include_context=False)
    if len(details) == 1:
        return ConversionError(details[0]["msg"], _place(details[0]["loc"]))
    return ConversionError(
        ", ".join(str(ConversionError(d["msg"], _place(d["loc"]))) for d in details)
    )


def _place(location: tuple[str | int, ...]) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)


class FieldReader(Converter):
    """Reads a field of a form for a model, which judges it: text, several, or JSON.

    :param annotation: the field's annotation.
    """

    def __init__(self, annotation: Any) -> None:
        plain, _ = peeled(annotation)
        members = [peeled(m)[0] for m in (get_args(plain) if is_union(plain) else (plain,))]
        self.many = any(map(is_collection, members))
        self._reads_json = any(map(is_structured, members))

    def several(self, values: list[Any]) -> Any:
        """Read the values under one name."""
        if self.many:
            return [*values]
        value = super().several(values)
        if self._reads_json and isinstance(value, str):
            try:
                return read_json(value)
            except ConversionError:
                return value
        return value


def field_readers(model: Any) -> dict[str, Converter]:
    """What reads a model's fields from a form, by all the names that they may have there."""
    readers: dict[str, Converter] = {}
    for name, field in model_fields(model).items():
        readers |= dict.fromkeys(read_names(name, field), FieldReader(field.annotation))
    return readers


def _holds_decimal(annotation: Any, seen: set[Any]) -> bool:
    plain, _ = peeled(annotation)
    if plain is Decimal:
        return True
    inner = list(get_args(plain))
    if is_pydantic(plain) and plain not in seen:
        seen.add(plain)
        inner += [field.annotation for field in model_fields(plain).values()]
    return any(_holds_decimal(part, seen) for part in inner)


def read_names(name: str, field: Any) -> list[str]:
    """The names that a model reads a field by, those first that it always does."""
    alias = getattr(field, "validation_alias", None)
    names = [*getattr(alias, "choices", ()), alias, field.alias, name]
    return [one for one in names if isinstance(one, str)]


def model_fields(model: Any) -> dict[str, Any]:
    """The fields of a model, by its own names."""
    fields: dict[str, Any] = getattr(model, "model_fields", {})
    return fields
