"""Pydantic models, and what only Pydantic reads in an annotation. Pure; it is never imported here.

Whoever annotates with one of its models has imported it.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, get_args

import msgspec

from .annotations import is_pydantic, peeled
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


def validator_of(annotation: Any) -> Any:
    """What validates the values of an annotation."""
    if is_pydantic(annotation):
        return annotation.model_validate
    return sys.modules["pydantic"].TypeAdapter(annotation).validate_python


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


def pydantic_fields(model: Any) -> dict[str, Any]:
    """The annotations of a model's fields, by the names that JSON has for them."""
    return {field.alias or name: field.annotation for name, field in _model_fields(model).items()}


def _holds_decimal(annotation: Any, seen: set[Any]) -> bool:
    plain, _ = peeled(annotation)
    if plain is Decimal:
        return True
    inner = list(get_args(plain))
    if is_pydantic(plain) and plain not in seen:
        seen.add(plain)
        inner += [field.annotation for field in _model_fields(plain).values()]
    return any(_holds_decimal(part, seen) for part in inner)


def _model_fields(model: Any) -> dict[str, Any]:
    fields: dict[str, Any] = getattr(model, "model_fields", {})
    return fields
