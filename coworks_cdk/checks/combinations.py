"""What is wrong between the props of a service, each of them being right by itself."""

from __future__ import annotations

from collections.abc import Iterator

from aws_cdk import aws_apigateway as apigateway
from constructs import Construct

from coworks_cdk.context import STAGE_VARIABLE
from coworks_cdk.props.kinds import is_late
from coworks_cdk.settings import TOKEN_VARIABLE, WRAPPER_VARIABLE, Settings


def combination_problems(settings: Settings) -> list[str]:
    """The problems of the props together, but for those whose own value is refused."""
    return [
        text
        for names, text in _problems(settings)
        if not any(name in settings.unfit for name in names)
    ]


def _problems(settings: Settings) -> Iterator[tuple[tuple[str, ...], str]]:
    """Each problem with the props that make it."""
    yield from _lonely(settings)
    yield from _environment(settings)
    yield from _versions(settings)
    yield from _network(settings)
    yield from _body(settings)
    yield from _logging(settings)
    yield from _wrapper(settings)
    if "authorizer" in settings.given and "authorizer_cache_ttl" in settings.given:
        yield (
            ("authorizer", "authorizer_cache_ttl"),
            (
                "authorizer_cache_ttl: got a value with `authorizer`; allowed: the authorizer's own "
                "`results_cache_ttl`."
            ),
        )
    destination = {"access_log_destination", "access_log_format"} & set(settings.stage_options)
    if settings.access_logs and destination:
        yield (
            ("access_logs", "stage_options"),
            (
                f"stage_options: got {', '.join(sorted(destination))} with access_logs=True; "
                "allowed: one of them."
            ),
        )


def _body(settings: Settings) -> Iterator[tuple[tuple[str, ...], str]]:
    """What an API that is one document can't have."""
    if settings.api_body is None:
        return
    refused = sorted({"clone_from", "default_method_options"} & set(settings.api_options))
    if refused:
        yield (
            ("api_body", "api_options"),
            (
                f"api_options: got {', '.join(refused)} with api_body='openapi'; allowed: one of "
                "them, the API is what its document says."
            ),
        )


def _lonely(settings: Settings) -> Iterator[tuple[tuple[str, ...], str]]:
    """Props that mean something beside another one only."""
    for name, other in (
        ("vpc_subnets", "vpc"),
        ("security_groups", "vpc"),
        ("base_path", "domain_name"),
        ("deployment_alarms", "deployment_config"),
    ):
        if name in settings.given and other not in settings.given:
            yield (
                (name, other),
                f"{name}: got a value without `{other}`; allowed: both, or neither.",
            )


def _environment(settings: Settings) -> Iterator[tuple[tuple[str, ...], str]]:
    if settings.token is not None and TOKEN_VARIABLE in settings.environment:
        text = (
            f"token: got a secret, and {TOKEN_VARIABLE} in `environment` too; allowed: one of them."
        )
        yield ("token", "environment"), text
    given = settings.environment.get(STAGE_VARIABLE, settings.stage)
    if given != settings.stage:
        text = (
            f"environment: got {STAGE_VARIABLE} {given!r} with the stage {settings.stage!r}; "
            "allowed: leave it out, `stage` sets it."
        )
        yield ("stage", "environment"), text


def _logging(settings: Settings) -> Iterator[tuple[tuple[str, ...], str]]:
    """Levels are JSON's: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html."""
    if settings.log_level is not None and settings.log_format != "json":
        text = (
            f"log_level: got {settings.log_level!r} with logs in text; allowed: both "
            'log_format="json" and log_level, Lambda has no levels for text.'
        )
        yield ("log_level", "log_format"), text
    for prop, option in (
        ("log_format", "logging_format"),
        ("log_level", "application_log_level_v2"),
    ):
        if prop in settings.given and option in settings.function_options:
            text = f"function_options: got {option} with {prop}; allowed: one of them."
            yield (prop, "function_options"), text


def _wrapper(settings: Settings) -> Iterator[tuple[tuple[str, ...], str]]:
    """One command starts a function, and the layer of OpenTelemetry brings one."""
    if settings.otel_layer is not None and WRAPPER_VARIABLE in settings.environment:
        text = (
            f"otel_layer: got a layer, and {WRAPPER_VARIABLE} in `environment` too; allowed: one "
            "of them, the layer's own wrapper starts the function."
        )
        yield ("otel_layer", "environment"), text


def _versions(settings: Settings) -> Iterator[tuple[tuple[str, ...], str]]:
    """What SnapStart excludes: https://docs.aws.amazon.com/lambda/latest/dg/snapstart.html."""
    if settings.deployment_config is not None:
        name = settings.deployment_config.deployment_config_name
        # Those of CodeDeploy's own are of one compute platform each, by their names.
        if name.startswith("CodeDeployDefault.") and ".Lambda" not in name:
            yield (
                ("deployment_config",),
                (
                    f"deployment_config: got {name!r}; allowed: a configuration for Lambda, as "
                    "LambdaDeploymentConfig.CANARY_10_PERCENT_5_MINUTES."
                ),
            )
    if not settings.snap_start:
        return
    if settings.runtime.name == "python3.11":
        yield (
            ("snap_start", "runtime"),
            (
                "snap_start: got True with Python 3.11; allowed: Python 3.12 or later, as "
                "runtime=lambda_.Runtime.PYTHON_3_13."
            ),
        )
    refused = {"filesystem", "ephemeral_storage_size"} & set(settings.function_options)
    if refused:
        yield (
            ("snap_start", "function_options"),
            (
                f"snap_start: got True with the function option {', '.join(sorted(refused))}; "
                "allowed: one of them, Lambda takes no snapshot of such a function."
            ),
        )


def _network(settings: Settings) -> Iterator[tuple[tuple[str, ...], str]]:
    """Private APIs: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-private-apis.html."""
    names = ("endpoint_type", "vpc_endpoints")
    private = settings.endpoint_type is apigateway.EndpointType.PRIVATE
    if private and not settings.vpc_endpoints:
        yield (
            names,
            (
                "endpoint_type: got PRIVATE without `vpc_endpoints`; allowed: PRIVATE with the "
                "endpoints that may call the API."
            ),
        )
    if settings.vpc_endpoints and not private:
        yield (
            names,
            (
                f"vpc_endpoints: got {len(settings.vpc_endpoints)} for an endpoint of type "
                f"{settings.endpoint_type.name}; allowed: endpoint_type=EndpointType.PRIVATE with them."
            ),
        )
    yield from _domain(settings)
    timeout = settings.integration_timeout
    edge = settings.endpoint_type is apigateway.EndpointType.EDGE
    if edge and timeout is not None and not is_late(timeout) and timeout.to_seconds() > 29:
        yield (
            ("endpoint_type", "integration_timeout"),
            (
                f"integration_timeout: got {timeout.to_seconds():g} seconds with an EDGE endpoint; "
                "allowed: at most 29 seconds there."
            ),
        )


def _domain(settings: Settings) -> Iterator[tuple[tuple[str, ...], str]]:
    """Paths of several parts: https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-mappings.html."""
    if settings.domain_name is not None and (
        settings.endpoint_type is apigateway.EndpointType.PRIVATE
    ):
        yield (
            ("domain_name", "endpoint_type"),
            (
                "domain_name: got a public domain with a PRIVATE endpoint; allowed: REGIONAL or EDGE "
                "with it. Private APIs have domains of their own (AWS::ApiGateway::DomainNameV2)."
            ),
        )
    if "/" not in (settings.base_path or "") or not isinstance(settings.domain_name, Construct):
        return
    resource = settings.domain_name.node.default_child
    if not isinstance(resource, apigateway.CfnDomainName):
        return
    # An edge-optimized domain has the certificate under another name than a regional one.
    kind = "an EDGE domain" if resource.certificate_arn else "a domain with TLS 1.0"
    if resource.certificate_arn or resource.security_policy == "TLS_1_0":
        yield (
            ("domain_name", "base_path"),
            (
                f"base_path: got {settings.base_path!r} with {kind}; allowed: one part of a path "
                "there. Paths of several parts are for regional domains with TLS 1.2."
            ),
        )
