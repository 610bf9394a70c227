"""The token authorizer, served by the service's own function."""

from __future__ import annotations

from aws_cdk import CfnResource, Duration
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_lambda as lambda_
from constructs import Construct


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
    before = {child.node.id for child in function.node.children}
    authorizer = apigateway.TokenAuthorizer(
        scope,
        "Authorizer",
        handler=function,
        authorizer_name=name,
        identity_source=apigateway.IdentitySource.header(header),
        results_cache_ttl=cache_ttl,
    )
    for child in function.node.children:
        if child.node.id not in before and isinstance(child, CfnResource):
            child.override_logical_id(permission_id)
    return authorizer
