"""From a function's signature to the parameters that a request fills. Pure."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import cached_property
from types import FunctionType
from typing import Any, Literal

import msgspec

from coworks_runtime.errors import EntryError

from .conversion import Converter
from .names import Names, WholeBody
from .plain import holds_text, plain_converter
from .sources import Source

Kind = Literal["path", "greedy", "keyword", "any", "body", "query"]
_UNREAD = frozenset({"__wrapped__", "__signature__", "__text_signature__"})
_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


class Parameter(msgspec.Struct, frozen=True):
    """A parameter of an entry.

    :param name: its name.
    :param kind: ``path`` for a segment, ``greedy`` for all that remain, ``keyword`` for a value of
        the query or the body, ``query`` for one of the query on any method, ``body`` for the whole
        body, ``any`` for ``**kwargs``.
    :param required: whether a request without it is refused.
    :param type: its annotation as text, ``None`` without one.
    :param default: what the function gets where it isn't sent, ``None`` where it is required.
    :param alias: the name by which its value is sent, ``None`` where that is its own.
    """

    name: str
    kind: Kind
    required: bool
    type: str | None
    default: Any = None
    alias: str | None = None

    @property
    def sent_as(self) -> str:
        """The name by which its value is sent."""
        return self.alias or self.name


class Signature:
    """An entry's parameters.

    :param function: the plain function, its first parameter the service or the blueprint.
    :param where: what errors call the entry.
    :param type_arguments: what the type variables of its class stand for.
    :raises EntryError: when the signature can't be served.
    """

    def __init__(
        self, function: Callable[..., Any], where: str, type_arguments: Mapping[Any, Any] = {}
    ) -> None:
        self._function = function
        declared = None if type_arguments else _declared_plainly(function)
        if declared is None:
            from .signature_reading import read_signature  # most functions are read as they are

            self.signature = read_signature(function, where, type_arguments)
            declared = list(self.signature.parameters.values())
        if not declared or declared[0].kind not in _POSITIONAL:
            raise EntryError(f"{where}: an entry is a method, its first parameter must be self")
        owner, *declared = declared
        self._declared = [_Declared(parameter, where) for parameter in declared]
        names: dict[Kind, list[str]] = {}
        for one in self._declared:
            names.setdefault(one.kind, []).append(one.parameter.name)
        self.path = tuple(names.get("path", ()))
        self.keywords = tuple(names.get("keyword", ()))
        _check_sent_names(self._declared, where)
        self.greedy = next(iter(names.get("greedy", ())), None)
        self._owner = owner.name
        self.body = self._whole_body(where) if "body" in names else None
        self.reads_query = "query" in names or not ("keyword" in names or "any" in names)
        """Whether the query counts beside a body."""

    @property
    def segments(self) -> dict[str, Callable[[Any], Any]]:
        """What converts the path's values."""
        return {one.parameter.name: one.converter.one for one in self._declared}

    @property
    def single(self) -> frozenset[str]:
        """The parameters that a query has one value of."""
        return frozenset(o.parameter.name for o in self._declared if not o.converter.many)

    @property
    def positional(self) -> tuple[list[str], list[Any]]:
        """The names of the positional parameters, and their defaults."""
        several = [o.parameter for o in self._declared if o.parameter.kind in _POSITIONAL]
        return [one.name for one in several], [one.default for one in several]

    @cached_property
    def signature(self) -> inspect.Signature:
        """The function's signature, its annotations evaluated."""
        return inspect.signature(self._function)  # what is text in them was read at once

    def _whole_body(self, where: str) -> WholeBody:
        bodies = [one for one in self._declared if one.kind == "body"]
        others = [one for one in self._declared if one.kind in {"keyword", "any"}]
        if len(bodies) > 1:
            names = ", ".join(repr(one.parameter.name) for one in bodies)
            raise EntryError(f"{where}: {names} are marked Body: a request has one body")
        (body,) = bodies
        if others:
            raise EntryError(
                f"{where}: {others[0].parameter.name!r} would be a value of the body that "
                f"{body.parameter.name!r} takes whole: mark it Query[...], or make it a field of "
                f"{body.parameter.name!r}"
            )
        return WholeBody(
            body.parameter.name,
            body.converter,
            is_required=body.is_required,
            is_nullable=body.parameter.default is None,
        )

    def names(self, *kinds: Kind) -> Names:
        """What takes the values that are sent for parameters of these kinds."""
        declared = [one for kind in kinds for one in self._declared if one.kind == kind]
        named = [one for one in declared if not one.is_rest]
        rest = next((one.converter for one in declared if one.is_rest), None)
        return Names(
            {one.sent_as: one.converter for one in named},
            rest,
            required=frozenset(one.sent_as for one in named if one.is_required),
            nullable=frozenset(o.sent_as for o in named if o.parameter.default is None),
            path=frozenset(self.path if self.greedy is None else (*self.path, self.greedy)),
            owner=self._owner,
            aliases={one.sent_as: one.parameter.name for one in named if one.alias},
        )

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The parameters, in order, without the first."""
        return tuple(one.as_parameter() for one in self._declared)

    @property
    def annotations(self) -> dict[str, Any]:
        """The parameters' annotations, evaluated, without the marks of their sources."""
        return {one.parameter.name: one.annotation for one in self._declared}

    @property
    def rest(self) -> str | None:
        """The name of ``**kwargs``, if there are any."""
        return next((one.parameter.name for one in self._declared if one.is_rest), None)


class _Declaration(msgspec.Struct, frozen=True):
    """What :class:`inspect.Parameter` says of a parameter."""

    name: str
    kind: Any
    default: Any
    annotation: Any


def _declared_plainly(
    function: Callable[..., Any],
) -> list[inspect.Parameter | _Declaration] | None:
    """The parameters of a function without decorators, whose annotations are no texts.

    It is what :func:`inspect.signature` says, and that takes half of an entry's start.

    :return: ``None`` for any other function.
    """
    if type(function) is not FunctionType or not _UNREAD.isdisjoint(function.__dict__):
        return None
    try:
        annotations = function.__annotations__
    except NameError:  # from Python 3.14 on they are evaluated when they are asked for
        return None
    if any(type(one) is not type and holds_text(one) for one in annotations.values()):
        return None
    code, empty = function.__code__, inspect.Parameter.empty
    names, count = code.co_varnames, code.co_argcount
    end = count + code.co_kwonlyargcount
    defaults = function.__defaults__ or ()
    by_name = function.__kwdefaults__ or {}
    kinds: list[Any] = [inspect.Parameter.POSITIONAL_ONLY] * code.co_posonlyargcount
    kinds += [inspect.Parameter.POSITIONAL_OR_KEYWORD] * (count - code.co_posonlyargcount)
    values = [empty] * (count - len(defaults)) + list(defaults)
    declared: list[tuple[str, Any, Any]] = list(zip(names, kinds, values, strict=False))
    if code.co_flags & inspect.CO_VARARGS:
        declared.append((names[end], inspect.Parameter.VAR_POSITIONAL, empty))
        end += 1
    only = names[count : count + code.co_kwonlyargcount]
    declared += [(n, inspect.Parameter.KEYWORD_ONLY, by_name.get(n, empty)) for n in only]
    if code.co_flags & inspect.CO_VARKEYWORDS:
        declared.append((names[end], inspect.Parameter.VAR_KEYWORD, empty))
    return [_Declaration(n, kind, value, annotations.get(n, empty)) for n, kind, value in declared]


class _Declared:
    """A parameter as it is declared, and what it becomes."""

    def __init__(self, parameter: inspect.Parameter | _Declaration, where: str) -> None:
        self.parameter = parameter
        where = f"{where}, parameter {parameter.name!r}"
        self.annotation = parameter.annotation
        self.alias: str | None = None
        source: Source | None = None
        converter = plain_converter(self.annotation)
        if converter is None:
            from .marks import marks_of  # on use: many services need plain parameters alone

            marks = marks_of(self.annotation, where)
            self.annotation, source, self.alias = marks.annotation, marks.source, marks.alias
        self.sent_as = self.alias or parameter.name
        self.is_rest = parameter.kind is inspect.Parameter.VAR_KEYWORD
        self.kind: Kind = _kind(parameter, source, where)
        if self.alias is not None and (self.is_rest or self.kind not in {"keyword", "query"}):
            raise EntryError(
                f"{where}: its value isn't sent by a name, which could be {self.alias!r}: only "
                "values of the query and named ones of the body are"
            )
        self.is_required = parameter.default is inspect.Parameter.empty
        if self.is_rest and self.annotation is dict:
            self.annotation = Any  # what **kwargs is, and not each of its values
        if converter is None:
            from .converters import converter_of

            converter = converter_of(self.annotation, where, is_body=self.kind == "body")
        self.converter: Converter = converter
        if self.kind in {"path", "greedy"} and not self.converter.is_text:
            shown = _shown(self.annotation)
            whole = f"`{parameter.name}: Body[{shown}]` for the whole body, or "
            raise EntryError(
                f"{where}: a segment of the path is one text, which is no {shown}: write "
                f"{'' if self.converter.is_file else whole}`*, {parameter.name}: {shown}` for a "
                "value of the query or the body"
            )
        if self.kind == "body" and self.converter.is_file:
            raise EntryError(
                f"{where}: a file is a part of a form: write `*, {parameter.name}` without Body"
            )

    def as_parameter(self) -> Parameter:
        """The record of the entry map."""
        parameter = self.parameter
        is_annotated = parameter.annotation is not inspect.Parameter.empty
        return Parameter(
            name=parameter.name,
            kind=self.kind,
            required=self.is_required and not self.is_rest,
            type=_shown(self.annotation) if is_annotated else None,
            default=None if self.is_required else parameter.default,
            alias=self.alias,
        )


def _check_sent_names(declared: list[_Declared], where: str) -> None:
    """Refuse a name that means two parameters."""
    owners: dict[str, str] = {}
    for one in declared:
        if one.kind == "body" or one.is_rest:
            continue
        own = one.parameter.name
        other = owners.setdefault(one.sent_as, own)
        if other != own:
            raise EntryError(
                f"{where}: {other!r} and {own!r} would both be sent as {one.sent_as!r}: give one of "
                "them another Alias"
            )


def _kind(parameter: inspect.Parameter | _Declaration, source: Source | None, where: str) -> Kind:
    is_greedy = parameter.kind is inspect.Parameter.VAR_POSITIONAL
    is_rest = parameter.kind is inspect.Parameter.VAR_KEYWORD
    if (source is Source.BODY and (is_greedy or is_rest)) or (source is Source.QUERY and is_greedy):
        stars = "*" if is_greedy else "**"
        raise EntryError(f"{where}: {stars}{parameter.name} can't be marked {source.value}")
    if source is not None:
        return source.value
    if is_greedy:
        return "greedy"
    if is_rest:
        return "any"
    is_required = parameter.default is inspect.Parameter.empty
    return "path" if parameter.kind in _POSITIONAL and is_required else "keyword"


def _shown(annotation: Any) -> str:
    return inspect.formatannotation(annotation)
