"""Signatures that have to be evaluated: of decorated functions, generic classes and texts. Pure."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from types import FunctionType
from typing import Any

from coworks_runtime.errors import EntryError

from .type_arguments import filled


def read_signature(
    function: Callable[..., Any], where: str, type_arguments: Mapping[Any, Any]
) -> inspect.Signature:
    """A function's signature, its annotations evaluated.

    :param function: the function, decorated or not.
    :param where: what errors call the entry.
    :param type_arguments: what the type variables of its class stand for.
    :raises EntryError: for an annotation of a parameter that can't be evaluated.
    """
    return _filled(_read(function, where), type_arguments)


def _read(function: Callable[..., Any], where: str) -> inspect.Signature:
    try:
        try:
            return inspect.signature(function, eval_str=True)
        except NameError:
            # What the function returns may be known to type checkers alone, and isn't asked for.
            return inspect.signature(_without_return(function), eval_str=True)
    except (NameError, TypeError, ValueError, SyntaxError, AttributeError) as error:
        raise EntryError(f"{where}: its annotations can't be read: {error}") from error


def _without_return(function: Callable[..., Any]) -> FunctionType:
    """A function like another, but for its return annotation."""
    inner: Any = inspect.unwrap(function)
    copy = FunctionType(
        inner.__code__, inner.__globals__, inner.__name__, inner.__defaults__, inner.__closure__
    )
    copy.__kwdefaults__ = inner.__kwdefaults__
    copy.__annotations__ = {n: of for n, of in inner.__annotations__.items() if n != "return"}
    return copy


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
