"""The responses of a route in the OpenAPI document: the entry's own, and those of the runtime."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, get_args

if TYPE_CHECKING:
    from coworks_runtime.values.returns import Returned
    from coworks_runtime.values.schemas import JsonSchema

    from .catalog import Route

_BODY_METHODS = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_JSON = "application/json"
_BYTES = "application/octet-stream"


class Schemas(Protocol):
    """What gives the schemas of a route's answers."""

    def of(self, route: Route, name: str | int) -> JsonSchema:
        """The schema of the JSON that an answer of a status holds."""


def responses_of(route: Route, schemas: Schemas) -> dict[str, Any]:
    """The responses of a route, by status: what its annotation says, and what the runtime sends.

    :param route: the route.
    :param schemas: the schemas of the document.
    """
    responses: dict[str, Any] = {}
    for returned in route.returned:
        content = _content(route, returned, schemas)
        for status in (str(returned.status), *(("default",) if returned.is_any_status else ())):
            response = responses.setdefault(status, {"description": _description(route)})
            if content:
                response["content"] = {**response.get("content", {}), **content}
    for status, name in _of_the_runtime(route):
        responses.setdefault(status, {"$ref": f"#/components/responses/{name}"})
    return dict(sorted(responses.items()))


def _description(route: Route) -> str:
    if route.entry.background:
        return "The request is accepted: what it asks for is done afterwards."
    sent = "The answer, sent piece by piece." if route.entry.stream else "The answer."
    return route.doc.returns or sent


def _content(route: Route, returned: Returned, schemas: Schemas) -> dict[str, Any]:
    headers = route.entry.binary_headers or {}
    if route.entry.stream and returned.kind == "unknown":
        return _content_of_stream(route, returned)
    if returned.kind == "json":
        return {_JSON: {"schema": schemas.of(route, returned.status)}}
    if returned.kind == "text":
        texts = returned.choices
        enum = {"enum": list(texts)} if texts else {}
        return {"text/plain": {"schema": {"type": "string", **enum}}}
    if returned.kind == "binary" or (returned.kind == "unknown" and headers):
        given = {name.lower(): value for name, value in headers.items()}
        return {given.get("content-type", _BYTES): {}}
    return {}


def _content_of_stream(route: Route, returned: Returned) -> dict[str, Any]:
    """What a stream holds: of the media type that the entry names, else what its pieces are."""
    stream = route.entry.stream
    if isinstance(stream, str):
        return {stream: {"schema": {"type": "string"}}}
    pieces = get_args(returned.annotation)[:1]
    if pieces == (str,):
        return {"text/plain": {"schema": {"type": "string"}}}
    given = {name.lower(): value for name, value in (route.entry.binary_headers or {}).items()}
    if pieces == (bytes,) or given:
        return {given.get("content-type", _BYTES): {}}
    return {}


def _of_the_runtime(route: Route) -> list[tuple[str, str]]:
    """The statuses that the runtime sends by itself, with their components."""
    entry = route.entry
    found = []
    if not entry.no_auth:
        found += [("401", "Unauthorized"), ("403", "Forbidden")]
    if not route.is_entry:
        return found
    if entry.background:
        # Whatever else is wrong, its caller isn't told.
        return [*found, ("413", "TooLarge"), ("415", "UnsupportedMediaType")]
    takes_body = any(p.kind in {"keyword", "any", "body"} for p in entry.parameters)
    if takes_body and entry.method in _BODY_METHODS:
        found += [("400", "Malformed"), ("413", "TooLarge"), ("415", "UnsupportedMediaType")]
    return [*found, ("422", "Invalid")]


def _error(description: str) -> dict[str, Any]:
    schema = {
        "type": "object",
        "properties": {"message": {"type": "string"}},
        "required": ["message"],
    }
    return {"description": description, "content": {_JSON: {"schema": schema}}}


COMPONENTS = {
    "Malformed": _error("The body is not what its media type says."),
    "Unauthorized": _error("No token is sent."),
    "Forbidden": _error("The token is denied."),
    "TooLarge": _error("The body is larger than the service takes."),
    "UnsupportedMediaType": _error("The body is neither JSON nor a form."),
    "Invalid": _error("A parameter is missing, unknown or of a wrong type."),
}
"""The responses that the routes share."""
