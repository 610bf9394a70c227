"""What Admin knows of a service: itself, and its routes with their documentation."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field, replace
from enum import Enum, Flag
from inspect import Signature, cleandoc, formatannotation
from typing import TYPE_CHECKING, Any

import msgspec

from coworks_runtime.authorization.authorize import AUTHORIZER_VARIABLE
from coworks_runtime.background import Accepted
from coworks_runtime.entry_records import text_of
from coworks_runtime.service import TechMicroService
from coworks_runtime.values.returns import Returned, returned_of

from .docstrings import Docstring, parse_docstring
from .security import authorizer_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from coworks_runtime.entry_records import Entry
    from coworks_runtime.values.parameters import Parameter

_LONG_DEFAULT = 60
_ACCEPTED = (Returned(202, "json", Accepted),)
# Literals are text, whatever dots they have.
_MODULES = re.compile(r"""(?P<quoted>'[^']*'|"[^"]*")|\b(?:[^\W\d]\w*\.)+""")


@dataclass(frozen=True, slots=True)
class ServiceInfo:
    """A service, as its page introduces it.

    :param name: its name.
    :param stage: the stage that it runs on.
    :param version: the version of the Lambda function (``$LATEST``, or the number of a published
        one), ``local`` elsewhere.
    :param documentation: its documentation in Markdown, ``""`` without any.
    :param authorization_header: the header that holds the token.
    :param authorizer: how API Gateway lets callers in, where that isn't the service's own way.
    """

    name: str
    stage: str
    version: str
    documentation: str
    authorization_header: str
    authorizer: str | None = None

    @property
    def lets_in(self) -> str | None:
        """How callers are let in, in a sentence; ``None`` where the service's own way holds."""
        return authorizer_words(self.authorizer)


@dataclass(frozen=True, slots=True)
class Route:
    """A route: its record in the entry map, and what its function says of itself.

    :param entry: the record.
    :param doc: the docstring, taken apart.
    :param annotations: the parameters' annotations, evaluated, by name.
    :param returns: the annotation of the result, :data:`inspect.Signature.empty` without.
    :param is_entry: whether it is an entry, and not a plain Flask route.
    :param is_told: whether its details are for whoever asks: without them a route is its method,
        its path, the names and types of its parameters, and what it does in a sentence.
    :param returned: its answers, as that annotation describes them.
    :param rest: the name of its ``**kwargs``, if it has them.
    """

    entry: Entry
    doc: Docstring
    annotations: Mapping[str, Any] = field(default_factory=dict)
    returns: Any = Signature.empty
    is_entry: bool = False
    is_told: bool = True
    returned: Sequence[Returned] = (Returned(200, "unknown"),)
    rest: str | None = None

    @property
    def function(self) -> str:
        """The name of the function."""
        return self.entry.endpoint.rpartition(".")[2]

    @property
    def signature(self) -> str:
        """The function's name, its parameters with types and defaults, and its result's type."""
        parameters = ", ".join(
            _declaration(parameter, with_default=self.is_told)
            for parameter in self.entry.parameters
        )
        returns = self.returns
        arrow = "" if returns is Signature.empty else f" -> {short_type(formatannotation(returns))}"
        return f"{self.function}({parameters}){arrow}"

    def as_json(self) -> dict[str, Any]:
        """The route as JSON types."""
        entry = self.entry
        return {
            "method": entry.method,
            "path": entry.path,
            "endpoint": entry.endpoint,
            "blueprint": entry.blueprint,
            "no_auth": entry.no_auth,
            "no_cors": entry.no_cors,
            "background": entry.background,
            "stream": entry.stream,
            "stages": entry.stages,
            "binary_headers": entry.binary_headers and dict(entry.binary_headers),
            "signature": self.signature,
            "doc": self.doc.text or None,
            "parameters": [
                {
                    "name": parameter.name,
                    **({"alias": parameter.alias} if parameter.alias else {}),
                    "kind": parameter.kind,
                    "required": parameter.required,
                    "type": parameter.type,
                    "default": json_default(parameter),
                    "doc": self.doc.parameters.get(parameter.name),
                }
                for parameter in entry.parameters
            ],
            "returns": self.doc.returns or None,
            "raises": [{"exception": name, "doc": text} for name, text in self.doc.raises],
        }


def service_info(service: TechMicroService) -> ServiceInfo:
    """What a service says of itself: ``doc_md``, else ``DOC_MD``, else its class's docstring."""
    documentation = service.doc_md or service.DOC_MD or _class_docstring(type(service))
    return ServiceInfo(
        name=service.name,
        stage=service.stage,
        # https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
        version=os.environ.get("AWS_LAMBDA_FUNCTION_VERSION", "local"),
        documentation=cleandoc(documentation),
        authorization_header=service.authorization_header,
        authorizer=os.environ.get(AUTHORIZER_VARIABLE),
    )


def _class_docstring(cls: type[TechMicroService]) -> str:
    """The docstring of a service's class, or of the next class that it extends."""
    own = cls.__mro__[: cls.__mro__.index(TechMicroService)]
    return next((base.__doc__ for base in own if base.__doc__), "")


def routes_of(
    service: TechMicroService, prefix: str | None = None, blueprint: str | None = None
) -> tuple[Route, ...]:
    """The routes of a service, sorted by path, then method.

    :param prefix: only the routes whose path starts with it.
    :param blueprint: only the routes of the blueprint of that name; ``""`` for the service's own;
        ``None`` or ``"__all__"`` for all.
    """
    entries = service.entries
    routes = []
    for entry in service.entry_map():
        if prefix is not None and not entry.path.startswith(prefix):
            continue
        if blueprint not in {None, "__all__", entry.blueprint or ""}:
            continue
        bound = entries.get(entry.endpoint)
        doc = parse_docstring(entry.doc)
        if bound is None:
            routes.append(Route(entry, doc))
        else:
            signature = bound.signature
            returns = signature.signature.return_annotation
            returned: Sequence[Returned] = returned_of(
                returns,
                bound.options.status,
                where=bound.where,
                is_stream=bool(bound.options.stream),
            )
            if entry.background:
                returned = _ACCEPTED
            routes.append(
                Route(
                    entry,
                    doc,
                    signature.annotations,
                    returns,
                    is_entry=True,
                    returned=returned,
                    rest=signature.rest,
                )
            )
    return tuple(routes)


def told_to_strangers(routes: Iterable[Route]) -> tuple[Route, ...]:
    """The routes without the details of those that ask for a token."""
    return tuple(replace(route, is_told=route.entry.no_auth) for route in routes)


def json_default(parameter: Parameter) -> Any:
    """A parameter's default as JSON types, its text where there is none."""
    try:
        return msgspec.json.decode(msgspec.json.encode(parameter.default))
    except (TypeError, ValueError, RecursionError):
        return text_of(parameter.default)


def short_type(text: str) -> str:
    """An annotation's text without modules: ``uuid.UUID | None`` → ``UUID | None``."""
    return _MODULES.sub(lambda match: match["quoted"] or "", text)


def shown_default(parameter: Parameter) -> str:
    """A parameter's default as it is written in Python; a long one is cut."""
    default = parameter.default
    text = _members(default) if isinstance(default, Enum) else text_of(default)
    return text if len(text) <= _LONG_DEFAULT else f"{text[:_LONG_DEFAULT]}…"


def _members(value: Enum) -> str:
    """A member of an enumeration as Python writes it; a flag may be several, or none."""
    cls = type(value)
    if isinstance(value, Flag) and value.name not in cls.__members__:
        return " | ".join(f"{cls.__name__}.{one.name}" for one in value) or f"{cls.__name__}(0)"
    return f"{cls.__name__}.{value.name}"


def _declaration(parameter: Parameter, *, with_default: bool) -> str:
    stars = {"greedy": "*", "any": "**"}.get(parameter.kind, "")
    annotation = f": {short_type(parameter.type)}" if parameter.type else ""
    declared = f"{stars}{parameter.name}{annotation}"
    if parameter.kind in {"path", "greedy", "any"} or parameter.required:
        return declared
    equals = " = " if annotation else "="
    return f"{declared}{equals}{shown_default(parameter) if with_default else '…'}"
