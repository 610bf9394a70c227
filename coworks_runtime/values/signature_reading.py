"""Signatures that have to be evaluated: of decorated functions, generic classes and texts. Pure."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, get_type_hints

from coworks_runtime.errors import EntryError

from .plain import holds_text
from .type_arguments import filled

_UNREADABLE = (NameError, TypeError, ValueError, SyntaxError, AttributeError)


def read_signature(
    function: Callable[..., Any], where: str, type_arguments: Mapping[Any, Any]
) -> inspect.Signature:
    """A function's signature, its annotations evaluated.

    :param function: the function, decorated or not.
    :param where: what errors call the entry.
    :param type_arguments: what the type variables of its class stand for.
    :raises EntryError: for an annotation of a parameter that can't be evaluated.
    """
    known = {variable.__name__: variable for variable in type_arguments}
    return _filled(_read(function, where, known), type_arguments)


def _read(function: Callable[..., Any], where: str, known: Mapping[str, Any]) -> inspect.Signature:
    """A signature without texts in its parameters.

    What a function returns may be known to type checkers alone, and isn't asked for.
    """
    try:
        declared = _declared(function)
        inner: Any = inspect.unwrap(function)
    except (NameError, TypeError, ValueError) as error:
        raise EntryError(f"{where}: its annotations can't be read: {error}") from error
    own = {one.__name__: one for one in getattr(inner, "__type_params__", ())}
    names = {**known, **own}
    parameters = []
    for one in declared.parameters.values():
        try:
            annotation = _evaluated(one.annotation, inner, names)
        except _UNREADABLE as error:
            raise EntryError(
                f"{where}, parameter {one.name!r}: its annotation can't be read: {error}"
            ) from error
        parameters.append(one.replace(annotation=annotation))
    returned = declared.return_annotation
    with suppress(*_UNREADABLE):
        returned = _evaluated(returned, inner, names)
    return declared.replace(parameters=parameters, return_annotation=returned)


def _declared(function: Callable[..., Any]) -> inspect.Signature:
    library = sys.modules.get("annotationlib")
    if library is None:
        return inspect.signature(function)
    # From Python 3.14 on: what nobody knows is a text then, and no error.
    signature: Any = inspect.signature
    read: inspect.Signature = signature(function, annotation_format=library.Format.FORWARDREF)
    return read


def _evaluated(annotation: Any, function: Any, names: dict[str, Any]) -> Any:
    """An annotation whose texts are what they stand for, where its function is declared."""

    def holder() -> None:
        """What has the annotation, to Python's own functions."""

    space = getattr(function, "__globals__", {})
    holder.__annotations__ = {"it": annotation}
    if isinstance(annotation, str):
        found = inspect.get_annotations(holder, globals=space, locals=names, eval_str=True)
        holder.__annotations__ = found
        annotation = found["it"]
    if not holds_text(annotation):
        return annotation
    return get_type_hints(holder, space, names, include_extras=True)["it"]


def _filled(signature: inspect.Signature, arguments: Mapping[Any, Any]) -> inspect.Signature:
    """A signature whose type variables are replaced by what they stand for."""
    if not arguments:
        return signature
    parameters = [
        one.replace(annotation=filled(one.annotation, arguments))
        for one in signature.parameters.values()
    ]
    returned = filled(signature.return_annotation, arguments)
    return signature.replace(parameters=parameters, return_annotation=returned)
