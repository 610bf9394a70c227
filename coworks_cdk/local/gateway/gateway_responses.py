"""Pure: the errors that API Gateway answers by itself."""

from __future__ import annotations

import json
from dataclasses import dataclass

from coworks_cdk.local import vtl
from coworks_cdk.local.gateway.context import request_context
from coworks_cdk.local.gateway.mapping import mapped
from coworks_cdk.local.gateway.request import Arrival
from coworks_cdk.local.gateway.response import Response
from coworks_cdk.local.template.records import GatewayResponse

_TEMPLATE = '{"message":$context.error.messageString}'
_OWN_TEMPLATES = {"ACCESS_DENIED": '{"Message":$context.error.messageString}'}
"""What API Gateway answers where the API says nothing of a type."""


@dataclass(frozen=True)
class Failure:
    """One of API Gateway's own errors."""

    type: str
    """As the template's ``ResponseType``."""
    status: int
    message: str | None
    error: str
    """What ``x-amzn-ErrorType`` says."""
    fixed: bool = False
    """Whether gateway responses leave it as it is."""


NO_ROUTE = Failure(
    "MISSING_AUTHENTICATION_TOKEN",
    403,
    "Missing Authentication Token",
    "MissingAuthenticationTokenException",
)
NO_STAGE = Failure("", 403, "Forbidden", "ForbiddenException", fixed=True)
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
EXPIRED = Failure("UNAUTHORIZED", 401, "The incoming token has expired", "UnauthorizedException")
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
BROKEN_ANSWER = Failure("DEFAULT_5XX", 500, "Internal server error", "InternalServerErrorException")
"""An answer that is said to be base64, and isn't (recorded 2025-01-29)."""
TOO_LARGE = Failure(
    "REQUEST_TOO_LARGE", 413, "Request Too Long", "RequestTooLargeException", fixed=True
)
BAD_REQUEST = Failure("", 400, "Bad Request", "BadRequestException", fixed=True)
UNSUPPORTED_MEDIA_TYPE = Failure(
    "UNSUPPORTED_MEDIA_TYPE", 415, "Unsupported Media Type", "BadRequestException"
)
THROTTLED = Failure("THROTTLED", 429, "Too Many Requests", "TooManyRequestsException")


def gateway_response(failure: Failure, arrival: Arrival | None) -> Response:
    """Make the response of an error, as the API's gateway responses ask for it.

    A response type of its own wins over ``DEFAULT_4XX`` and ``DEFAULT_5XX``.

    :param arrival: where the request arrived; None where there is no such stage.
    """
    headers = {"Content-Type": "application/json", "x-amzn-ErrorType": failure.error}
    message = json.dumps(failure.message)
    if arrival is None or failure.fixed:
        return Response(failure.status, tuple(headers.items()), f'{{"message":{message}}}'.encode())
    known = arrival.api.responses
    default = "DEFAULT_4XX" if failure.status < 500 else "DEFAULT_5XX"
    custom = known.get(failure.type) or known.get(default)
    if custom is None:
        custom = GatewayResponse(failure.type, template=_OWN_TEMPLATES.get(failure.type))
    error = {
        "message": failure.message or "",
        "messageString": message,
        "responseType": failure.type,
    }
    context = {**request_context(arrival), "error": error}
    own = mapped(custom.headers, arrival, context)
    names = {name.lower() for name in own}
    kept = {name: value for name, value in headers.items() if name.lower() not in names}
    values = {"context": context, "stageVariables": dict(arrival.stage.variables or {})}
    body = vtl.render(vtl.parse(custom.template or _TEMPLATE), values)
    # An own response type without a status keeps that of the error (API Gateway, gateway
    # responses); only DEFAULT_4XX and DEFAULT_5XX would else turn every error into one status.
    return Response(custom.status or failure.status, (*kept.items(), *own.items()), body.encode())
