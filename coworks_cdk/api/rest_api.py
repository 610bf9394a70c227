"""The REST API of a service, and its routes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from aws_cdk import Duration
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_ec2 as ec2
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
    endpoint: apigateway.EndpointConfiguration,
    binary_media_types: Sequence[str],
    stage_options: apigateway.StageOptions,
    options: Mapping[str, Any],
) -> ServiceApi:
    """Declare the API, without routes.

    It has no CloudWatch role: that is the account's setting, which no service's stack should own.

    :param options: further arguments of the CDK's ``RestApi``.
    """
    api = ServiceApi(
        scope,
        "Api",
        rest_api_name=name,
        description=description,
        endpoint_configuration=endpoint,
        binary_media_types=list(binary_media_types),
        cloud_watch_role=False,
        deploy_options=stage_options,
        **options,
    )
    # Its key is unreadable; the construct declares the outputs.
    api.node.try_remove_child("Endpoint")
    return api


def only_from(endpoints: Sequence[ec2.IVpcEndpoint]) -> iam.PolicyDocument:
    """A private API's policy: everybody, through these endpoints.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-private-api-create.html
    """
    everything: dict[str, Any] = {
        "actions": ["execute-api:Invoke"],
        "principals": [iam.AnyPrincipal()],
        "resources": ["execute-api:/*"],
    }
    ids = [endpoint.vpc_endpoint_id for endpoint in endpoints]
    return iam.PolicyDocument(
        statements=[
            iam.PolicyStatement(**everything),
            iam.PolicyStatement(
                **everything,
                effect=iam.Effect.DENY,
                conditions={"StringNotEquals": {"aws:SourceVpce": ids}},
            ),
        ]
    )


def integrate(
    api: ServiceApi,
    root: RouteNode,
    *,
    function: lambda_.IFunction,
    authorizer: apigateway.IAuthorizer | apigateway.AuthorizationType | None,
    timeout: Duration | None,
    cors: Cors,
) -> None:
    """Declare a Resource for each path part, a Method for each entry, and the preflights.

    :param function: what answers: the function, or the alias of one.
    :param authorizer: what lets the callers of protected entries in; None where all is public.
    :param timeout: how long API Gateway waits for an answer; its default without one.
    """
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
        options=None if timeout is None else apigateway.IntegrationOptions(timeout=timeout),
    )
    _add_node(api.root, root, proxy=proxy, authorizer=authorizer, cors=cors)


def _add_node(
    resource: apigateway.IResource,
    node: RouteNode,
    *,
    proxy: apigateway.Integration,
    authorizer: apigateway.IAuthorizer | apigateway.AuthorizationType | None,
    cors: Cors,
) -> None:
    for method, entry in node.entries.items():
        allowed: dict[str, Any] = {"authorizer": authorizer}
        if entry.no_auth or authorizer is None:
            allowed = {"authorization_type": apigateway.AuthorizationType.NONE}
        elif isinstance(authorizer, apigateway.AuthorizationType):
            allowed = {"authorization_type": authorizer}
        resource.add_method(method, proxy, operation_name=entry.endpoint, **allowed)
    if node.cors_methods and "OPTIONS" not in node.entries:
        add_preflight(resource, node.cors_methods, cors)
    for child in node.children.values():
        below = resource.add_resource(child.part)
        _add_node(below, child, proxy=proxy, authorizer=authorizer, cors=cors)
