"""The REST API of a service, and its routes."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from coworks_cdk.api.deployment import ServiceApi
from coworks_cdk.api.preflight import add_preflight
from coworks_cdk.api.route_tree import RouteNode
from coworks_cdk.service_description import Cors


def rest_api(
    scope: Construct,
    *,
    name: str,
    description: str | None,
    binary_media_types: Sequence[str],
    stage_options: apigateway.StageOptions,
) -> ServiceApi:
    """Declare the API, without routes.

    It has no CloudWatch role: that is the account's setting, which no service's stack should own.
    """
    api = ServiceApi(
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
    api: ServiceApi,
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
        add_preflight(resource, node.cors_methods, cors)
    for child in node.children.values():
        below = resource.add_resource(child.part)
        _add_node(below, child, proxy=proxy, authorizer=authorizer, cors=cors)
