"""Arguments of the CDK's constructs that this construct sets itself, and what to use instead."""

from __future__ import annotations


def _props(**names: str) -> dict[str, str]:
    return {name: f"the prop `{prop}`" for name, prop in names.items()}


FUNCTION = _props(
    architecture="architecture",
    code="project_dir",
    description="description",
    environment="environment",
    function_name="function_name",
    handler="app",
    layers="layers",
    log_format="log_format",
    log_group="log_retention",
    log_removal_policy="removal_policy",
    log_retention="log_retention",
    log_retention_retry_options="log_retention",
    log_retention_role="log_retention",
    memory_size="memory_size",
    role="role",
    runtime="runtime",
    security_groups="security_groups",
    snap_start="snap_start",
    timeout="timeout",
    tracing="tracing",
    vpc="vpc",
    vpc_subnets="vpc_subnets",
)

_ACCOUNT = "a stack of the account's own: the role is the account's, not a service's"

API = _props(
    binary_media_types="binary_media_types",
    deploy_options="stage_options",
    description="description",
    domain_name="domain_name",
    endpoint_configuration="endpoint_type",
    endpoint_types="endpoint_type",
    rest_api_name="api_name",
) | {
    "cloud_watch_role": _ACCOUNT,
    "cloud_watch_role_removal_policy": _ACCOUNT,
    "default_cors_preflight_options": "the service's `cors`",
    "default_integration": "none: every method calls the service's function",
    "deploy": "none: the construct deploys its API",
    "endpoint_export_name": "a CfnOutput of the service's `url`, with an export name",
}

STAGE = _props(
    stage_name="stage",
    throttling_burst_limit="throttling_burst_limit",
    throttling_rate_limit="throttling_rate_limit",
    tracing_enabled="tracing",
)
