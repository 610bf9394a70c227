"""Pure: what API Gateway knows of a request beside the request itself: ``requestContext``."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from coworks_cdk.local.gateway.request import Arrival

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


def request_context(
    arrival: Arrival,
    authorizer: Mapping[str, Any] | None = None,
    caller: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Give the request context of an event, and ``$context`` of templates.

    :param authorizer: the authorizer's context, with ``principalId``.
    :param caller: the identity of a caller who signed the request.
    """
    request, match = arrival.request, arrival.match
    host = request.header("Host") or ""
    resource: dict[str, Any] = {}
    if match is not None:
        resource = {"resourceId": match.route.resource_id, "resourcePath": match.route.path}
    return {
        **resource,
        **({} if authorizer is None else {"authorizer": authorizer}),
        "httpMethod": request.method,
        "extendedRequestId": extended_id(request.id),
        "requestTime": time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(request.time)),
        "path": request.path,
        "accountId": arrival.api.account,
        "protocol": "HTTP/1.1",
        "stage": arrival.stage.name,
        "domainPrefix": host.split(".")[0].split(":")[0],
        "requestTimeEpoch": int(request.time * 1000),
        "requestId": request.id,
        "identity": {
            **dict.fromkeys(_ABSENT_IDENTITY),
            "sourceIp": request.source_ip,
            "userAgent": request.header("User-Agent"),
            **(caller or {}),
        },
        "domainName": host.split(":")[0],
        "deploymentId": arrival.stage.deployment_id,
        "apiId": arrival.api.id,
    }


def extended_id(request_id: str) -> str:
    """Give what ``x-amz-apigw-id`` says of a request."""
    return f"{request_id[:8]}="
