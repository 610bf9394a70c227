"""A value that fits a JSON schema, for a form to begin with. Pure."""

from __future__ import annotations

from typing import Any

_FORMATS = {
    "date-time": "2026-01-31T12:00:00Z",
    "date": "2026-01-31",
    "time": "12:00:00",
    "duration": "PT1H",
    "uuid": "12345678-1234-5678-1234-567812345678",
    "decimal": "1.50",
    "binary": "",
    "byte": "",
    "email": "somebody@example.org",
    "uri": "https://example.org/",
}
_DEEPEST = 6


def example_of(schema: dict[str, Any], components: dict[str, Any], depth: int = 0) -> Any:
    """A value of a schema: its default or example where it has one, else one of its type.

    :param components: the schemas that references name.
    """
    schema = _resolved(schema, components)
    for word in ("default", "example", "const"):
        if word in schema:
            return schema[word]
    for word in ("examples", "enum"):
        if schema.get(word):
            return schema[word][0]
    for word in ("anyOf", "oneOf", "allOf"):
        if schema.get(word):
            return example_of(schema[word][0], components, depth)
    kind = schema.get("type", "string")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "object":
        return _object(schema, components, depth)
    if kind == "array":
        return _array(schema, components, depth)
    if kind in {"integer", "number"}:
        return _number(schema, kind)
    return {"boolean": True, "null": None}.get(kind, _text(schema))


def _resolved(schema: dict[str, Any], components: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        own = {word: value for word, value in schema.items() if word != "$ref"}
        schema = {**components.get(schema["$ref"].rpartition("/")[2], {}), **own}
    return schema


def _object(schema: dict[str, Any], components: dict[str, Any], depth: int) -> dict[str, Any]:
    required = schema.get("required", ())
    # Optional fields are shown too, but not those of what refers to itself again and again.
    return {
        name: example_of(part, components, depth + 1)
        for name, part in schema.get("properties", {}).items()
        if name in required or depth < _DEEPEST
    }


def _array(schema: dict[str, Any], components: dict[str, Any], depth: int) -> list[Any]:
    if "prefixItems" in schema:
        return [example_of(part, components, depth + 1) for part in schema["prefixItems"]]
    items = schema.get("items")
    if depth >= _DEEPEST and not schema.get("minItems"):
        return []
    count = max(1, schema.get("minItems", 0))
    return [example_of(items, components, depth + 1)] * count if isinstance(items, dict) else []


def _number(schema: dict[str, Any], kind: str) -> float:
    least = schema.get("minimum", schema.get("exclusiveMinimum"))
    most = schema.get("maximum", schema.get("exclusiveMaximum"))
    value = 1 if kind == "integer" else 1.5
    if least is not None and value <= least:
        value = least + ("exclusiveMinimum" in schema)
    if most is not None and value >= most:
        value = most - ("exclusiveMaximum" in schema)
    step = schema.get("multipleOf")
    return -(-value // step) * step if step else value


def _text(schema: dict[str, Any]) -> str:
    text = _FORMATS.get(schema.get("format", ""), "text")
    shortest, longest = schema.get("minLength", 0), schema.get("maxLength", len(text))
    return (
        (text * (shortest // len(text) + 1))[: max(shortest, min(longest, len(text)))]
        if text
        else ""
    )
