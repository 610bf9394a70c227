"""The gateway's own answers, in the shape of the service's. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from coworks_cdk.api.cross_origin import gateway_response_headers
from coworks_cdk.service_description import Cors


@dataclass(frozen=True, slots=True)
class GatewayResponse:
    """What an API answers in place of one of API Gateway's errors.

    :param name: the construct's id.
    :param type: the error.
    :param status: in place of the error's own.
    :param body: a template, of JSON.
    :param headers: expressions by the header's name.
    """

    name: str
    type: str
    status: str | None
    body: str
    headers: Mapping[str, str] = field(default_factory=dict)


# The bodies are those of the service's own errors. DEFAULT_4XX carries the gateway's message
# ("Unauthorized", ...) and each error's own status. DEFAULT_5XX doesn't: of an authorizer that
# fails the gateway's message is null.
_GATEWAY_RESPONSES = (
    GatewayResponse("NotFound", "MISSING_AUTHENTICATION_TOKEN", "404", '{"message":"Not Found"}'),
    GatewayResponse("Forbidden", "ACCESS_DENIED", "403", '{"message":"Forbidden"}'),
    GatewayResponse("Default4xx", "DEFAULT_4XX", None, '{"message":$context.error.messageString}'),
    GatewayResponse("Default5xx", "DEFAULT_5XX", None, '{"message":"Internal Server Error"}'),
)


# API Gateway has one type for unknown routes and for requests that aren't signed.
_UNSIGNED = GatewayResponse(
    "NotFound", "MISSING_AUTHENTICATION_TOKEN", "403", '{"message":"Forbidden"}'
)


def gateway_responses(
    *, cors: Cors | None, protected: bool, signed: bool = False
) -> tuple[GatewayResponse, ...]:
    """The gateway's own answers.

    :param cors: the service's rules, or None where no entry has CORS.
    :param protected: whether there is an authorizer, whose refusals need an answer.
    :param signed: whether requests to protected entries are signed; then an unsigned one, and one
        to an unknown route, which API Gateway doesn't tell apart, are a 403.
    """
    headers = {} if cors is None else gateway_response_headers(cors)
    return tuple(
        replace(
            _UNSIGNED if signed and response.type == _UNSIGNED.type else response, headers=headers
        )
        for response in _GATEWAY_RESPONSES
        if protected or response.type != "ACCESS_DENIED"
    )
