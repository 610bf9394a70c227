"""Annotations that are no types of values, though Python has them for other places, and why. Pure."""

from __future__ import annotations

from types import FunctionType
from typing import Any, ForwardRef, get_args

from .annotations import origin_of

_KEY = "it is said of a key of a TypedDict"
_GUARD = "it is said of what a function that tells types apart returns, which is a bool"
_DECORATOR = "it is for functions that take functions"
_SEVERAL = "no request tells what it stands for"
_NOBODY = "nothing is a value of it"
_BASE = "it is for classes that extend it"
_ALONE = "it says nothing without arguments"
_REASONS = {
    "Final": "Python has it for names of a module, a class or a function, not for what a function "
    "takes or returns",
    "ClassVar": "Python has it for the attributes of a class",
    "InitVar": "it is said of a field of a dataclass",
    "Required": _KEY,
    "NotRequired": f"{_KEY}, and a parameter that may be missing has a default",
    "ReadOnly": _KEY,
    "Self": "no request holds the service",
    "Never": _NOBODY,
    "NoReturn": _NOBODY,
    "TypeGuard": _GUARD,
    "TypeIs": _GUARD,
    "TypeAlias": "it is said of a name that stands for a type, which is the annotation",
    "TypeForm": "no request holds a type",
    "Concatenate": _DECORATOR,
    "ParamSpec": _DECORATOR,
    "ParamSpecArgs": _DECORATOR,
    "ParamSpecKwargs": _DECORATOR,
    "TypeVarTuple": _SEVERAL,
    "Unpack": "it stands for several parameters: declare each, or annotate *args and **kwargs with "
    "the type of one of their values",
    "LiteralString": "what a request holds is written in no source code, take str",
    "Generic": _BASE,
    "Protocol": _BASE,
    "NamedTuple": _BASE,
    "TypedDict": _BASE,
    "Annotated": _ALONE,
    "Union": _ALONE,
    "Optional": _ALONE,
    "Literal": _ALONE,
}
_QUALIFIERS = frozenset({"Final", "ClassVar", "Required", "NotRequired", "ReadOnly"})
_KINDS = frozenset({"InitVar", "ParamSpec", "ParamSpecArgs", "ParamSpecKwargs", "TypeVarTuple"})
_OF_ANSWERS = frozenset({"Never", "NoReturn", "LiteralString"})
_MODULES = frozenset({"typing", "typing_extensions", "dataclasses"})


def why_no_type(annotation: Any, *, is_answer: bool = False) -> str | None:
    """Why an annotation is no type of a value; ``None`` where it may be one.

    :param annotation: the annotation, peeled.
    :param is_answer: whether it is said of what a function returns.
    """
    if isinstance(annotation, str | ForwardRef):
        text = getattr(annotation, "__forward_arg__", annotation)
        return (
            f"{text!r} in its annotation names no type that is known here, or one that is made of "
            "itself: take Any, or a dataclass, a msgspec.Struct or a Pydantic model"
        )
    name = _word(annotation)
    if name is None or (is_answer and name in _OF_ANSWERS):
        return None
    allowed = get_args(annotation)[:1] if name in _QUALIFIERS else ()
    instead = f"; annotate with {shown(allowed[0])}" if allowed else ""
    return f"{shown(annotation)} is no type of a value: {_REASONS[name]}{instead}"


def shown(annotation: Any) -> str:
    """An annotation as it is written, but for the modules of words that everybody knows."""
    is_named = isinstance(annotation, type | FunctionType)
    text: str = annotation.__qualname__ if is_named else repr(annotation)
    for module in _MODULES:
        text = text.replace(f"{module}.", "")
    return text


def _word(annotation: Any) -> str | None:
    """The word of ``typing`` that an annotation is, alone or with arguments, if it is one of those."""
    if getattr(annotation, "__unpacked__", False):
        return "Unpack"
    kind = type(annotation)
    if kind.__name__ in _KINDS and kind.__module__ in _MODULES:
        return kind.__name__
    word = origin_of(annotation)
    if not {getattr(word, "__module__", None), type(word).__module__} & _MODULES:
        return None
    name = getattr(word, "_name", None) or getattr(word, "__name__", None)
    if name not in _REASONS or (_REASONS[name] == _ALONE and get_args(annotation)):
        return None
    return str(name)
