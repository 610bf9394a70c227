"""Pure: an HTTP request → the REST proxy event (v1) that API Gateway makes of it."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from coworks_cdk.local.gateway.context import request_context
from coworks_cdk.local.gateway.headers import headers_in, single
from coworks_cdk.local.gateway.media_types import is_binary_body
from coworks_cdk.local.gateway.request import Arrival, Request


def proxy_event(
    arrival: Arrival,
    authorizer: Mapping[str, Any] | None = None,
    caller: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Make the event of a proxy integration.

    Query values are decoded, the path and its variables are not; the stage is in the request
    context's path only. With ``*/*`` among the binary types every body arrives as base64.

    :param authorizer: the authorizer's context, with ``principalId``.
    :param caller: the identity of a caller who signed the request.
    """
    request = arrival.request
    headers = headers_in(request, arrival.api)
    query = request.query_values()
    body, encoded = _body(request, arrival.api.binary_media_types)
    return {
        "resource": None if arrival.match is None else arrival.match.route.path,
        "path": arrival.path,
        "httpMethod": request.method,
        "headers": single(headers) or None,
        "multiValueHeaders": headers or None,
        "queryStringParameters": single(query) or None,
        "multiValueQueryStringParameters": query or None,
        "pathParameters": dict(arrival.parameters) or None,
        "stageVariables": arrival.stage.variables,
        "requestContext": request_context(arrival, authorizer, caller),
        "body": body,
        "isBase64Encoded": encoded,
    }


def token_event(token: str, arn: str) -> dict[str, Any]:
    """Make the event that a token authorizer gets."""
    return {"type": "TOKEN", "methodArn": arn, "authorizationToken": token}


def request_event(event: Mapping[str, Any], arn: str) -> dict[str, Any]:
    """Make the event that a REQUEST authorizer gets.

    :param event: that of a proxy integration.
    """
    kept = {name: v for name, v in event.items() if name not in ("body", "isBase64Encoded")}
    return {"type": "REQUEST", "methodArn": arn, **kept}


def identity_source(source: str, request: Request, event: Mapping[str, Any]) -> str | None:
    """Give what an authorizer's identity source has for a request.

    :param source: as ``method.request.header.Authorization``.
    :param event: that of a proxy integration.
    """
    kind, _, name = source.rpartition(".")
    if kind == "method.request.header":
        return request.header(name)
    if kind == "method.request.querystring":
        values: Mapping[str, str] = event["queryStringParameters"] or {}
        return values.get(name)
    if source.startswith("stageVariables."):
        return (event["stageVariables"] or {}).get(source.partition(".")[2])
    value: Any = event["requestContext"]
    for part in source.split(".")[1:]:
        value = value.get(part) if isinstance(value, Mapping) else None
    return None if value is None else str(value)


def method_arn(arrival: Arrival) -> str:
    """Give the ARN that a policy is evaluated against."""
    api = arrival.api
    base = f"arn:aws:execute-api:{api.region}:{api.account}:{api.id}"
    return f"{base}/{arrival.stage.name}/{arrival.request.method}{arrival.path}"


def _body(request: Request, binary: tuple[str, ...]) -> tuple[str | None, bool]:
    if not request.body:
        return None, False
    if is_binary_body(request.header("Content-Type"), binary):
        return base64.b64encode(request.body).decode("ascii"), True
    return request.body.decode("utf-8", errors="replace"), False
