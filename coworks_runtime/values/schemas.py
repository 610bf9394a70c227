"""JSON schemas of annotations, as the converters read them and answers are encoded. Pure.

Made when somebody asks for them: no request needs one.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from inspect import Parameter
from typing import Any, Literal, TypeVar, get_args, get_origin, is_typeddict

import msgspec
from werkzeug.datastructures import FileStorage

from .annotations import (
    init_vars,
    is_collection,
    is_constructed,
    is_pydantic,
    is_pydantic_value,
    is_union,
    origin_of,
    parts_of,
    peeled,
)
from .constraints import is_pydantic_s, metas_of, rewritten, with_metas
from .constructed import filled_type, written_type
from .flags import flags_in, with_sums

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
        self._customs = {False: partial(self._custom, False), True: partial(self._custom, True)}
        leaves = [leaf for one in described for leaf in _leaves(one.annotation, one.is_answer)]
        made: list[JsonSchema] = [{} for _ in leaves]
        for is_written in (False, True):
            of = [n for n, leaf in enumerate(leaves) if _is_written_otherwise(leaf) is is_written]
            self._make(leaves, [n for n in of if self._is_known(leaves[n])], made, is_written)
        leaf_schemas = iter(made)
        self._schemas = [
            self._assemble(one.annotation, one.is_answer, leaf_schemas) for one in described
        ]
        seen: set[Any] = set()
        flags = {flag for one in described for flag in flags_in(one.annotation, seen)}
        if flags:
            self.components = {n: with_sums(part, flags) for n, part in self.components.items()}

    def _make(
        self, leaves: list[Described], of: list[int], made: list[JsonSchema], is_written: bool
    ) -> None:
        """Make the schemas of the leaves at some positions, all that come in or all that go out."""
        schemas, components = msgspec.json.schema_components(
            [leaves[n].annotation for n in of],
            schema_hook=self._customs[is_written],
            ref_template=_REFERENCE,
        )
        others = {
            name: f"{name}Output"
            for name, schema in components.items()
            if self.components.get(name, schema) != schema
        }
        for name, schema in components.items():
            self.components[others.get(name, name)] = _renamed(schema, others)
        for n, schema in zip(of, schemas, strict=True):
            made[n] = _renamed(schema, others)

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
        if _is_pydantic_s(plain) or any(map(is_pydantic_s, metadata)):
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

    def _custom(self, is_written: bool, annotation: Any) -> JsonSchema:
        """The schema of a type that msgspec doesn't know."""
        if _is_pydantic_s(annotation):
            return self._pydantic(annotation, is_answer=is_written)
        if get_origin(annotation) is Literal:
            return {"enum": [getattr(c, "value", c) for c in get_args(annotation)]}
        if annotation is object or isinstance(annotation, TypeVar):
            return {}
        raise NotImplementedError

    def _is_known(self, leaf: Described) -> bool:
        try:
            msgspec.json.schema(leaf.annotation, schema_hook=self._customs[leaf.is_answer])
        except (TypeError, NameError, NotImplementedError):
            return False
        return True


def _is_pydantic_s(plain: Any) -> bool:
    return is_pydantic(plain) or is_pydantic_value(plain)


def _is_written_otherwise(leaf: Described) -> bool:
    """Whether it is an answer that holds a model of Pydantic's, which may write what it never reads."""
    if not leaf.is_answer:
        return False
    try:
        return any(_is_pydantic_s(part.annotation) for part in parts_of(leaf.annotation))
    except (NameError, TypeError):
        return False


def _renamed(schema: Any, others: Mapping[str, str]) -> Any:
    """A schema that refers to components by other names."""
    if not others:
        return schema
    if isinstance(schema, dict):
        return {key: _renamed(part, others) for key, part in schema.items()}
    if isinstance(schema, list):
        return [_renamed(part, others) for part in schema]
    if isinstance(schema, str) and schema.startswith(_REFERENCE.format(name="")):
        name = schema.rpartition("/")[2]
        return _REFERENCE.format(name=others.get(name, name))
    return schema


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


def _leaves(annotation: Any, is_answer: bool) -> Iterator[Described]:
    """The parts of an annotation that are msgspec's, in the order in which they are assembled."""
    plain, metadata = peeled(annotation)
    if (
        _is_anything(plain)
        or _is_file(plain)
        or _is_pydantic_s(plain)
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
        whole = with_metas(rewritten(plain, _WHERE), metas_of(metadata, _WHERE))
        yield Described(whole, is_answer)
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
