"""What is known of a service before anything of it is declared: itself, its assets, its problems."""

from __future__ import annotations

from dataclasses import replace

from aws_cdk import Annotations
from aws_cdk import aws_apigateway as apigateway
from constructs import Construct

from coworks_cdk.asked_once import root_of
from coworks_cdk.assets import Assets, build_assets, refused_assets
from coworks_cdk.checks.authorizers import api_of, authorizer_problems
from coworks_cdk.checks.claims import claim_base_path, claim_function_name
from coworks_cdk.checks.combinations import combination_problems
from coworks_cdk.checks.entries import (
    cors_problems,
    entry_problems,
    header_problems,
    resource_problems,
)
from coworks_cdk.checks.function import environment_problems, valid_variables
from coworks_cdk.checks.imports import slow_import, undeployed_modules
from coworks_cdk.checks.refusal import Problems
from coworks_cdk.checks.streams import stream_warnings
from coworks_cdk.context import STAGE_VARIABLE
from coworks_cdk.description_process import DescriptionError
from coworks_cdk.descriptions import Descriptions
from coworks_cdk.packaging.exec_wrapper import NEXT_VARIABLE as NEXT_WRAPPER_VARIABLE
from coworks_cdk.packaging.exec_wrapper import PATH as WRAPPER
from coworks_cdk.progress import step
from coworks_cdk.props.kinds import is_late
from coworks_cdk.service_description import REFUSED_SERVICE, ServiceDescription
from coworks_cdk.settings import (
    AUTHORIZER_VARIABLE,
    SECRET_VARIABLE,
    TOKEN_VARIABLE,
    WRAPPER_VARIABLE,
    Settings,
)

#: What the layers of AWS's distribution of OpenTelemetry start a Python function with.
#: https://aws-otel.github.io/docs/getting-started/lambda/lambda-python
OTEL_WRAPPER = "/opt/otel-instrument"

#: The authorization types of methods, as CloudFormation names them.
_AUTHORIZATION_TYPES = {
    apigateway.AuthorizationType.COGNITO: "COGNITO_USER_POOLS",
    apigateway.AuthorizationType.CUSTOM: "CUSTOM",
    apigateway.AuthorizationType.IAM: "AWS_IAM",
}


def prepare(
    scope: Construct, settings: Settings, problems: Problems
) -> tuple[Settings, ServiceDescription, Assets]:
    """Read the service and build its assets, the one while the other runs.

    :param problems: is told all that is wrong.
    :returns: what to declare: placeholders, where something is wrong.
    """
    problems.add(*settings.problems, *combination_problems(settings), *_claims(scope, settings))
    service, assets = REFUSED_SERVICE, None
    if settings.readable:
        with Descriptions.of(root_of(scope)).read(
            f"{settings.module}:{settings.variable}",
            project_dir=settings.project_dir,
            environment=_process_environment(settings),
            later=[name for name, value in settings.environment.items() if is_late(value)],
        ) as reading:
            assets, wrong = build_assets(scope, settings)
            try:
                with step(f"reading the service {settings.module}", patience=1):
                    service = reading.result()
            except DescriptionError as error:
                problems.add(str(error))
            else:
                service = service if settings.streaming else service.buffered
                problems.add(*_service_problems(settings, service))
                _warn_of_streams(scope, settings, service)
                _warn_of_imports(scope, settings, service, assets)
                _warn_of_resources(scope, settings, service)
        problems.add(*wrong)
    if problems or assets is None:
        return *_placeholder(settings), refused_assets()
    return settings, service, assets


def _warn_of_imports(
    scope: Construct, settings: Settings, service: ServiceDescription, assets: Assets
) -> None:
    undeployed = undeployed_modules(
        service.imports, deployed=assets.hold, requirements=settings.requirements
    )
    for name, found in (
        ("coworks:undeployed-module", undeployed),
        ("coworks:slow-import", slow_import(service)),
    ):
        for warning in found:
            Annotations.of(scope).add_warning_v2(name, warning)


def _warn_of_resources(scope: Construct, settings: Settings, service: ServiceDescription) -> None:
    """A stack that holds a method for each entry holds no more; one with a document may."""
    for warning in resource_problems(service.entries) if settings.api_body else ():
        Annotations.of(scope).add_warning_v2("coworks:many-resources", warning)


def _warn_of_streams(scope: Construct, settings: Settings, service: ServiceDescription) -> None:
    options = {**settings.api_options, **settings.stage_options}
    for warning in stream_warnings(service.streamed, options):
        Annotations.of(scope).add_warning_v2("coworks:stream-options", warning)


def _placeholder(settings: Settings) -> tuple[Settings, ServiceDescription]:
    """What is declared in place of a service that is refused.

    It takes the user's authorizer, if nobody has it: the CDK ends at one without an API, before
    it asks for anybody's problems.
    """
    given = settings.authorizer
    if given is None or isinstance(given, apigateway.AuthorizationType) or api_of(given):
        return Settings.refused(), REFUSED_SERVICE
    (entry,) = REFUSED_SERVICE.entries
    protected = replace(REFUSED_SERVICE, entries=(replace(entry, no_auth=False),))
    return Settings.refused(authorizer=given), protected


def function_environment(settings: Settings, service: ServiceDescription) -> dict[str, str]:
    """The function's variables."""
    environment = {
        **service.environment,
        **settings.environment,
        STAGE_VARIABLE: settings.stage,
    }
    if settings.token is not None:
        environment.pop(TOKEN_VARIABLE, None)
        environment[SECRET_VARIABLE] = settings.token.secret_arn
    if settings.otel_layer is not None:
        environment[WRAPPER_VARIABLE] = OTEL_WRAPPER
        environment.setdefault("OTEL_SERVICE_NAME", service.name)
    if service.streamed:
        # The function is started by the script of streams, which hands on to another one.
        if other := environment.get(WRAPPER_VARIABLE):
            environment[NEXT_WRAPPER_VARIABLE] = other
        environment[WRAPPER_VARIABLE] = WRAPPER
    environment.pop(AUTHORIZER_VARIABLE, None)
    if settings.authorizer is not None:
        environment[AUTHORIZER_VARIABLE] = _AUTHORIZATION_TYPES[authorization_type(settings)]
    return environment


def authorization_type(settings: Settings) -> apigateway.AuthorizationType:
    """How API Gateway lets the callers of protected entries in."""
    given = settings.authorizer
    if isinstance(given, apigateway.AuthorizationType):
        return given
    named = None if given is None else given.authorization_type
    return named or apigateway.AuthorizationType.CUSTOM


def _claims(scope: Construct, settings: Settings) -> list[str]:
    """What another service of the app has already."""
    problems = []
    if settings.function_name and not is_late(settings.function_name):
        problems += claim_function_name(scope, settings.function_name)
    if settings.domain_name is not None:
        domain = settings.domain_name.domain_name
        problems += claim_base_path(scope, domain, settings.base_path)
    return problems


def _process_environment(settings: Settings) -> dict[str, str]:
    """What the service is read with: what its function will have, but for the dotenv files."""
    return {
        **valid_variables(settings.environment),
        STAGE_VARIABLE: settings.stage,
    }


def _service_problems(settings: Settings, service: ServiceDescription) -> list[str]:
    """What is wrong in the service, where its props by themselves are right."""
    problems = [
        *entry_problems(service.entries, stage=settings.stage),
        *([] if settings.api_body else resource_problems(service.entries)),
        *header_problems(service.authorization_header),
        *authorizer_problems(
            settings.authorizer,
            protected=service.protected,
            in_body=settings.api_body is not None,
        ),
    ]
    if service.cross_origin:
        problems += cors_problems(service.cors)
    if not environment_problems(settings.environment):
        problems += environment_problems(function_environment(settings, service))
    return problems
