"""The REST API of a service and its routes, as its props say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from coworks_cdk.api.access_logs import access_log_format
from coworks_cdk.api.apis import ApiProperties, BodyApi, ServiceApi
from coworks_cdk.api.authorizer import given_scheme, own_scheme, token_authorizer
from coworks_cdk.api.body import body_api, declare_body
from coworks_cdk.api.gateway_responses import gateway_responses
from coworks_cdk.api.methods import declare_methods
from coworks_cdk.api.operations import Routes
from coworks_cdk.api.rest_api import let_call, only_from, rest_api, target_of
from coworks_cdk.api.route_tree import route_tree
from coworks_cdk.logical_ids import logical_id
from coworks_cdk.service_description import ServiceDescription
from coworks_cdk.settings import Settings


def service_api(
    scope: Construct,
    settings: Settings,
    service: ServiceDescription,
    *,
    access_log_group: Callable[[], logs.ILogGroup],
) -> ServiceApi | BodyApi:
    """Declare the API, without routes, and its path on a custom domain.

    :param access_log_group: declares where its access logs go, if it has some.
    """
    declare = rest_api if settings.api_body is None else body_api
    options = dict(settings.api_options)
    if settings.vpc_endpoints:
        options.setdefault("policy", only_from(settings.vpc_endpoints))
    properties = ApiProperties(
        name=settings.api_name or service.name,
        description=settings.description or service.summary,
        endpoint=settings.endpoint_type,
        vpc_endpoints=settings.vpc_endpoints,
        binary_media_types=settings.binary_media_types,
        stage_options=apigateway.StageOptions(
            stage_name=settings.stage,
            tracing_enabled=settings.tracing is lambda_.Tracing.ACTIVE,
            throttling_rate_limit=settings.throttling_rate_limit,
            throttling_burst_limit=settings.throttling_burst_limit,
            **_access_logs(settings, access_log_group),
            **settings.stage_options,
        ),
        options=options,
    )
    api = declare(scope, properties)
    if settings.domain_name is not None:
        _map(scope, api, settings.domain_name, settings.base_path)
    return api


def _map(
    scope: Construct,
    api: ServiceApi | BodyApi,
    domain: apigateway.IDomainName,
    base_path: str | None,
) -> None:
    """Let the API's stage answer on a path of a domain, or on all of it."""
    stage = api.deployment_stage
    if base_path is None or "/" not in base_path:
        apigateway.BasePathMapping(
            scope, "Mapping", domain_name=domain, base_path=base_path, rest_api=api, stage=stage
        )
        return
    # Paths of several parts are of the second version of API Gateway's own API alone, whose module
    # takes as long to be imported as half of this package.
    from aws_cdk import aws_apigatewayv2 as apigatewayv2

    apigatewayv2.CfnApiMapping(
        scope,
        "Mapping",
        domain_name=domain.domain_name,
        api_mapping_key=base_path,
        api_id=api.rest_api_id,
        stage=stage.stage_name,
    )


def _access_logs(
    settings: Settings, access_log_group: Callable[[], logs.ILogGroup]
) -> dict[str, Any]:
    if not settings.access_logs:
        return {}
    return {
        "access_log_destination": apigateway.LogGroupLogDestination(access_log_group()),
        "access_log_format": access_log_format(),
    }


def declare_routes(
    scope: Construct,
    api: ServiceApi | BodyApi,
    settings: Settings,
    service: ServiceDescription,
    *,
    function: lambda_.IFunction,
) -> apigateway.IAuthorizer | None:
    """Declare what the API serves, as resources or as one document.

    :param function: what answers for the service: the function, or the alias of one.
    :returns: the authorizer, where there is one that is a resource.
    """
    target = target_of(
        scope,
        function,
        timeout=settings.integration_timeout,
        stream_timeout=settings.stream_timeout,
        binary=settings.binary_media_types,
    )
    routes = Routes(
        route_tree(service.entries),
        target,
        service.cors,
        gateway_responses(
            cors=service.cors if service.cross_origin else None,
            protected=service.protected,
            signed=settings.authorizer is apigateway.AuthorizationType.IAM,
        ),
    )
    let_call(api, function)
    authorizer = settings.authorizer if service.protected else None
    if isinstance(api, BodyApi):
        scheme: object | None = None
        if authorizer is not None:
            scheme = given_scheme(api, authorizer)
        elif service.protected:
            scheme = own_scheme(
                api,
                function=function,
                uri=target.uri(),
                header=service.authorization_header,
                cache_ttl=settings.authorizer_cache_ttl,
            )
        declare_body(api, routes, title=service.name, scheme=scheme)
        return None
    if authorizer is None and service.protected:
        authorizer = token_authorizer(
            scope,
            function=function,
            name=service.name[:128],
            header=service.authorization_header,
            cache_ttl=settings.authorizer_cache_ttl,
            permission_id=logical_id(scope, "InvokeByAuthorizer"),
        )
    declare_methods(api, routes, authorizer)
    return None if isinstance(authorizer, apigateway.AuthorizationType) else authorizer
