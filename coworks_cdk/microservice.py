"""The construct: a microservice of ``coworks_runtime`` behind a REST API."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import jsii
from aws_cdk import Annotations, CfnOutput, CfnResource, Duration, RemovalPolicy, Token
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from coworks_cdk.api import rest_api
from coworks_cdk.api.access_logs import access_log_format
from coworks_cdk.api.authorizer import token_authorizer
from coworks_cdk.api.deployment import Pictures, ServiceApi
from coworks_cdk.api.gateway_responses import add_gateway_responses
from coworks_cdk.api.route_tree import route_tree
from coworks_cdk.assets import Assets, build_assets, refused_assets
from coworks_cdk.checks.combinations import combination_problems
from coworks_cdk.checks.entries import cors_problems, entry_problems, header_problems
from coworks_cdk.checks.function import environment_problems, valid_variables
from coworks_cdk.checks.imports import slow_import, undeployed_modules
from coworks_cdk.checks.refusal import Problems
from coworks_cdk.checks.stack import StackLimits
from coworks_cdk.checks.token_warnings import warn_of_token
from coworks_cdk.context import STAGE_VARIABLE
from coworks_cdk.description_process import DescriptionError, Descriptions
from coworks_cdk.function_role import function_role, function_statements
from coworks_cdk.logical_ids import logical_id, output_id
from coworks_cdk.service_description import REFUSED_SERVICE, Entry, ServiceDescription
from coworks_cdk.settings import (
    SECRET_VARIABLE,
    TOKEN_VARIABLE,
    Settings,
)


@jsii.implements(iam.IGrantable)
class CoworksMicroService(Construct):
    """A microservice written with ``coworks_runtime``, as a Lambda function behind a REST API.

    The service is read in a process of its own, with the stage and the environment that the
    function will have. Relative paths start at the working directory. What is wrong in the
    services of an app is told in one error when the app is synthesized.

    .. code-block:: python

        CoworksMicroService(self, "Hello", app="hello:app", project_dir="tech")

    :param scope: the parent, in a stack.
    :param construct_id: the construct's id; the logical ids of its resources are made of it.
    :param app: the service, ``module:attribute`` or ``module`` (its ``app``).
    :param project_dir: the folder of the service's modules, ``tech`` by default.
    :param stage: the stage's name, of the API and in ``CWS_STAGE``; by default the context's
        ``stage``, which ``cws --stage`` gives, else ``CWS_STAGE``, else ``dev``. The
        entries of other stages are left out.
    :param layers: further layers of the function, or their ARNs; by default the context's
        ``layers``, joined with commas.
    :param coworks_layer: the layer that holds ``coworks_runtime``, or its ARN; by default one
        built for the stack and shared by its services.
    :param requirements: a requirements file of the service's own dependencies, built into a layer
        that is shared by the services with the same file; by default ``requirements.txt`` of the
        project folder, if there is one.
    :param environment: variables of the function, over those of the dotenv files.
    :param token: a secret whose string is the token that the default authorizer accepts. The
        function may read it, the template holds its ARN only, and ``TOKEN`` is dropped.
    :param authorizer_cache_ttl: how long API Gateway keeps the answer for a token, 300 seconds by
        default, at most an hour; 0 asks each time.
    :param binary_media_types: the media types that API Gateway takes for binary, ``*/*`` by
        default: every body goes through unharmed.
    :param runtime: the function's Python; by default the one that synthesizes, where Lambda has
        it, so that local and deployed are one version.
    :param architecture: the function's processor; by default the context's ``architecture``, else
        arm64, a fifth cheaper.
    :param memory_size: the function's memory in MB, 512 by default; its share of a processor
        grows with it.
    :param timeout: how long the function may take, 29 seconds by default, as API Gateway waits.
    :param tracing: X-Ray tracing of the function, and where it is active (the default) of the
        API's stage.
    :param log_retention: how long the logs are kept, a month by default.
    :param access_logs: JSON access logs in a log group of their own. Off by default: API Gateway
        refuses them in an account and region without a CloudWatch role.
    :param removal_policy: what becomes of the log groups when they leave the stack; kept by
        default.
    :param role: the function's role; by default one that may write its own logs and its traces.
    :param vpc: the function's VPC; none by default.
    :param vpc_subnets: which subnets of ``vpc``; by default its private ones.
    :param security_groups: the function's security groups in ``vpc``; by default a new one.
    :param throttling_rate_limit: requests a second of the stage; the account's limit by default.
    :param throttling_burst_limit: requests at once; the account's limit by default.
    :param function_name: the function's name; by default CloudFormation chooses it.
    :param api_name: the API's name; by default the service's.
    :param description: of the API and of the function; by default the first line of the
        service's docstring.
    :param exclude: patterns of files to leave out of the function's code, over those that are
        left out by default (hidden files, credentials, tests, virtual environments, caches).
    :param include: patterns of files to take back in of those that are left out by default.
    :param prune_packages: whether the layer of the requirements is without the packages'
        commands, type stubs, and tests that they don't import; it is by default.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        app: str,
        project_dir: str | os.PathLike[str] | None = None,
        stage: str | None = None,
        layers: Sequence[lambda_.ILayerVersion | str] | None = None,
        coworks_layer: lambda_.ILayerVersion | str | None = None,
        requirements: str | os.PathLike[str] | None = None,
        environment: Mapping[str, str] | None = None,
        token: secretsmanager.ISecret | None = None,
        authorizer_cache_ttl: Duration | None = None,
        binary_media_types: Sequence[str] | None = None,
        runtime: lambda_.Runtime | None = None,
        architecture: lambda_.Architecture | None = None,
        memory_size: int | None = None,
        timeout: Duration | None = None,
        tracing: lambda_.Tracing | None = None,
        log_retention: logs.RetentionDays | None = None,
        access_logs: bool | None = None,
        removal_policy: RemovalPolicy | None = None,
        role: iam.IRole | None = None,
        vpc: ec2.IVpc | None = None,
        vpc_subnets: ec2.SubnetSelection | None = None,
        security_groups: Sequence[ec2.ISecurityGroup] | None = None,
        throttling_rate_limit: float | None = None,
        throttling_burst_limit: int | None = None,
        function_name: str | None = None,
        api_name: str | None = None,
        description: str | None = None,
        exclude: Sequence[str] | None = None,
        include: Sequence[str] | None = None,
        prune_packages: bool | None = None,
    ) -> None:
        given = locals()
        super().__init__(scope, construct_id)
        settings = Settings.read(given, self)
        self._stage = settings.stage
        self._problems = Problems(self)
        service, assets = self._prepare(settings)
        self._entries = service.entries
        if self._problems:
            settings, service, assets = Settings.refused(), REFUSED_SERVICE, refused_assets()

        # For tools on this machine, in the assembly and in no template.
        self.node.add_metadata("coworks:service", {"project_dir": _from_here(settings.project_dir)})
        self._environment = _function_environment(settings, service)
        self._log_group = self._declare_log_group("LogGroup", settings)
        self._function = self._declare_function(settings, service, assets)
        self._api = self._declare_api(settings, service)
        self._authorizer = self._declare_authorizer(settings, service)
        self._declare_routes(service)
        self._declare_outputs(service)
        self._check_when_complete(service)

    @property
    def api(self) -> apigateway.RestApi:
        """The REST API."""
        return self._api

    @property
    def function(self) -> lambda_.Function:
        """The function that is the service, and its authorizer."""
        return self._function

    @property
    def authorizer(self) -> apigateway.TokenAuthorizer | None:
        """The API's token authorizer; None where every entry is public."""
        return self._authorizer

    @property
    def log_group(self) -> logs.LogGroup:
        """The function's log group."""
        return self._log_group

    @property
    def stage(self) -> str:
        """The stage's name."""
        return self._stage

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The service's entries on this stage, sorted by path, then method."""
        return self._entries

    @property
    def url(self) -> str:
        """The URL of the API's stage, with a trailing slash."""
        return self._api.url

    @property
    def grant_principal(self) -> iam.IPrincipal:
        """The function's principal, so that the construct can be granted as a function is."""
        return self._function.grant_principal

    def grant_invoke(self, grantee: iam.IGrantable) -> iam.Grant:
        """Allow an identity to invoke the function, without the API.

        :param grantee: who may.
        """
        return self._function.grant_invoke(grantee)

    def add_environment(self, key: str, value: str) -> None:
        """Add a variable to the function.

        The service isn't read again: a variable that its entries depend on goes into the prop
        ``environment``.

        :param key: the variable's name.
        :param value: its value, over that of the dotenv files.
        """
        problems = environment_problems({key: value})
        self._problems.add(*problems)
        if not problems:
            self._environment[key] = value
            self._function.add_environment(key, value)

    def _prepare(self, settings: Settings) -> tuple[ServiceDescription, Assets]:
        """Read the service and build its assets, the one while the other runs."""
        self._problems.add(*settings.problems, *combination_problems(settings))
        if not settings.readable:
            return REFUSED_SERVICE, refused_assets()
        with Descriptions.of(self.node.root).read(
            f"{settings.module}:{settings.variable}",
            project_dir=settings.project_dir,
            environment=_process_environment(settings),
            later=[k for k, v in settings.environment.items() if Token.is_unresolved(v)],
        ) as reading:
            assets, problems = build_assets(self, settings)
            try:
                service = reading.result()
            except DescriptionError as error:
                service = REFUSED_SERVICE
                self._problems.add(str(error))
            else:
                self._problems.add(*_service_problems(settings, service))
                self._warn_of_imports(settings, service, assets)
        self._problems.add(*problems)
        return service, assets

    def _warn_of_imports(
        self, settings: Settings, service: ServiceDescription, assets: Assets
    ) -> None:
        undeployed = undeployed_modules(
            service.imports, deployed=assets.hold, requirements=settings.requirements
        )
        for name, found in (
            ("coworks:undeployed-module", undeployed),
            ("coworks:slow-import", slow_import(service)),
        ):
            for warning in found:
                Annotations.of(self).add_warning_v2(name, warning)

    def _declare_log_group(self, construct_id: str, settings: Settings) -> logs.LogGroup:
        return logs.LogGroup(
            self,
            construct_id,
            retention=settings.log_retention,
            removal_policy=settings.removal_policy,
        )

    def _declare_function(
        self, settings: Settings, service: ServiceDescription, assets: Assets
    ) -> lambda_.Function:
        statements = function_statements(
            self._log_group,
            tracing=settings.traced,
            in_vpc=settings.vpc is not None,
        )
        function = lambda_.Function(
            self,
            "Function",
            code=assets.code,
            layers=list(assets.layers),
            handler=f"{settings.module}.{settings.variable}",
            runtime=settings.runtime,
            architecture=settings.architecture,
            environment=self._environment,
            role=settings.role or function_role(self, statements),
            log_group=self._log_group,
            memory_size=settings.memory_size,
            timeout=settings.timeout,
            vpc=settings.vpc,
            vpc_subnets=settings.vpc_subnets,
            security_groups=settings.security_groups,
            function_name=settings.function_name,
            description=settings.description or service.summary,
        )
        if settings.role is not None:
            for statement in statements:
                function.add_to_role_policy(statement)
        if settings.traced:
            # Not the function's own prop, which adds the permission in a policy of its own.
            resource = cast("lambda_.CfnFunction", function.node.default_child)
            resource.tracing_config = lambda_.CfnFunction.TracingConfigProperty(
                mode=settings.tracing_mode
            )
        if settings.token is not None:
            settings.token.grant_read(function)
        return function

    def _declare_api(self, settings: Settings, service: ServiceDescription) -> ServiceApi:
        access: dict[str, Any] = {}
        if settings.access_logs:
            group = self._declare_log_group("AccessLogGroup", settings)
            access = {
                "access_log_destination": apigateway.LogGroupLogDestination(group),
                "access_log_format": access_log_format(),
            }
        return rest_api.rest_api(
            self,
            name=settings.api_name or service.name,
            description=settings.description or service.summary,
            binary_media_types=settings.binary_media_types,
            stage_options=apigateway.StageOptions(
                stage_name=settings.stage,
                tracing_enabled=settings.tracing is lambda_.Tracing.ACTIVE,
                throttling_rate_limit=settings.throttling_rate_limit,
                throttling_burst_limit=settings.throttling_burst_limit,
                **access,
            ),
        )

    def _declare_authorizer(
        self, settings: Settings, service: ServiceDescription
    ) -> apigateway.TokenAuthorizer | None:
        if not service.protected:
            return None
        return token_authorizer(
            self,
            function=self._function,
            name=service.name[:128],
            header=service.authorization_header,
            cache_ttl=settings.authorizer_cache_ttl,
            permission_id=logical_id(self, "InvokeByAuthorizer"),
        )

    def _declare_routes(self, service: ServiceDescription) -> None:
        root = route_tree(service.entries)
        rest_api.integrate(
            self._api,
            root,
            function=self._function,
            authorizer=self._authorizer,
            cors=service.cors,
        )
        add_gateway_responses(
            self._api,
            cors=service.cors if service.cross_origin else None,
            protected=service.protected,
        )
        stage = cast("CfnResource", self._api.deployment_stage.node.default_child)
        stage.override_logical_id(logical_id(self, "Stage"))
        Pictures.follow(self._api, logical_id(self, "Deployment"))

    def _declare_outputs(self, service: ServiceDescription) -> None:
        for name, value, what in (
            ("ApiId", self._api.rest_api_id, "Id of the API"),
            ("Url", self._api.url, "URL"),
        ):
            output = CfnOutput(self, name, value=value, description=f"{what} of {service.name}")
            if readable := output_id(self, name):
                output.override_logical_id(readable)

    def _check_when_complete(self, service: ServiceDescription) -> None:
        self._problems.add_later(lambda: environment_problems(self._environment))
        StackLimits.watch(self)
        warn_of_token(self, service, stage=self._stage, environment=self._environment)


def _from_here(folder: str) -> str:
    """A folder as seen from the working directory, where it is below it."""
    path = Path(folder)
    here = Path.cwd()
    return path.relative_to(here).as_posix() if path.is_relative_to(here) else folder


def _process_environment(settings: Settings) -> dict[str, str]:
    """What the service is read with: what its function will have, but for the dotenv files."""
    return {
        **valid_variables(settings.environment),
        STAGE_VARIABLE: settings.stage,
    }


def _function_environment(settings: Settings, service: ServiceDescription) -> dict[str, str]:
    environment = {
        **service.environment,
        **settings.environment,
        STAGE_VARIABLE: settings.stage,
    }
    if settings.token is not None:
        environment.pop(TOKEN_VARIABLE, None)
        environment[SECRET_VARIABLE] = settings.token.secret_arn
    return environment


def _service_problems(settings: Settings, service: ServiceDescription) -> list[str]:
    """What is wrong in the service, where its props by themselves are right."""
    problems = [
        *entry_problems(service.entries, stage=settings.stage),
        *header_problems(service.authorization_header),
    ]
    if service.cross_origin:
        problems += cors_problems(service.cors)
    if not environment_problems(settings.environment):
        problems += environment_problems(_function_environment(settings, service))
    return problems
