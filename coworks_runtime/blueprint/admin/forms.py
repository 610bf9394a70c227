"""The form by which a person tries a route, from what the OpenAPI document says of it. Pure."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from coworks_runtime.routing.naming import path_key
from coworks_runtime.values.schemas import is_file

from .examples import example_of

_JSON = "application/json"
_MULTIPART = "multipart/form-data"
_NAMED = frozenset({"properties", "schemas", "paths"})
_VARIABLE = re.compile(r"\{([^{}]+)\}")


@dataclass(frozen=True, slots=True)
class Field:
    """One value of a form.

    :param name: the parameter's name.
    :param place: ``path``, ``query``, ``part`` of a multipart body, ``file`` likewise, or ``body``,
        which is the whole of it as JSON.
    :param required: whether the route asks for it.
    :param value: what the field begins with.
    :param hint: an example, shown where the field is empty.
    :param choices: the only values; empty for any.
    :param is_greedy: whether the slashes of a path's value stay.
    :param is_several: whether there may be several values, one a line.
    """

    name: str
    place: str
    required: bool
    value: str = ""
    hint: str = ""
    choices: tuple[str, ...] = ()
    is_greedy: bool = False
    is_several: bool = False


def without_defaults(described: Any, *, are_names: bool = False) -> Any:
    """A part of an OpenAPI document without the values that code has for what isn't sent.

    :param are_names: whether the keys are names that the code gives, and no keywords.
    """
    if isinstance(described, list):
        return [without_defaults(part) for part in described]
    if not isinstance(described, dict):
        return described
    return {
        key: without_defaults(value, are_names=not are_names and key in _NAMED)
        for key, value in described.items()
        if are_names or key != "default"
    }


@dataclass(frozen=True, slots=True)
class Form:
    """A route's form.

    :param method: the HTTP method.
    :param path: the path.
    :param fields: its values.
    """

    method: str
    path: str
    fields: tuple[Field, ...]


class Forms:
    """The forms of a service's routes.

    :param document: its OpenAPI document.
    """

    def __init__(self, document: dict[str, Any]) -> None:
        self._components = document["components"]["schemas"]
        self._paths = {path_key(path): (path, item) for path, item in document["paths"].items()}

    def of(self, method: str, path: str) -> Form | None:
        """The form of a route; None for one that the document doesn't describe."""
        described, item = self._paths.get(path_key(path), (path, {}))
        operation = item.get(method.lower())
        if operation is None:
            return None
        # Where two routes have one path, the document has the variables' names of one of them.
        names = dict(zip(_VARIABLE.findall(described), _VARIABLE.findall(path), strict=True))
        fields = [
            self._parameter(parameter, names if parameter["in"] == "path" else {})
            for parameter in operation.get("parameters", ())
        ]
        body = operation.get("requestBody")
        if body is not None:
            fields += self._body(body)
        return Form(method, path, tuple(fields))

    def _parameter(self, parameter: dict[str, Any], names: dict[str, str]) -> Field:
        content = parameter.get("content", {})
        schema = content[_JSON]["schema"] if content else parameter.get("schema", {})
        name = names.get(parameter["name"], parameter["name"])
        return self._field(
            name.rstrip("+"),
            parameter["in"],
            schema,
            required=parameter.get("required", False),
            is_greedy=name.endswith("+"),
        )

    def _body(self, body: dict[str, Any]) -> list[Field]:
        content = body["content"]
        required = body.get("required", False)
        if _JSON in content or _MULTIPART not in content:
            media_type = content.get(_JSON) or next(iter(content.values()))
            example = example_of(media_type.get("schema", {}), self._components)
            text = json.dumps(example, indent=2, ensure_ascii=False)
            return [Field("body", "body", required, value=text)]
        schema = content[_MULTIPART]["schema"]
        return [
            self._field(name, "part", part, required=name in schema.get("required", ()))
            for name, part in schema.get("properties", {}).items()
        ]

    def _field(
        self,
        name: str,
        place: str,
        schema: dict[str, Any],
        *,
        required: bool,
        is_greedy: bool = False,
    ) -> Field:
        options = [schema, *schema.get("anyOf", ()), *schema.get("oneOf", ())]
        # One of a fixed length is a text of JSON.
        is_several = any(o.get("type") == "array" and "prefixItems" not in o for o in options)
        if any(map(is_file, options)):
            return Field(name, "file", required, is_several=is_several)
        example = example_of(schema, self._components)
        several = example if is_several and isinstance(example, list) else [example]
        text = "\n".join(_text(value) for value in several)
        return Field(
            name,
            place,
            required,
            value=text if required else "",
            hint=text,
            choices=self._choices(schema),
            is_greedy=is_greedy,
            is_several=is_several,
        )

    def _choices(self, schema: dict[str, Any]) -> tuple[str, ...]:
        if "$ref" in schema:
            schema = self._components.get(schema["$ref"].rpartition("/")[2], {})
        if schema.get("type") == "boolean":
            return ("true", "false")
        return tuple(_text(value) for value in schema.get("enum", ()))


def _text(value: Any) -> str:
    """A value as a query has it."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
