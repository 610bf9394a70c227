"""Pure: the errors that API Gateway answers by itself."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from coworks_cdk.local.gateway.event import Request
from coworks_cdk.local.gateway.response import Response
from coworks_cdk.local.template.records import Api, GatewayResponse

_CONTEXT = re.compile(r"\$context\.([A-Za-z][A-Za-z0-9_.]*[A-Za-z0-9])")


@dataclass(frozen=True)
class Failure:
    """One of API Gateway's own errors."""

    type: str
    """As the template's ``ResponseType``."""
    status: int
    message: str | None
    error: str
    """What ``x-amzn-ErrorType`` says."""


NO_ROUTE = Failure(
    "MISSING_AUTHENTICATION_TOKEN",
    403,
    "Missing Authentication Token",
    "MissingAuthenticationTokenException",
)
NO_STAGE = Failure("", 403, "Forbidden", "ForbiddenException")
UNAUTHORIZED = Failure("UNAUTHORIZED", 401, "Unauthorized", "UnauthorizedException")
NOT_SIGNED = Failure(
    "MISSING_AUTHENTICATION_TOKEN",
    403,
    "Missing Authentication Token",
    "MissingAuthenticationTokenException",
)
WRONG_SIGNATURE = Failure(
    "INVALID_SIGNATURE",
    403,
    "Credential should be scoped to correct service: 'execute-api'.",
    "InvalidSignatureException",
)
EXPIRED = Failure("EXPIRED_TOKEN", 401, "The incoming token has expired", "UnauthorizedException")
DENIED = Failure(
    "ACCESS_DENIED",
    403,
    "User is not authorized to access this resource",
    "AccessDeniedException",
)
EXPLICITLY_DENIED = Failure(
    "ACCESS_DENIED",
    403,
    "User is not authorized to access this resource with an explicit deny",
    "AccessDeniedException",
)
AUTHORIZER_FAILED = Failure("AUTHORIZER_FAILURE", 500, None, "AuthorizerFailureException")
AUTHORIZER_NONSENSE = Failure(
    "AUTHORIZER_CONFIGURATION_ERROR", 500, None, "AuthorizerConfigurationException"
)
BAD_ANSWER = Failure("DEFAULT_5XX", 502, "Internal server error", "InternalServerErrorException")
BAD_CONFIGURATION = Failure(
    "API_CONFIGURATION_ERROR", 500, "Internal server error", "InternalServerErrorException"
)
TIMED_OUT = Failure(
    "INTEGRATION_TIMEOUT", 504, "Endpoint request timed out", "InternalServerErrorException"
)
TOO_LARGE = Failure("REQUEST_TOO_LARGE", 413, "Request Too Long", "RequestTooLargeException")
THROTTLED = Failure("THROTTLED", 429, "Too Many Requests", "TooManyRequestsException")


def gateway_response(failure: Failure, api: Api, request: Request) -> Response:
    """Make the response of an error, as the API's gateway responses ask for it.

    A response type of its own wins over ``DEFAULT_4XX`` and ``DEFAULT_5XX``.
    """
    default = "DEFAULT_4XX" if failure.status < 500 else "DEFAULT_5XX"
    known = api.responses
    custom = known.get(failure.type) or known.get(default) or GatewayResponse(failure.type)
    context = {
        "error.message": failure.message or "",
        "error.messageString": json.dumps(failure.message),
        "error.responseType": failure.type,
        "requestId": request.id,
        "path": request.path,
        "httpMethod": request.method,
        "identity.sourceIp": request.source_ip,
    }
    template = custom.template or '{"message":$context.error.messageString}'
    headers = [("Content-Type", "application/json"), ("x-amzn-ErrorType", failure.error)]
    for name, expression in custom.headers.items():
        value = _expression(expression, request, context)
        if value is not None:
            headers = [(n, v) for n, v in headers if n.lower() != name.lower()]
            headers.append((name, value))
    body = _CONTEXT.sub(lambda found: context.get(found.group(1), ""), template)
    # An own response type without a status keeps that of the error (API Gateway, gateway
    # responses); only DEFAULT_4XX and DEFAULT_5XX would else turn every error into one status.
    return Response(custom.status or failure.status, tuple(headers), body.encode())


def _expression(expression: str, request: Request, context: Mapping[str, str]) -> str | None:
    if expression.startswith("'"):
        return expression.strip("'")
    if expression.startswith("method.request.header."):
        return request.header(expression.removeprefix("method.request.header."))
    return context.get(expression.removeprefix("context."))
