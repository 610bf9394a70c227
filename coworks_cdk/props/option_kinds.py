"""The kind of values that are handed on to a construct of the CDK, as its keyword arguments."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from coworks_cdk.props.kinds import Kind, Unfit, of_type, shown


def options(struct: type, reserved: Mapping[str, str], *, of: str) -> Kind[dict[str, Any]]:
    """Keyword arguments of a construct.

    :param struct: the CDK's class of these arguments, which checks their types.
    :param reserved: what the construct sets itself, with what to use in its place.
    :param of: the construct, in words.
    """
    known = [name for name in inspect.signature(struct).parameters if name not in reserved]

    def read(given: object) -> dict[str, Any]:
        if not isinstance(given, Mapping):
            raise Unfit(shown(given), f"a mapping of {of}'s keyword arguments")
        for name in given:
            if name in reserved:
                raise Unfit(repr(name), reserved[name])
            if name not in known:
                raise Unfit(repr(name), _alternatives(name, known, of))
        values = {name: _for_the_cdk(value) for name, value in given.items()}
        try:
            struct(**values)
        except TypeError as error:
            raise Unfit(
                _wrong_type(error, given), f"the types of {of}'s keyword arguments"
            ) from None
        return values

    return Kind(Mapping[str, Any], read)


def _alternatives(name: object, known: list[str], of: str) -> str:
    close = get_close_matches(str(name), known, n=3)
    like = f", as {' or '.join(close)}" if close else ""
    return f"keyword arguments of {of}{like}"


def _wrong_type(error: TypeError, given: Mapping[str, Any]) -> str:
    # "type of argument NAME must be ...; got TYPE instead"
    name = next((name for name in given if f" {name} " in f"{error} "), None)
    return f"{name!r} with {of_type(given[name])}" if name else str(error)


def _for_the_cdk(value: Any) -> Any:
    """Lists in place of tuples, which the CDK doesn't take."""
    if isinstance(value, (list, tuple)):
        return [_for_the_cdk(item) for item in value]
    if isinstance(value, dict):
        return {key: _for_the_cdk(item) for key, item in value.items()}
    return value
