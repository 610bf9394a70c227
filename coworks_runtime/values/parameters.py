"""From a function's signature to its arguments for one request. Pure."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any, Literal

import msgspec

from coworks_runtime.errors import EntryError, InvalidParametersError

from .converters import ConversionError, Converter, converter_of

Kind = Literal["path", "greedy", "keyword", "any"]
_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


class Parameter(msgspec.Struct, frozen=True):
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
        kinds: dict[Kind, list[str]] = {"path": [], "greedy": [], "keyword": [], "any": []}
        for parameter in declared:
            kinds[_kind(parameter)].append(parameter.name)
        self.path = tuple(kinds["path"])
        self.keywords = tuple(kinds["keyword"])
        self.greedy = next(iter(kinds["greedy"]), None)
        self.any = next(iter(kinds["any"]), None)
        self._required = tuple(n for n in self.keywords if _is_required(self._by_name[n]))
        self._keyword_converters = {name: self._converters[name] for name in self.keywords}
        self._nullable = {n for n in self.keywords if self._by_name[n].default is None}
        self._defaults = [p.default for p in declared if p.kind in _POSITIONAL]
        self._positional = [(p.name, p.default) for p in declared if p.kind in _POSITIONAL]

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The parameters, in order, without the first."""
        return tuple(_parameter(parameter) for parameter in self._by_name.values())

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
        if not path and not values and not self._required:
            return self._defaults.copy(), {}
        problems: list[str] = []
        given: dict[str, Any] = {}
        for name, value in path.items():
            converter = self._converters[name]
            if name == self.greedy:
                given[name] = [_convert(name, converter.one, v, problems) for v in value]
            else:
                given[name] = _convert(name, converter.one, value, problems)
        if several and values:
            values = _unbracketed(values)
        for sent, value in values.items():
            if value is None and sent in self._nullable:
                given[sent] = None
                continue
            keyword = self._keyword_converters.get(sent) or self._any_converter(sent, problems)
            if keyword is not None:
                convert = keyword.several if several else keyword.one
                given[sent] = _convert(sent, convert, value, problems)
        problems.extend(f"Parameter {n!r}: required" for n in self._required if n not in values)
        if problems:
            raise InvalidParametersError(problems)
        return self._arguments(given)

    def _any_converter(self, sent: str, problems: list[str]) -> Converter | None:
        """What converts a value whose name is no parameter's, if the entry takes any."""
        if sent in self.path or sent == self.greedy:
            problems.append(f"Parameter {sent!r}: is given by the path")
        elif self.any is None or sent == self._owner.name:
            problems.append(f"Parameter {sent!r}: unknown")
        else:
            return self._converters[self.any]
        return None

    def _arguments(self, given: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
        args = [given.pop(name, default) for name, default in self._positional]
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
    names = "".join(values)
    if "[" not in names and "]" not in names:
        return values
    result: dict[str, list[Any]] = {}
    for name, several in values.items():
        result.setdefault(name.replace("[", "__").replace("]", "__"), []).extend(several)
    return result


def _parameter(parameter: inspect.Parameter) -> Parameter:
    kind = _kind(parameter)
    is_required = _is_required(parameter)
    annotated = parameter.annotation is not inspect.Parameter.empty
    return Parameter(
        name=parameter.name,
        kind=kind,
        required=is_required and kind != "any",
        type=inspect.formatannotation(parameter.annotation) if annotated else None,
        default=None if is_required else parameter.default,
    )


def _kind(parameter: inspect.Parameter) -> Kind:
    if parameter.kind is inspect.Parameter.VAR_POSITIONAL:
        return "greedy"
    if parameter.kind is inspect.Parameter.VAR_KEYWORD:
        return "any"
    return "path" if parameter.kind in _POSITIONAL and _is_required(parameter) else "keyword"


def _is_required(parameter: inspect.Parameter) -> bool:
    return parameter.default is inspect.Parameter.empty
