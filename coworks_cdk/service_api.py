"""The REST API of a service, as its props say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from coworks_cdk.api.access_logs import access_log_format
from coworks_cdk.api.authorizer import token_authorizer
from coworks_cdk.api.deployment import ServiceApi
from coworks_cdk.api.rest_api import only_from, rest_api
from coworks_cdk.logical_ids import logical_id
from coworks_cdk.service_description import ServiceDescription
from coworks_cdk.settings import Settings


def service_api(
    scope: Construct,
    settings: Settings,
    service: ServiceDescription,
    *,
    access_log_group: Callable[[], logs.ILogGroup],
) -> ServiceApi:
    """Declare the API, without routes, and its path on a custom domain.

    :param access_log_group: declares where its access logs go, if it has some.
    """
    endpoints: dict[str, Any] = {}
    if settings.vpc_endpoints:
        endpoints = {"vpc_endpoints": settings.vpc_endpoints}
    options = dict(settings.api_options)
    if settings.vpc_endpoints:
        options.setdefault("policy", only_from(settings.vpc_endpoints))
    api = rest_api(
        scope,
        name=settings.api_name or service.name,
        description=settings.description or service.summary,
        endpoint=apigateway.EndpointConfiguration(types=[settings.endpoint_type], **endpoints),
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
    if settings.domain_name is not None:
        apigateway.BasePathMapping(
            scope,
            "Mapping",
            domain_name=settings.domain_name,
            base_path=settings.base_path,
            rest_api=api,
            stage=api.deployment_stage,
        )
    return api


def _access_logs(
    settings: Settings, access_log_group: Callable[[], logs.ILogGroup]
) -> dict[str, Any]:
    if not settings.access_logs:
        return {}
    return {
        "access_log_destination": apigateway.LogGroupLogDestination(access_log_group()),
        "access_log_format": access_log_format(),
    }


def service_authorizer(
    scope: Construct,
    settings: Settings,
    service: ServiceDescription,
    *,
    function: lambda_.IFunction,
) -> apigateway.IAuthorizer | apigateway.AuthorizationType | None:
    """What lets the callers of protected entries in: the user's, or the service's own.

    :param function: what answers for the service.
    """
    if not service.protected:
        return None
    if settings.authorizer is not None:
        return settings.authorizer
    return token_authorizer(
        scope,
        function=function,
        name=service.name[:128],
        header=service.authorization_header,
        cache_ttl=settings.authorizer_cache_ttl,
        permission_id=logical_id(scope, "InvokeByAuthorizer"),
    )
