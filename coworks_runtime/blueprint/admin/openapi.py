"""The OpenAPI 3.1 document of a service.

https://spec.openapis.org/oas/v3.1.1.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from coworks_runtime.routing.naming import path_key
from coworks_runtime.values.schemas import Described, JsonSchema, SchemaSet, is_file

from .catalog import json_default
from .responses import COMPONENTS, responses_of
from .security import scheme_name, security_scheme

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coworks_runtime.values.parameters import Parameter

    from .catalog import Route, ServiceInfo

_METHODS = frozenset({"GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE"})
# DELETE takes a body too, but OpenAPI says nothing of what that means: its query is described.
_QUERY_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "DELETE", "TRACE"})
_VARIABLE = re.compile(r"\{(\w+\+?)\}")


def openapi_document(
    service: ServiceInfo, routes: Sequence[Route], server_url: str
) -> dict[str, Any]:
    """Describes a service in OpenAPI 3.1.

    A greedy variable keeps its plus sign (``/file/{path+}``, as API Gateway writes it). Where two
    routes have one path but for the names of its variables, those of the first one count, since
    OpenAPI knows one.

    :param service: the service.
    :param routes: its routes.
    :param server_url: where it answers, without a trailing slash.
    """
    described = [route for route in routes if route.entry.method in _METHODS]
    schemas = _RouteSchemas(described)
    scheme = scheme_name(service.authorizer)
    operation_ids: set[str] = set()
    templates: dict[str, str] = {}
    paths: dict[str, dict[str, Any]] = {}
    for route in described:
        entry = route.entry
        template = templates.setdefault(path_key(entry.path), entry.path)
        operation = _Operation(route, schemas, template, scheme).as_json()
        # A plain Flask route may have one endpoint for several methods and paths.
        while operation["operationId"] in operation_ids:
            operation["operationId"] += f".{entry.method.lower()}"
        operation_ids.add(operation["operationId"])
        paths.setdefault(template, {})[entry.method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": {
            "title": service.name,
            "version": service.version,
            **({"description": service.documentation} if service.documentation else {}),
        },
        "servers": [{"url": server_url or "/", "description": f"Stage {service.stage}"}],
        "paths": paths,
        "components": {
            "schemas": schemas.components,
            "responses": COMPONENTS,
            "securitySchemes": {
                scheme: security_scheme(service.authorizer, service.authorization_header)
            },
        },
    }


class _RouteSchemas:
    """The schemas of all parameters and results, by route and name."""

    def __init__(self, routes: Sequence[Route]) -> None:
        keys: list[tuple[int, str | int]] = []
        described: list[Described] = []
        for route in routes:
            for name, annotation in sorted(route.annotations.items()):
                keys.append((id(route), name))
                described.append(Described(annotation))
            for returned in route.returned:
                if returned.kind == "json":
                    keys.append((id(route), returned.status))
                    described.append(Described(returned.annotation, is_answer=True))
        self._schemas = SchemaSet(described)
        self._positions = {key: position for position, key in enumerate(keys)}
        self.components = self._schemas.components

    def of(self, route: Route, name: str | int) -> JsonSchema:
        """The schema of a parameter, or of the JSON that an answer of a status holds."""
        position = self._positions.get((id(route), name))
        return {} if position is None else self._schemas[position]

    def is_object(self, schema: JsonSchema) -> bool:
        return bool(self._schemas.resolve(schema).get("type") == "object")


class _Operation:
    """One route, described under a path that may name its variables otherwise."""

    def __init__(self, route: Route, schemas: _RouteSchemas, template: str, scheme: str) -> None:
        self._route = route
        self._scheme = scheme
        self._schemas = schemas
        own = _VARIABLE.findall(route.entry.path)
        self._variables = dict(zip(own, _VARIABLE.findall(template), strict=True))
        named = [p for p in route.entry.parameters if p.kind not in {"path", "greedy", "body"}]
        by_query = route.entry.method in _QUERY_METHODS
        self._queried = [p for p in named if by_query or p.kind == "query"]
        self._named = [] if by_query else [p for p in named if p.kind != "query"]
        self._whole = next((p for p in route.entry.parameters if p.kind == "body"), None)

    def as_json(self) -> dict[str, Any]:
        entry, doc = self._route.entry, self._route.doc
        parameters = [self._path_parameter(own, name) for own, name in self._variables.items()]
        parameters += [self._query_parameter(parameter) for parameter in self._queried]
        body = (
            self._whole_body(self._whole) if self._whole else self._body() if self._named else None
        )
        return {
            "operationId": entry.endpoint,
            **({"summary": doc.summary} if doc.summary else {}),
            **({"description": doc.details} if doc.details else {}),
            **({"tags": [entry.blueprint]} if entry.blueprint else {}),
            **({"parameters": parameters} if parameters else {}),
            **({"requestBody": body} if body else {}),
            "responses": responses_of(self._route, self._schemas),
            "security": [] if entry.no_auth else [{self._scheme: []}],
        }

    def _path_parameter(self, own: str, name: str) -> dict[str, Any]:
        variable = own.rstrip("+")
        is_greedy = own != variable
        schema = {} if is_greedy else self._schemas.of(self._route, variable)
        texts = [
            "One or more segments, with the slashes between them." if is_greedy else "",
            self._route.doc.parameters.get(variable, ""),
            f"The function calls it `{variable}`." if own != name else "",
        ]
        description = " ".join(text for text in texts if text)
        return {
            "name": name,
            "in": "path",
            "required": True,
            **({"description": description} if description else {}),
            "schema": schema or {"type": "string"},
        }

    def _query_parameter(self, parameter: Parameter) -> dict[str, Any]:
        description = self._route.doc.parameters.get(parameter.name, "")
        described: dict[str, Any] = {
            "name": parameter.sent_as,
            "in": "query",
            "required": parameter.required,
            **({"description": description} if description else {}),
        }
        if parameter.name == self._route.rest:
            schema = {"type": "object", "additionalProperties": True}
            return {**described, "style": "form", "explode": True, "schema": schema}
        schema = self._with_default(parameter)
        if self._schemas.is_object(schema) or "prefixItems" in schema:
            return {**described, "content": {"application/json": {"schema": schema}}}
        return {**described, "schema": schema}

    def _whole_body(self, whole: Parameter) -> dict[str, Any]:
        """The body that one parameter takes whole."""
        schema = self._property(whole)
        media_types = ["application/json"]
        if self._schemas.is_object(schema):
            media_types.append("application/x-www-form-urlencoded")
        return {
            "required": whole.required,
            "content": {media_type: {"schema": schema} for media_type in media_types},
        }

    def _body(self) -> dict[str, Any]:
        keywords = [parameter for parameter in self._named if parameter.kind == "keyword"]
        properties = {p.sent_as: self._property(p) for p in keywords}
        required = [parameter.sent_as for parameter in keywords if parameter.required]
        schema = {
            "type": "object",
            "properties": properties,
            **({"required": required} if required else {}),
            "additionalProperties": len(keywords) < len(self._named),
        }
        media_types = ["application/json", "application/x-www-form-urlencoded"]
        if any(is_file(described) for described in properties.values()):
            media_types = ["multipart/form-data"]
        return {
            "required": bool(required),
            "content": {media_type: {"schema": schema} for media_type in media_types},
        }

    def _property(self, parameter: Parameter) -> JsonSchema:
        schema = self._with_default(parameter)
        description = self._route.doc.parameters.get(parameter.name)
        if schema and not parameter.required and parameter.default is None and not is_file(schema):
            # None for an optional parameter stays None.
            members = schema.get("anyOf", [schema])
            null = {"type": "null"}
            schema = {"anyOf": members if null in members else [*members, null]}
        return {**schema, **({"description": description} if description else {})}

    def _with_default(self, parameter: Parameter) -> JsonSchema:
        schema = self._schemas.of(self._route, parameter.name)
        if parameter.required or parameter.default is None:
            return schema
        return {**schema, "default": json_default(parameter)}
