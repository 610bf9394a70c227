"""The REST API of a service, without its routes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from aws_cdk import Duration, Stack
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from coworks_cdk.api.apis import ApiProperties, ServiceApi
from coworks_cdk.api.operations import Target
from coworks_cdk.asked_once import milliseconds, stack_of


def rest_api(scope: Construct, properties: ApiProperties) -> ServiceApi:
    """Declare the API, without routes.

    It has no CloudWatch role: that is the account's setting, which no service's stack should own.
    """
    through: dict[str, Any] = {}
    if properties.vpc_endpoints:
        through["vpc_endpoints"] = list(properties.vpc_endpoints)
    api = ServiceApi(
        scope,
        "Api",
        rest_api_name=properties.name,
        description=properties.description,
        endpoint_configuration=apigateway.EndpointConfiguration(
            types=[properties.endpoint], **through
        ),
        binary_media_types=list(properties.binary_media_types),
        cloud_watch_role=False,
        deploy_options=properties.stage_options,
        **properties.options,
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


def let_call(api: apigateway.IRestApi, function: lambda_.IFunction) -> None:
    """Let an API call a function, by one permission.

    An integration's own permissions are one or two a method, and Lambda's policy holds about forty.
    """
    function.add_permission(
        "InvokeByApi",
        principal=_api_gateway(),
        source_arn=api.arn_for_execute_api("*", "/*", "*"),
    )


@cache
def _api_gateway() -> iam.ServicePrincipal:
    return iam.ServicePrincipal("apigateway.amazonaws.com")


@cache
def _services(stack: Stack) -> str:
    arn = stack.format_arn(
        service="apigateway", account="lambda", resource="path", resource_name=""
    )
    return arn.removesuffix("/")


def target_of(
    scope: Construct,
    function: lambda_.IFunction,
    *,
    timeout: Duration | None,
    stream_timeout: Duration | None,
    binary: Sequence[str],
) -> Target:
    """A function as an API's integrations name it.

    :param timeout: how long API Gateway waits for an answer; its default without one.
    :param binary: the API's binary media types.
    :param stream_timeout: how long it waits for the end of a streamed one, likewise.
    """
    return Target(
        services=_services(stack_of(scope)),
        arn=function.function_arn,
        timeout=None if timeout is None else milliseconds(timeout),
        binary=tuple(binary),
        stream_timeout=None if stream_timeout is None else milliseconds(stream_timeout),
    )
