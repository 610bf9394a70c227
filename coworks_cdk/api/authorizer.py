"""What lets callers in: the service's own function, or an authorizer that the user declared."""

from __future__ import annotations

from functools import cache
from typing import cast

from aws_cdk import CfnResource, Duration, IResolvable, Names, Stack
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from coworks_cdk.api.late_value import late_value
from coworks_cdk.api.openapi import Authorizer
from coworks_cdk.asked_once import node_of


def token_authorizer(
    scope: Construct,
    *,
    function: lambda_.IFunction,
    name: str,
    header: str,
    cache_ttl: Duration,
    permission_id: str,
) -> apigateway.TokenAuthorizer:
    """Declare the authorizer, and the one permission that it needs.

    :param header: the request's header that carries the token; without it API Gateway answers
        401 and the function isn't called.
    :param cache_ttl: how long an answer is kept for a token; 0 asks each time.
    :param permission_id: the logical id of the permission. The CDK's own id holds the stack's
        path, so that a stack renamed would replace it.
    """
    authorizer = apigateway.TokenAuthorizer(
        scope,
        "Authorizer",
        handler=function,
        authorizer_name=name,
        identity_source=_identity_source(header),
        results_cache_ttl=cache_ttl,
    )
    permission = node_of(function).try_find_child(_permission_of(authorizer))
    cast("CfnResource", permission).override_logical_id(permission_id)
    return authorizer


def own_scheme(
    api: apigateway.IRestApi,
    *,
    function: lambda_.IFunction,
    uri: str,
    header: str,
    cache_ttl: Duration,
) -> dict[str, object]:
    """The token authorizer as a document has it, and the one permission that it needs.

    :param uri: what API Gateway calls.
    """
    function.add_permission(
        "InvokeByAuthorizer",
        principal=iam.ServicePrincipal("apigateway.amazonaws.com"),
        source_arn=_authorizers_of(api),
    )
    return Authorizer(
        "TOKEN",
        uri=uri,
        identity_source=_identity_source(header),
        ttl=cache_ttl.to_seconds(),
    ).scheme


def given_scheme(
    api: apigateway.IRestApi, authorizer: apigateway.IAuthorizer | apigateway.AuthorizationType
) -> dict[str, object] | IResolvable:
    """The user's authorizer as a document has it.

    API Gateway makes it of the document, so that the resource that the user declared leaves the
    template, and what may be called by it may be called by the API's authorizers.
    """
    if isinstance(authorizer, apigateway.AuthorizationType):
        return Authorizer("AWS_IAM").scheme
    declared = cast("Construct", authorizer)
    resource = cast("apigateway.CfnAuthorizer", declared.node.default_child)
    declared.node.try_remove_child(resource.node.id)
    permission = _permission_of(declared)
    for construct in declared.node.root.node.find_all():
        if isinstance(construct, lambda_.CfnPermission) and construct.node.id == permission:
            construct.source_arn = _authorizers_of(api)
    return late_value(lambda: _scheme(resource))


@cache
def _identity_source(header: str) -> str:
    return apigateway.IdentitySource.header(header)


def _permission_of(authorizer: Construct) -> str:
    """The id that the CDK gives to what lets an authorizer call a function, below the function."""
    return f"{Names.unique_id(authorizer)}:Permissions"


def _scheme(resource: apigateway.CfnAuthorizer) -> dict[str, object]:
    return Authorizer(
        resource.type,
        uri=resource.authorizer_uri,
        credentials=resource.authorizer_credentials,
        identity_source=resource.identity_source,
        validation=resource.identity_validation_expression,
        ttl=resource.authorizer_result_ttl_in_seconds,
        pools=resource.provider_arns,
    ).scheme


def _authorizers_of(api: apigateway.IRestApi) -> str:
    return Stack.of(api).format_arn(
        service="execute-api", resource=api.rest_api_id, resource_name="authorizers/*"
    )
