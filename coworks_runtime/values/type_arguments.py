"""What the type variables of a generic class stand for, in a class that extends it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, TypeVar, get_args, get_origin


def type_arguments(cls: type, name: str) -> Mapping[Any, Any]:
    """What type variables stand for in a method, which a generic base of a class may have.

    :param cls: the class of the object that has the method.
    :param name: the method's name.
    """
    if not hasattr(cls, "__orig_bases__"):
        return {}
    declares = next((one for one in cls.__mro__ if name in vars(one)), cls)
    return _seen_from(cls, declares)


def _seen_from(cls: type, base: type) -> dict[Any, Any]:
    """The arguments that a class gives a base, by way of those between them."""
    if cls is base:
        return {}
    for alias in vars(cls).get("__orig_bases__", cls.__bases__):
        origin = get_origin(alias) or alias
        if not (isinstance(origin, type) and issubclass(origin, base)):
            continue
        given = given_in(alias)
        if origin is base:
            return given
        return {variable: filled(of, given) for variable, of in _seen_from(origin, base).items()}
    return {}


def given_in(alias: Any, arguments: Mapping[Any, Any] = MappingProxyType({})) -> dict[Any, Any]:
    """What the type variables of a class stand for, by one use of it.

    :param alias: the use, as ``Page[User]``, or the class by itself.
    :param arguments: what the type variables of the use stand for.
    """
    variables = getattr(get_origin(alias) or alias, "__parameters__", ())
    given = [filled(argument, arguments) for argument in get_args(alias)]
    return dict(zip(variables, given, strict=False))


def filled(annotation: Any, arguments: Mapping[Any, Any]) -> Any:
    """An annotation whose type variables are replaced by what they stand for."""
    if isinstance(annotation, TypeVar):
        return arguments.get(annotation, annotation)
    variables = () if isinstance(annotation, type) else getattr(annotation, "__parameters__", ())
    if not any(variable in arguments for variable in variables):
        return annotation
    return annotation[tuple(arguments.get(variable, variable) for variable in variables)]
