"""The function of a service, as its props say."""

from __future__ import annotations

from typing import Any, cast

from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from coworks_cdk.asked_once import resource_of
from coworks_cdk.assets import Assets
from coworks_cdk.function.role import allow, function_role, function_statements
from coworks_cdk.settings import Settings


def service_function(
    scope: Construct,
    settings: Settings,
    assets: Assets,
    *,
    environment: dict[str, str],
    log_group: logs.ILogGroup,
    description: str | None,
) -> lambda_.Function:
    """Declare the function, with a role that lets it do what these props need.

    :param environment: all its variables.
    :param log_group: where its logs go.
    """
    statements = function_statements(
        log_group,
        tracing=settings.traced or settings.otel_layer is not None,
        in_vpc=settings.vpc is not None,
    )
    snap_start = lambda_.SnapStartConf.ON_PUBLISHED_VERSIONS if settings.snap_start else None
    function = lambda_.Function(
        scope,
        "Function",
        code=assets.code,
        layers=list(assets.layers),
        handler=f"{settings.module}.{settings.variable}",
        runtime=settings.runtime,
        architecture=settings.architecture,
        environment=environment,
        role=settings.role or function_role(scope, statements),
        log_group=log_group,
        memory_size=settings.memory_size,
        timeout=settings.timeout,
        vpc=settings.vpc,
        vpc_subnets=settings.vpc_subnets,
        security_groups=settings.security_groups,
        function_name=settings.function_name,
        description=description,
        snap_start=snap_start,
        **_logging(settings),
        **settings.function_options,
    )
    if settings.role is not None:
        function.node.add_dependency(allow(scope, settings.role, statements))
    if settings.traced:
        # Not the function's own prop, which adds the permission in a policy of its own.
        resource = cast("lambda_.CfnFunction", resource_of(function))
        resource.tracing_config = lambda_.CfnFunction.TracingConfigProperty(
            mode=settings.tracing_mode
        )
    if settings.token is not None:
        settings.token.grant_read(function)
    return function


def _logging(settings: Settings) -> dict[str, Any]:
    """How the function logs, where the props say it; else ``function_options`` may."""
    said = {
        "logging_format": settings.logging_format,
        "application_log_level_v2": settings.logging_level,
    }
    return {name: value for name, value in said.items() if value is not None}
