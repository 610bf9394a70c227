"""The gateway's own answers, in the shape of the service's."""

from __future__ import annotations

from dataclasses import dataclass

from aws_cdk import aws_apigateway as apigateway

from coworks_cdk.api.cross_origin import gateway_response_headers
from coworks_cdk.service_description import Cors


@dataclass(frozen=True, slots=True)
class _GatewayResponse:
    name: str
    type: str
    status: str | None
    body: str


# The bodies are those of the service's own errors. DEFAULT_4XX carries the gateway's message
# ("Unauthorized", ...) and each error's own status. DEFAULT_5XX doesn't: of an authorizer that
# fails the gateway's message is null.
_GATEWAY_RESPONSES = (
    _GatewayResponse("NotFound", "MISSING_AUTHENTICATION_TOKEN", "404", '{"message":"Not Found"}'),
    _GatewayResponse("Forbidden", "ACCESS_DENIED", "403", '{"message":"Forbidden"}'),
    _GatewayResponse("Default4xx", "DEFAULT_4XX", None, '{"message":$context.error.messageString}'),
    _GatewayResponse("Default5xx", "DEFAULT_5XX", None, '{"message":"Internal Server Error"}'),
)


# API Gateway has one type for unknown routes and for requests that aren't signed.
_UNSIGNED = _GatewayResponse(
    "NotFound", "MISSING_AUTHENTICATION_TOKEN", "403", '{"message":"Forbidden"}'
)


def add_gateway_responses(
    api: apigateway.RestApi, *, cors: Cors | None, protected: bool, signed: bool = False
) -> None:
    """Give the gateway's own answers the shape of the service's.

    :param cors: the service's rules, or None where no entry has CORS.
    :param protected: whether there is an authorizer, whose refusals need an answer.
    :param signed: whether requests to protected entries are signed; then an unsigned one, and one
        to an unknown route, which API Gateway doesn't tell apart, are a 403.
    """
    headers = {} if cors is None else gateway_response_headers(cors)
    for response in _GATEWAY_RESPONSES:
        if response.type == "ACCESS_DENIED" and not protected:
            continue
        if signed and response.type == _UNSIGNED.type:
            response = _UNSIGNED  # noqa: PLW2901 - in its place
        api.add_gateway_response(
            response.name,
            type=apigateway.ResponseType.of(response.type),
            status_code=response.status,
            response_headers=headers,
            templates={"application/json": response.body},
        )
