"""From a function's signature to its arguments for one request. Pure."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from .converters import ConversionError, converter_of
from .errors import EntryError, InvalidParametersError

Kind = Literal["path", "greedy", "keyword", "any"]
_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of an entry.

    :param name: its name.
    :param kind: ``path`` for a segment, ``greedy`` for all that remain, ``keyword`` for a value of
        the query or the body, ``any`` for ``**kwargs``.
    :param required: whether a request without it is refused.
    :param type: its annotation as text, ``None`` without one.
    :param default: what the function gets where it isn't sent, ``None`` where it is required.
    """

    name: str
    kind: Kind
    required: bool
    type: str | None
    default: Any = None


class Signature:
    """An entry's parameters, and how a request's values become its arguments.

    :param function: the plain function, its first parameter the service or the blueprint.
    :param where: what errors call the entry.
    :raises EntryError: when the signature can't be served.
    """

    def __init__(self, function: Callable[..., Any], where: str) -> None:
        try:
            self.signature = inspect.signature(function, eval_str=True)
        except (NameError, TypeError, ValueError, SyntaxError, AttributeError) as error:
            raise EntryError(f"{where}: its annotations can't be read: {error}") from error
        declared = list(self.signature.parameters.values())
        if not declared or declared[0].kind not in _POSITIONAL:
            raise EntryError(f"{where}: an entry is a method, its first parameter must be self")
        self._owner, *declared = declared
        self._by_name = {parameter.name: parameter for parameter in declared}
        self._converters = {
            p.name: converter_of(p.annotation, f"{where}, parameter {p.name!r}") for p in declared
        }
        self.parameters = tuple(_parameter(parameter) for parameter in declared)
        self.path = tuple(p.name for p in self.parameters if p.kind == "path")
        self.greedy = next((p.name for p in self.parameters if p.kind == "greedy"), None)
        self.keywords = tuple(p.name for p in self.parameters if p.kind == "keyword")
        self.any = next((p.name for p in self.parameters if p.kind == "any"), None)
        self._required = tuple(
            p.name for p in self.parameters if p.required and p.kind == "keyword"
        )
        self._positional = tuple(p for p in declared if p.kind in _POSITIONAL)

    @property
    def takes_values(self) -> bool:
        """Whether the entry takes anything of the query or the body."""
        return bool(self.keywords) or self.any is not None

    def bind(
        self, path: Mapping[str, Any], values: Mapping[str, Any], *, several: bool
    ) -> tuple[list[Any], dict[str, Any]]:
        """The arguments of one call.

        :param path: the path's values, a greedy one as a tuple.
        :param values: the values of the query, the form or the JSON object, by name.
        :param several: whether each of ``values`` is a list, as in a query or a form.
        :return: positional and keyword arguments.
        :raises InvalidParametersError: naming each parameter that doesn't fit.
        """
        problems: list[str] = []
        given: dict[str, Any] = {}
        sent_values = _unbracketed(values) if several else values
        for name, value in path.items():
            if name == self.greedy:
                element = self._converters[name]
                converted = [_convert(name, element.one, v, problems) for v in value]
                given[name] = tuple(converted)
            else:
                given[name] = _convert(name, self._converters[name].one, value, problems)
        for sent, value in sent_values.items():
            parameter = self._accepted(sent, problems)
            if parameter is None:
                continue
            if value is None and self._is_none_allowed(sent):
                given[sent] = None
                continue
            converter = self._converters[parameter]
            given[sent] = _convert(
                sent, converter.several if several else converter.one, value, problems
            )
        problems += [f"Parameter {n!r}: required" for n in self._required if n not in sent_values]
        if problems:
            raise InvalidParametersError(problems)
        return self._arguments(given)

    def _accepted(self, sent: str, problems: list[str]) -> str | None:
        """The parameter that takes a value sent under a name."""
        if sent in self.keywords:
            return sent
        if sent in self.path or sent == self.greedy:
            problems.append(f"Parameter {sent!r}: is given by the path")
        elif self.any is None or sent == self._owner.name:
            problems.append(f"Parameter {sent!r}: unknown")
        else:
            return self.any
        return None

    def _is_none_allowed(self, name: str) -> bool:
        return name in self._by_name and self._by_name[name].default is None

    def _arguments(self, given: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
        args = [given.pop(p.name) if p.name in given else p.default for p in self._positional]
        if self.greedy is not None:
            args.extend(given.pop(self.greedy))
        return args, given


def _convert(name: str, convert: Callable[[Any], Any], value: Any, problems: list[str]) -> Any:
    try:
        return convert(value)
    except ConversionError as error:
        problems.append(f"Parameter {name!r}: {error}")
        return None


def _unbracketed(values: Mapping[str, list[Any]]) -> Mapping[str, list[Any]]:
    """Names with their brackets as underscores: ``page[number]`` → ``page__number__``."""
    if not any("[" in name or "]" in name for name in values):
        return values
    result: dict[str, list[Any]] = {}
    for name, several in values.items():
        result.setdefault(name.replace("[", "__").replace("]", "__"), []).extend(several)
    return result


def _parameter(parameter: inspect.Parameter) -> Parameter:
    has_default = parameter.default is not inspect.Parameter.empty
    kind: Kind = "keyword"
    if parameter.kind is inspect.Parameter.VAR_POSITIONAL:
        kind = "greedy"
    elif parameter.kind is inspect.Parameter.VAR_KEYWORD:
        kind = "any"
    elif parameter.kind in _POSITIONAL and not has_default:
        kind = "path"
    annotated = parameter.annotation is not inspect.Parameter.empty
    return Parameter(
        name=parameter.name,
        kind=kind,
        required=not has_default and kind != "any",
        type=inspect.formatannotation(parameter.annotation) if annotated else None,
        default=parameter.default if has_default else None,
    )
