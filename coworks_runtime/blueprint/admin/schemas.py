"""JSON schemas of annotations: msgspec's, and those of what the runtime converts beside it."""

from __future__ import annotations

import re
import types
from collections.abc import Iterator, Mapping, Sequence
from inspect import Parameter
from typing import Any, Union, get_args, get_origin, is_typeddict

import msgspec
from werkzeug.datastructures import FileStorage

_REFERENCE = "#/components/schemas/{name}"
# https://spec.openapis.org/oas/v3.1.1.html#fixed-fields-5
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9._-]")
_COLLECTIONS = (list, set, frozenset, Sequence)

JsonSchema = dict[str, Any]


class SchemaSet:
    """The schemas of many annotations, which share their components.

    They are made together, so that two classes of one name get two names.

    :param annotations: evaluated annotations; :data:`inspect.Parameter.empty` for none.
    """

    def __init__(self, annotations: Sequence[Any]) -> None:
        self.components: dict[str, JsonSchema] = {}
        leaves = [leaf for annotation in annotations for leaf in _leaves(annotation)]
        known = [leaf for leaf in leaves if _is_known(leaf)]
        schemas, components = msgspec.json.schema_components(known, ref_template=_REFERENCE)
        self.components.update(components)
        made = iter(schemas)
        leaf_schemas = iter([next(made) if _is_known(leaf) else {} for leaf in leaves])
        self._schemas = [self._assemble(annotation, leaf_schemas) for annotation in annotations]

    def __getitem__(self, position: int) -> JsonSchema:
        """The schema of the annotation at a position."""
        return self._schemas[position]

    def resolve(self, schema: JsonSchema) -> JsonSchema:
        """The component that a schema refers to, or the schema itself."""
        reference = schema.get("$ref")
        return self.components[reference.rpartition("/")[2]] if reference else schema

    def _assemble(self, annotation: Any, leaf_schemas: Iterator[JsonSchema]) -> JsonSchema:
        if _is_anything(annotation):
            return {}
        if _is_file(annotation):
            return {"type": "string", "contentMediaType": "application/octet-stream"}
        if _is_pydantic(annotation):
            return self._pydantic(annotation)
        members, is_union = _members(annotation)
        if members is None:
            return next(leaf_schemas)
        schemas = [self._assemble(member, leaf_schemas) for member in members]
        if is_union:
            return {"anyOf": schemas}
        unique = {"uniqueItems": True} if _origin(annotation) in {set, frozenset} else {}
        return {"type": "array", "items": schemas[0], **unique}

    def _pydantic(self, model: Any) -> JsonSchema:
        full_name = _NOT_IN_NAMES.sub("_", f"{model.__module__}.{model.__qualname__}.")
        # A name may be another class's already: then the model's own comes before it.
        for prefix in ("", full_name):
            reference = _REFERENCE.format(name=f"{prefix}{{model}}")
            schema: JsonSchema = model.model_json_schema(ref_template=reference)
            parts = {f"{prefix}{n}": part for n, part in schema.pop("$defs", {}).items()}
            if all(self.components.get(name, part) == part for name, part in parts.items()):
                break
        self.components.update(parts)
        return schema


def is_file(schema: JsonSchema) -> bool:
    """Whether a schema is of an uploaded file, or of a list of them, or has one as an option."""
    parts = (schema, schema.get("items", {}), *schema.get("anyOf", ()))
    return any("contentMediaType" in part for part in parts)


def _leaves(annotation: Any) -> Iterator[Any]:
    """The parts of an annotation that are msgspec's, in the order in which they are assembled."""
    if _is_anything(annotation) or _is_file(annotation) or _is_pydantic(annotation):
        return
    members, _ = _members(annotation)
    if members is None:
        yield annotation
    for member in members or ():
        yield from _leaves(member)


def _members(annotation: Any) -> tuple[Sequence[Any] | None, bool]:
    """The members of a union or a collection and whether it is a union; None for all else."""
    origin = _origin(annotation)
    if origin in {Union, types.UnionType}:
        return get_args(annotation), True
    if origin in _COLLECTIONS:
        return (get_args(annotation) or (Any,))[:1], False
    return None, False


def _origin(annotation: Any) -> Any:
    return get_origin(annotation) or annotation


def _is_anything(annotation: Any) -> bool:
    return annotation in {Any, object, Parameter.empty} or _is_plain_mapping(annotation)


def _is_plain_mapping(annotation: Any) -> bool:
    """Werkzeug's mappings and the like, which take any object."""
    return (
        isinstance(annotation, type)
        and issubclass(annotation, Mapping)
        and annotation is not dict
        and not is_typeddict(annotation)
    )


def _is_file(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, FileStorage)


def _is_pydantic(annotation: Any) -> bool:
    return isinstance(annotation, type) and hasattr(annotation, "model_json_schema")


def _is_known(annotation: Any) -> bool:
    try:
        msgspec.json.schema(annotation)
    except (TypeError, NameError):
        return False
    return True
