"""The REST API of a service: routes, preflights, gateway responses, deployment."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import cast

from aws_cdk import CfnResource
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from coworks_cdk.api.route_tree import RouteNode
from coworks_cdk.service_description import Cors

#: What JSON access logs tell of a request; neither its headers nor its query.
ACCESS_LOG_FIELDS = {
    "requestId": "$context.requestId",
    "extendedRequestId": "$context.extendedRequestId",
    "traceId": "$context.xrayTraceId",
    "requestTime": "$context.requestTime",
    "sourceIp": "$context.identity.sourceIp",
    "userAgent": "$context.identity.userAgent",
    "httpMethod": "$context.httpMethod",
    "path": "$context.path",
    "resourcePath": "$context.resourcePath",
    "protocol": "$context.protocol",
    "status": "$context.status",
    "responseLength": "$context.responseLength",
    "responseLatency": "$context.responseLatency",
    "integrationLatency": "$context.integrationLatency",
    "integrationStatus": "$context.integration.status",
    "authorizerStatus": "$context.authorizer.status",
    "errorType": "$context.error.responseType",
    "errorMessage": "$context.error.message",
}


def access_log_format() -> apigateway.AccessLogFormat:
    """Access logs as one JSON object a line."""
    return apigateway.AccessLogFormat.custom(json.dumps(ACCESS_LOG_FIELDS, separators=(",", ":")))


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


def rest_api(
    scope: Construct,
    *,
    name: str,
    description: str | None,
    binary_media_types: Sequence[str],
    stage_options: apigateway.StageOptions,
) -> apigateway.RestApi:
    """Declare the API, without routes.

    It has no CloudWatch role: that is the account's setting, which no service's stack should own.
    """
    api = apigateway.RestApi(
        scope,
        "Api",
        rest_api_name=name,
        description=description,
        endpoint_types=[apigateway.EndpointType.REGIONAL],
        binary_media_types=list(binary_media_types),
        cloud_watch_role=False,
        deploy_options=stage_options,
    )
    # Its key is unreadable; the construct declares the outputs.
    api.node.try_remove_child("Endpoint")
    return api


def integrate(
    api: apigateway.RestApi,
    root: RouteNode,
    *,
    function: lambda_.Function,
    authorizer: apigateway.IAuthorizer | None,
    cors: Cors,
) -> None:
    """Declare a Resource for each path part, a Method for each entry, and the preflights."""
    # The integration's own permissions are one or two a method, and Lambda's policy holds about
    # forty: one permission covers the API.
    function.add_permission(
        "InvokeByApi",
        principal=iam.ServicePrincipal("apigateway.amazonaws.com"),
        source_arn=api.arn_for_execute_api("*", "/*", "*"),
    )
    proxy = apigateway.AwsIntegration(
        service="lambda",
        path=f"2015-03-31/functions/{function.function_arn}/invocations",
        proxy=True,
    )
    _add_node(api.root, root, proxy=proxy, authorizer=authorizer, cors=cors)


def _add_node(
    resource: apigateway.IResource,
    node: RouteNode,
    *,
    proxy: apigateway.Integration,
    authorizer: apigateway.IAuthorizer | None,
    cors: Cors,
) -> None:
    for method, entry in node.entries.items():
        if entry.no_auth or authorizer is None:
            resource.add_method(method, proxy, authorization_type=apigateway.AuthorizationType.NONE)
        else:
            resource.add_method(method, proxy, authorizer=authorizer)
    if node.cors_methods and "OPTIONS" not in node.entries:
        _add_preflight(resource, node.cors_methods, cors)
    for child in node.children.values():
        below = resource.add_resource(child.part)
        _add_node(below, child, proxy=proxy, authorizer=authorizer, cors=cors)


def _add_preflight(resource: apigateway.IResource, methods: tuple[str, ...], cors: Cors) -> None:
    headers = preflight_headers(cors, methods)
    name = "method.response.header."
    resource.add_method(
        "OPTIONS",
        apigateway.MockIntegration(
            # With every media type binary, the mock's template is read as text only when told.
            content_handling=apigateway.ContentHandling.CONVERT_TO_TEXT,
            request_templates={"application/json": '{"statusCode":204}'},
            integration_responses=[
                apigateway.IntegrationResponse(
                    status_code="204",
                    response_parameters={name + k: f"'{v}'" for k, v in headers.items()},
                    response_templates={"application/json": origin_template(cors)},
                )
            ],
        ),
        authorization_type=apigateway.AuthorizationType.NONE,
        method_responses=[
            apigateway.MethodResponse(
                status_code="204", response_parameters={name + k: True for k in headers}
            )
        ],
    )


def preflight_headers(cors: Cors, methods: tuple[str, ...]) -> dict[str, str]:
    """The headers that answer a preflight, the origin being the first that is allowed."""
    headers = {
        "Access-Control-Allow-Origin": _first_origin(cors),
        "Access-Control-Allow-Methods": ",".join(methods),
        "Access-Control-Allow-Headers": ",".join(cors.allow_headers),
        "Access-Control-Max-Age": str(cors.max_age),
    }
    if cors.allow_credentials:
        headers["Access-Control-Allow-Credentials"] = "true"
    if "*" not in cors.allow_origins:
        headers["Vary"] = "Origin"
    return {key: value for key, value in headers.items() if value}


def origin_template(cors: Cors) -> str:
    """The template that answers the caller's origin where several are allowed.

    Its output is a preflight's body, so it is nothing but directives.
    """
    if "*" in cors.allow_origins or len(cors.allow_origins) == 1:
        return ""
    allowed = " || ".join(f"$origin == '{origin}'" for origin in cors.allow_origins)
    header = "$context.responseOverride.header.Access-Control-Allow-Origin"
    return (
        "#set($headers = $input.params().header)"
        "#set($origin = $headers.get('Origin'))"
        "#if(!$origin)#set($origin = $headers.get('origin'))#end"
        f"#if({allowed})#set({header} = $origin)#end"
    )


def gateway_response_headers(cors: Cors) -> dict[str, str]:
    """The headers that let a page of another origin read the gateway's own errors."""
    headers = {"Access-Control-Allow-Origin": f"'{_first_origin(cors)}'"}
    if cors.expose_headers:
        headers["Access-Control-Expose-Headers"] = f"'{','.join(cors.expose_headers)}'"
    if cors.allow_credentials:
        headers["Access-Control-Allow-Credentials"] = "'true'"
    return headers


def add_gateway_responses(api: apigateway.RestApi, *, cors: Cors | None, protected: bool) -> None:
    """Give the gateway's own answers the shape of the service's.

    :param cors: the service's rules, or None where no entry has CORS.
    :param protected: whether there is an authorizer, whose refusals need an answer.
    """
    headers = {} if cors is None else gateway_response_headers(cors)
    for response in _GATEWAY_RESPONSES:
        if response.type == "ACCESS_DENIED" and not protected:
            continue
        api.add_gateway_response(
            response.name,
            type=apigateway.ResponseType.of(response.type),
            status_code=response.status,
            response_headers=headers,
            templates={"application/json": response.body},
        )


def deployment_fingerprint(
    root: RouteNode,
    *,
    cors: Cors,
    authorizer: Mapping[str, object] | None,
    binary_media_types: Sequence[str],
) -> str:
    """What a deployment is a picture of, as a hash: it changes when the API does, and only then.

    :param authorizer: what the authorizer is made of, its TTL included; None without.
    """
    routes = [
        [node.path, method, entry.no_auth, entry.no_cors]
        for node in root.walk()
        for method, entry in node.entries.items()
    ]
    state = {
        "routes": routes,
        "cors": asdict(cors) if any(not no_cors for *_, no_cors in routes) else None,
        "authorizer": authorizer,
        "binary_media_types": list(binary_media_types),
        "gateway_responses": [asdict(response) for response in _GATEWAY_RESPONSES],
    }
    return hashlib.sha256(json.dumps(state, sort_keys=True).encode()).hexdigest()[:16]


def set_logical_ids(api: apigateway.RestApi, *, stage: str, deployment: str) -> None:
    """Replace the deployment when its id changes, and not otherwise; keep the stage's.

    The CDK's own id of the deployment follows the API's name and description too, and follows the
    authorizer only where the app has set a feature flag. That of the stage holds its name.
    """
    # The API is created with `deploy`: it has one.
    picture = cast("apigateway.Deployment", api.latest_deployment)
    for construct, logical_id in ((picture, deployment), (api.deployment_stage, stage)):
        cast("CfnResource", construct.node.default_child).override_logical_id(logical_id)


def _first_origin(cors: Cors) -> str:
    return "*" if "*" in cors.allow_origins else next(iter(cors.allow_origins), "")
