"""JSON schemas of annotations, as the converters read them and answers are encoded. Pure.

Made when somebody asks for them: no request needs one.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from inspect import Parameter
from typing import Any, Literal, TypeVar, get_args, get_origin, is_typeddict

import msgspec
from werkzeug.datastructures import FileStorage

from .annotations import (
    init_vars,
    is_collection,
    is_constructed,
    is_pydantic,
    is_union,
    origin_of,
    peeled,
)
from .constraints import is_pydantic_s, metas_of, rewritten, with_metas
from .constructed import filled_type, written_type

_REFERENCE = "#/components/schemas/{name}"
# https://spec.openapis.org/oas/v3.1.1.html#fixed-fields-5
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9._-]")
_WHERE = "the annotation"

JsonSchema = dict[str, Any]


class Described(msgspec.Struct, frozen=True):
    """An annotation to describe.

    :param annotation: the annotation, evaluated; :data:`inspect.Parameter.empty` for none.
    :param is_answer: whether it is what goes out, and not what comes in.
    """

    annotation: Any
    is_answer: bool = False


class SchemaSet:
    """The schemas of many annotations, which share their components.

    They are made together, so that two classes of one name get two names.

    :param described: the annotations.
    """

    def __init__(self, described: Sequence[Described]) -> None:
        self.components: dict[str, JsonSchema] = {}
        leaves = [leaf for one in described for leaf in _leaves(one.annotation, one.is_answer)]
        known = [leaf for leaf in leaves if self._is_known(leaf)]
        schemas, components = msgspec.json.schema_components(
            known, schema_hook=self._custom, ref_template=_REFERENCE
        )
        self.components.update(components)
        made = iter(schemas)
        leaf_schemas = iter([next(made) if leaf in known else {} for leaf in leaves])
        self._schemas = [
            self._assemble(one.annotation, one.is_answer, leaf_schemas) for one in described
        ]

    def __getitem__(self, position: int) -> JsonSchema:
        """The schema of the annotation at a position."""
        return self._schemas[position]

    def resolve(self, schema: JsonSchema) -> JsonSchema:
        """The component that a schema refers to, or the schema itself."""
        reference = schema.get("$ref")
        return self.components[reference.rpartition("/")[2]] if reference else schema

    def _assemble(
        self, annotation: Any, is_answer: bool, leaf_schemas: Iterator[JsonSchema]
    ) -> JsonSchema:
        plain, metadata = peeled(annotation)
        if _is_anything(plain):
            return {}
        if _is_file(plain):
            return {"type": "string", "contentMediaType": "application/octet-stream"}
        if is_pydantic(plain) or any(map(is_pydantic_s, metadata)):
            return self._pydantic(annotation if metadata else plain, is_answer=is_answer)
        if get_origin(plain) is Literal:
            return {"enum": [getattr(c, "value", c) for c in get_args(plain)]}
        members = _members(plain)
        if members is None:
            return next(leaf_schemas)
        schemas = [self._assemble(member, is_answer, leaf_schemas) for member in members]
        if is_union(plain):
            return {"anyOf": schemas}
        demands = msgspec.json.schema(with_metas(list, metas_of(metadata, _WHERE)))
        unique = {"uniqueItems": True} if origin_of(plain) in {set, frozenset} else {}
        return {**demands, "items": schemas[0], **unique}

    def _pydantic(self, annotation: Any, *, is_answer: bool) -> JsonSchema:
        name = getattr(annotation, "__qualname__", "annotation")
        module = getattr(annotation, "__module__", "")
        full_name = _NOT_IN_NAMES.sub("_", f"{module}.{name}.")
        # A name may be another class's already: then the model's own comes before it.
        for prefix in ("", full_name):
            reference = _REFERENCE.format(name=f"{prefix}{{model}}")
            schema = _pydantic_schema(annotation, reference, is_answer=is_answer)
            parts = {f"{prefix}{n}": part for n, part in schema.pop("$defs", {}).items()}
            if all(self.components.get(name, part) == part for name, part in parts.items()):
                break
        self.components.update(parts)
        return schema

    def _custom(self, annotation: Any) -> JsonSchema:
        """The schema of a type that msgspec doesn't know."""
        if is_pydantic(annotation):
            return self._pydantic(annotation, is_answer=False)
        if get_origin(annotation) is Literal:
            return {"enum": [getattr(c, "value", c) for c in get_args(annotation)]}
        if annotation is object or isinstance(annotation, TypeVar):
            return {}
        raise NotImplementedError

    def _is_known(self, annotation: Any) -> bool:
        try:
            msgspec.json.schema(annotation, schema_hook=self._custom)
        except (TypeError, NameError, NotImplementedError):
            return False
        return True


def is_file(schema: JsonSchema) -> bool:
    """Whether a schema is of an uploaded file, or of a list of them, or has one as an option."""
    # A schema may be a boolean: no more items than a tuple has.
    parts = (schema, schema.get("items"), *schema.get("anyOf", ()))
    return any(isinstance(part, dict) and "contentMediaType" in part for part in parts)


def _pydantic_schema(annotation: Any, reference: str, *, is_answer: bool) -> JsonSchema:
    mode = "serialization" if is_answer else "validation"
    schema: JsonSchema
    if is_pydantic(annotation):
        schema = annotation.model_json_schema(ref_template=reference, mode=mode)
    else:
        adapter = sys.modules["pydantic"].TypeAdapter(annotation)
        schema = adapter.json_schema(ref_template=reference, mode=mode)
    return schema


def _leaves(annotation: Any, is_answer: bool) -> Iterator[Any]:
    """The parts of an annotation that are msgspec's, in the order in which they are assembled."""
    plain, metadata = peeled(annotation)
    if (
        _is_anything(plain)
        or _is_file(plain)
        or is_pydantic(plain)
        or any(map(is_pydantic_s, metadata))
        or get_origin(plain) is Literal
    ):
        return
    members = _members(plain)
    if members is None:
        origin = origin_of(plain)
        if is_constructed(origin):
            # One without an InitVar is known to msgspec as it goes out.
            written = written_type(origin) if init_vars(origin) else plain
            plain = written if is_answer else filled_type(origin)
        yield with_metas(rewritten(plain, _WHERE), metas_of(metadata, _WHERE))
    for member in members or ():
        yield from _leaves(member, is_answer)


def _members(plain: Any) -> Sequence[Any] | None:
    """The members of a union, or the one of a collection; ``None`` for all else."""
    if is_union(plain):
        members = get_args(plain)
        structs = [m for m in members if _is_tagged(origin_of(peeled(m)[0]))]
        # msgspec describes these with their discriminator.
        return None if len(structs) == len(members) else members
    if is_collection(plain):
        return (get_args(plain) or (Any,))[:1]
    return None


def _is_tagged(origin: Any) -> bool:
    is_struct = isinstance(origin, type) and issubclass(origin, msgspec.Struct)
    return is_struct and origin.__struct_config__.tag is not None


def _is_anything(plain: Any) -> bool:
    return (
        plain in {Any, object, Parameter.empty}
        or isinstance(plain, TypeVar)
        or (
            # Werkzeug's mappings and the like, which take any object.
            isinstance(plain, type)
            and issubclass(plain, Mapping)
            and plain is not dict
            and not is_typeddict(plain)
        )
    )


def _is_file(plain: Any) -> bool:
    return isinstance(plain, type) and issubclass(plain, FileStorage)
