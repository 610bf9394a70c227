"""Whether an answer fits the annotation that describes it, told by the very JSON that goes out.

Only where answers are checked at all: on a developer's machine, and in tests.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, Literal, get_args, get_origin

import msgspec

from .annotations import is_pydantic, is_pydantic_value, is_union, origin_of, parts_of, peeled
from .constraints import is_pydantic_s, metas_of, rewritten, with_metas
from .conversion import ConversionError, conversion_error
from .converters import is_custom
from .pydantic_models import validated_answer
from .returns import returned_of

_WHERE = "the return annotation"
_items = msgspec.json.Decoder(list[msgspec.Raw])
_values = msgspec.json.Decoder(dict[str, msgspec.Raw])

Fits = Callable[[Any], Any]
"""Takes JSON, and raises what msgspec or a converter raises where it doesn't fit."""


class AnswerCheck:
    """What an entry's answers must be.

    :param annotation: the return annotation, evaluated.
    :param status: the status that ``@entry`` declares.
    :param where: what errors call the entry.
    """

    def __init__(self, annotation: Any, status: int | None, where: str = "an entry") -> None:
        self._returned = returned_of(annotation, status, where=where)
        self._is_open = any(returned.kind == "unknown" for returned in self._returned)
        self._fits = {r.status: fits(r.annotation) for r in self._returned if r.kind == "json"}
        self._any_status: dict[str, int] = {
            r.kind: r.status for r in self._returned if r.is_any_status
        }

    def problem(self, kind: str, status: int, body: bytes) -> str | None:
        """What is wrong with an answer, without any of its values.

        :param kind: what the body is, as :class:`~.returns.Returned` calls it.
        :param status: its status.
        :param body: its body.
        """
        if self._is_open:
            return None
        same_kind = [returned for returned in self._returned if returned.kind == kind]
        if not same_kind:
            return f"expected {_listed({r.kind for r in self._returned})}, got {kind}"
        if status not in {returned.status for returned in same_kind}:
            # What is said of every status is said of this one.
            status = self._any_status.get(kind, status)
        if status not in {returned.status for returned in same_kind}:
            return f"status: expected {_listed({r.status for r in same_kind})}, got {status}"
        if kind != "json":
            texts = next(r.choices for r in same_kind if r.status == status)
            is_one = not texts or body.decode() in texts
            return None if is_one else f"expected one of {', '.join(map(repr, texts))}"
        try:
            self._fits[status](body)
        except (msgspec.MsgspecError, ValueError, TypeError, ArithmeticError) as error:
            return _told(error)
        return None


def fits(annotation: Any) -> Fits:
    """What checks JSON against an annotation; nothing where no type is known to do so."""
    plain, metadata = peeled(annotation)
    if any(map(is_pydantic_s, metadata)) or is_pydantic(plain) or is_pydantic_value(plain):
        of_model = partial(validated_answer, annotation if metadata else plain)
        return lambda data: of_model(msgspec.json.decode(data))
    try:
        annotated = with_metas(rewritten(plain, _WHERE), metas_of(metadata, _WHERE))
        customs = _customs(plain)
        hook = partial(_of_custom, customs) if customs else None
        return msgspec.json.Decoder(annotated, dec_hook=hook).decode
    except (TypeError, NameError, ValueError):
        return _by_parts(plain)


def _by_parts(plain: Any) -> Fits:
    """The check of what msgspec doesn't take as a whole."""
    arguments = get_args(plain)
    origin = origin_of(plain)
    if is_union(plain):
        return partial(_any_of, [fits(member) for member in arguments])
    if get_origin(plain) is Literal:
        return partial(_one_of, [getattr(choice, "value", choice) for choice in arguments])
    if isinstance(origin, type) and issubclass(origin, Mapping):
        # A Counter names its keys alone: what it counts are numbers.
        return partial(_every, fits(arguments[1])) if len(arguments) == 2 else lambda _: None
    if isinstance(origin, type) and issubclass(origin, Iterable) and arguments:
        return partial(_each, fits(arguments[0]))
    return lambda _: None


def _customs(plain: Any) -> dict[Any, Any]:
    """What validates the types that msgspec doesn't know.

    :raises TypeError: for those that nothing validates.
    """
    customs: dict[Any, Any] = {}
    for part in parts_of(plain):
        if is_pydantic(part.annotation) or is_pydantic_value(part.annotation):
            customs[part.annotation] = partial(validated_answer, part.annotation)
        elif get_origin(part.annotation) is Literal:
            choices = get_args(part.annotation)
            if not all(type(choice) in {str, int, type(None)} for choice in choices):
                raise TypeError
        elif is_custom(part.annotation):
            raise TypeError
    return customs


def _of_custom(customs: Mapping[Any, Any], kind: Any, value: Any) -> Any:
    if kind not in customs:
        raise TypeError
    return customs[kind](value)


def _any_of(members: list[Fits], data: Any) -> None:
    reasons = []
    for member in members:
        try:
            member(data)
        except (msgspec.MsgspecError, ValueError, TypeError, ArithmeticError) as error:
            reasons.append(_told(error))
        else:
            return
    raise ConversionError(", or ".join(dict.fromkeys(reasons)))


def _one_of(choices: list[Any], data: Any) -> None:
    value = msgspec.json.decode(data)
    if not any(type(value) is type(choice) and value == choice for choice in choices):
        raise ConversionError(f"expected one of {', '.join(map(repr, choices))}")


def _each(item: Fits, data: Any) -> None:
    for position, value in enumerate(_items.decode(data)):
        _within(f"[{position}]", item, value)


def _every(item: Fits, data: Any) -> None:
    for name, value in _values.decode(data).items():
        _within(f".{name}" if name.isidentifier() else "[...]", item, value)


def _within(place: str, item: Fits, value: Any) -> None:
    try:
        item(value)
    except ConversionError as error:
        raise error.within(place) from error
    except (msgspec.MsgspecError, ValueError, TypeError, ArithmeticError) as error:
        raise conversion_error(error).within(place) from error


def _told(error: Exception) -> str:
    """A reason in the log's words: ``[1].id: expected int, got str``."""
    told = error if isinstance(error, ConversionError) else conversion_error(error)
    reason = told.reason.replace("`", "")
    place = told.place.lstrip(".")
    reason = reason[:1].lower() + reason[1:]
    return f"{place}: {reason}" if place else reason


def _listed(values: set[Any]) -> str:
    return " or ".join(sorted(map(str, values)))
