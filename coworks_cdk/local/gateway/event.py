"""Pure: an HTTP request → the REST proxy event (v1) that API Gateway makes of it."""

from __future__ import annotations

import base64
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_plus

from coworks_cdk.local.gateway.routing import Match
from coworks_cdk.local.template.records import Api, Stage

_DROPPED = frozenset(
    {
        "connection",
        "content-length",
        "expect",
        "keep-alive",
        "proxy-connection",
        "te",
        "transfer-encoding",
        "upgrade",
        "x-amzn-trace-id",
        "x-forwarded-for",
        "x-forwarded-port",
        "x-forwarded-proto",
    }
)
_ABSENT_IDENTITY = (
    "cognitoIdentityPoolId",
    "accountId",
    "cognitoIdentityId",
    "caller",
    "principalOrgId",
    "accessKey",
    "cognitoAuthenticationType",
    "cognitoAuthenticationProvider",
    "userArn",
    "user",
)


@dataclass(frozen=True)
class Request:
    """A request as it came in."""

    method: str
    path: str
    """Percent-encoded, from the stage on: ``/dev/content``."""
    query: str
    headers: tuple[tuple[str, str], ...]
    """With their case and order as sent; repeated ones several times."""
    body: bytes
    source_ip: str
    port: int
    id: str
    trace_id: str
    time: float
    """Seconds since 1970."""

    def header(self, name: str) -> str | None:
        """Give the last value of a header, whatever the case of its name."""
        wanted = name.lower()
        values = [value for key, value in self.headers if key.lower() == wanted]
        return values[-1] if values else None


def proxy_event(
    request: Request,
    api: Api,
    stage: Stage,
    match: Match,
    path: str,
    authorizer: Mapping[str, Any] | None,
    caller: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Make the event of a proxy integration.

    Query values are decoded, the path and its variables are not; the stage is in the request
    context's path only. With ``*/*`` among the binary types every body arrives as base64.

    :param path: the path within the stage.
    :param authorizer: the authorizer's context, with ``principalId``.
    :param caller: the identity of a caller who signed the request.
    """
    headers = _headers(request)
    query = _query(request.query)
    body, encoded = _body(request, api.binary_media_types)
    host = request.header("Host") or ""
    return {
        "resource": match.route.path,
        "path": path,
        "httpMethod": request.method,
        "headers": {name: values[-1] for name, values in headers.items()} or None,
        "multiValueHeaders": headers or None,
        "queryStringParameters": {name: values[-1] for name, values in query.items()} or None,
        "multiValueQueryStringParameters": query or None,
        "pathParameters": dict(match.parameters) or None,
        "stageVariables": stage.variables,
        "requestContext": {
            "resourceId": match.route.resource_id,
            **({} if authorizer is None else {"authorizer": authorizer}),
            "resourcePath": match.route.path,
            "httpMethod": request.method,
            "extendedRequestId": request.id[:8] + "=",
            "requestTime": time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(request.time)),
            "path": request.path,
            "accountId": api.account,
            "protocol": "HTTP/1.1",
            "stage": stage.name,
            "domainPrefix": host.split(".")[0].split(":")[0],
            "requestTimeEpoch": int(request.time * 1000),
            "requestId": request.id,
            "identity": {**_identity(request), **(caller or {})},
            "domainName": host.split(":")[0],
            "deploymentId": stage.deployment_id,
            "apiId": api.id,
        },
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


def method_arn(request: Request, api: Api, stage: Stage, path: str) -> str:
    """Give the ARN that a policy is evaluated against."""
    base = f"arn:aws:execute-api:{api.region}:{api.account}:{api.id}"
    return f"{base}/{stage.name}/{request.method}{path}"


def _headers(request: Request) -> dict[str, list[str]]:
    headers: dict[str, list[str]] = {}
    spelled: dict[str, str] = {}
    for name, value in request.headers:
        key = name.lower()
        if key not in _DROPPED:
            headers.setdefault(spelled.setdefault(key, name), []).append(value)
    headers["X-Amzn-Trace-Id"] = [request.trace_id]
    headers["X-Forwarded-For"] = [request.source_ip]
    headers["X-Forwarded-Port"] = [str(request.port)]
    headers["X-Forwarded-Proto"] = ["http"]
    return headers


def _query(query: str) -> dict[str, list[str]]:
    values: dict[str, list[str]] = {}
    for pair in query.split("&") if query else ():
        name, _, value = pair.partition("=")
        if pair:
            values.setdefault(unquote_plus(name), []).append(unquote_plus(value))
    return values


def _body(request: Request, binary_media_types: tuple[str, ...]) -> tuple[str | None, bool]:
    if not request.body:
        return None, False
    if is_binary(request.header("Content-Type"), binary_media_types):
        return base64.b64encode(request.body).decode("ascii"), True
    return request.body.decode("utf-8", errors="replace"), False


def is_binary(media_type: str | None, binary_media_types: tuple[str, ...]) -> bool:
    """Tell whether a media type is among the API's binary ones."""
    if "*/*" in binary_media_types:
        return True
    return (media_type or "application/json").split(";")[0].strip().lower() in binary_media_types


def _identity(request: Request) -> dict[str, str | None]:
    return {
        **dict.fromkeys(_ABSENT_IDENTITY),
        "sourceIp": request.source_ip,
        "userAgent": request.header("User-Agent"),
    }
