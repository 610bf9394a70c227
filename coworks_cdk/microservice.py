"""The construct: a microservice of ``coworks_runtime`` behind a REST API."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Literal, cast

import jsii
from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_codedeploy as codedeploy
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from coworks_cdk.api.apis import BodyApi, ServiceApi
from coworks_cdk.api.deployment import Pictures
from coworks_cdk.asked_once import node_of, resource_of
from coworks_cdk.assets import Assets, refused_assets
from coworks_cdk.checks.cdk_refusals import declared
from coworks_cdk.checks.circles import circle_problems
from coworks_cdk.checks.event_warnings import warn_of_events
from coworks_cdk.checks.function import environment_problems
from coworks_cdk.checks.refusal import Problems
from coworks_cdk.checks.stack import StackLimits
from coworks_cdk.checks.streams import wrapper_problems
from coworks_cdk.checks.token_warnings import warn_of_token
from coworks_cdk.connection import Connection, stage_url
from coworks_cdk.function.declaration import service_function
from coworks_cdk.function.live import live_alias, recognize_versions
from coworks_cdk.logical_ids import logical_id
from coworks_cdk.monitoring.measured import Measured, waited
from coworks_cdk.monitoring.monitored import Monitored
from coworks_cdk.outputs import StackOutputs
from coworks_cdk.packaging.exec_wrapper import PATH as WRAPPER
from coworks_cdk.preparation import function_environment, prepare
from coworks_cdk.service_api import declare_routes, service_api
from coworks_cdk.service_description import Entry, ServiceDescription
from coworks_cdk.settings import TOKEN_VARIABLE, WRAPPER_VARIABLE, LogFormat, LogLevel, Settings


@jsii.implements(iam.IGrantable)
class CoworksMicroService(Monitored, Construct):
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
    :param otel_layer: the layer of AWS's distribution of OpenTelemetry for Python, or its ARN, which
        starts the function then; none by default.
    :param log_retention: how long the logs are kept, a month by default.
    :param log_format: ``"json"`` for a JSON object a line, ``"text"`` by default, as Lambda has it.
    :param log_level: the least level that JSON logs have, ``"INFO"`` by default.
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
    :param authorizer: what lets the callers of protected entries in, in place of the service's
        own: an authorizer of API Gateway, or ``AuthorizationType.IAM`` for signed requests.
        ``request.authorizer`` holds the claims, the context or the caller's identity.
    :param version: whether the API calls a version of the function, by the alias ``live``; each
        change of the function makes a new version.
    :param snap_start: the same with SnapStart, from Python 3.12 on.
    :param deployment_config: how CodeDeploy moves the traffic to a new version; it implies
        ``version``.
    :param deployment_alarms: alarms that make CodeDeploy go back to the earlier version.
    :param domain_name: a custom domain that the API's stage answers on.
    :param base_path: the service's path there, of one part or of several (``orders/v1``, of a
        regional domain with TLS 1.2); by default it has the domain for itself.
    :param endpoint_type: the API's endpoint, regional by default. ``PRIVATE`` needs
        ``vpc_endpoints``.
    :param vpc_endpoints: the endpoints that a private API may be called through, and no others.
    :param integration_timeout: how long API Gateway waits for the function, 29 seconds by
        default; more needs a raised quota, and a longer ``timeout``.
    :param api_body: ``"openapi"`` declares the API as one OpenAPI document, in place of a resource
        for each path and a method for each entry: for services of more entries than a stack holds.
    :param streaming: whether the answers of entries with ``stream`` are sent piece by piece, in
        the function's ``timeout``; they are by default. ``False`` sends them whole, and the function
        runs in AWS's own client.
    :param function_options: further arguments of ``aws_lambda.Function``.
    :param api_options: further arguments of ``aws_apigateway.RestApi``.
    :param stage_options: further arguments of ``aws_apigateway.StageOptions``.
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
        otel_layer: lambda_.ILayerVersion | str | None = None,
        log_retention: logs.RetentionDays | None = None,
        log_format: LogFormat | None = None,
        log_level: LogLevel | None = None,
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
        authorizer: apigateway.IAuthorizer | apigateway.AuthorizationType | None = None,
        version: bool | None = None,
        snap_start: bool | None = None,
        deployment_config: codedeploy.ILambdaDeploymentConfig | None = None,
        deployment_alarms: Sequence[cloudwatch.IAlarm] | None = None,
        domain_name: apigateway.IDomainName | None = None,
        base_path: str | None = None,
        endpoint_type: apigateway.EndpointType | None = None,
        vpc_endpoints: Sequence[ec2.IVpcEndpoint] | None = None,
        integration_timeout: Duration | None = None,
        api_body: Literal["openapi"] | None = None,
        streaming: bool | None = None,
        function_options: Mapping[str, Any] | None = None,
        api_options: Mapping[str, Any] | None = None,
        stage_options: Mapping[str, Any] | None = None,
    ) -> None:
        given = locals()
        super().__init__(scope, construct_id)
        settings = Settings.read(given, scope)
        if settings.versioned:
            recognize_versions(self)
        self._stage = settings.stage
        self._problems = Problems(self)
        settings, service, assets = prepare(self, settings, self._problems)
        self._entries = service.entries
        # For tools on this machine, in the assembly and in no template.
        node_of(self).add_metadata(
            "coworks:service", {"project_dir": _from_here(settings.project_dir)}
        )
        self._environment = function_environment(settings, service)
        self._log_group = self._declare_log_group("LogGroup", settings)
        self._function = self._declare_function(settings, service, assets)
        self._live = live_alias(self, self._function, settings) if settings.versioned else None
        self._api = self._declare_api(settings, service)
        self._connection = Connection(
            service.class_name,
            partial(stage_url, self.api, settings.stage),
            settings.token,
            self._environment.get(TOKEN_VARIABLE),
        )
        self._authorizer = declare_routes(self, self._api, settings, service, function=self._called)
        self._measured = self._what_is_measured(service, settings)
        self._follow_changes(service)
        self._declare_outputs(service)
        self._check_when_complete(service)

    @property
    def api(self) -> apigateway.RestApi:
        """The REST API.

        With ``api_body="openapi"`` it is the CDK's ``SpecRestApi``: its routes are in the document,
        and what adds resources, methods or models to an API isn't there.
        """
        return cast("apigateway.RestApi", self._api)

    @property
    def function(self) -> lambda_.Function:
        """The function that is the service, and its authorizer."""
        return self._function

    @property
    def alias(self) -> lambda_.Alias | None:
        """The alias ``live``, which the API calls; None where it calls the function itself."""
        return None if self._live is None else self._live.alias

    @property
    def deployment_group(self) -> codedeploy.LambdaDeploymentGroup | None:
        """What moves the traffic to a new version; None without ``deployment_config``."""
        return None if self._live is None else self._live.deployment_group

    @property
    def authorizer(self) -> apigateway.IAuthorizer | None:
        """The API's authorizer, where it is a resource.

        None where every entry is public, requests are signed, or the API is one document.
        """
        return self._authorizer

    @property
    def _called(self) -> lambda_.IFunction:
        """What the API calls."""
        return self._function if self._live is None else self._live.alias

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
    def connection(self) -> Connection:
        """What a service needs to call this one; :meth:`connect` hands it over."""
        return self._connection

    @property
    def url(self) -> str:
        """The URL of the API's stage, with a trailing slash."""
        return self._api.url

    @property
    def grant_principal(self) -> iam.IPrincipal:
        """The function's principal, so that the construct can be granted as a function is."""
        return self._function.grant_principal

    def grant_invoke(self, grantee: iam.IGrantable) -> iam.Grant:
        """Allow an identity to invoke the function, or its alias ``live``, without the API.

        :param grantee: who may.
        """
        return self._called.grant_invoke(grantee)

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

    def connect(self, callee: CoworksMicroService) -> None:
        """Let the service call another one, as ``remote(Callee)`` of ``coworks_runtime.client``.

        The function gets the other one's URL and what its token is: the right to read the secret,
        or the token itself where it is in clear. Services may call each other, and themselves.

        :param callee: the service to call, in this stack or in another one.
        """
        connection = callee.connection
        self._problems.add(*connection.problems(self._environment))
        for key, value in connection.variables.items():
            self.add_environment(key, value)
        if connection.secret is not None:
            connection.secret.grant_read(self)

    def _behind(self) -> dict[Construct, tuple[str, str]]:
        """What is made after the function: in words, and what the service reads in its place."""
        itself = "`request.aws_context.invoked_function_arn`"
        behind: dict[Construct, tuple[str, str]] = {
            self._api: ("the API", "`request.url_root`"),
            self._api.deployment_stage: ("the API's stage (its URL)", "`request.url_root`"),
            self._function: ("the function itself", itself),
        }
        if self._live is not None:
            behind[self._live.alias] = ("the function's alias", itself)
        return behind

    def _what_is_measured(self, service: ServiceDescription, settings: Settings) -> Measured:
        return Measured(
            service.name,
            self._stage,
            self._api,
            self._function,
            self._called,
            service.entries,
            waited(settings.timeout, settings.integration_timeout, service.streamed),
            self._problems,
            is_refused=bool(self._problems),
        )

    def _declare_function(
        self, settings: Settings, service: ServiceDescription, assets: Assets
    ) -> lambda_.Function:
        def declare(settings: Settings, assets: Assets) -> lambda_.Function:
            return service_function(
                self,
                settings,
                assets,
                environment=self._environment,
                log_group=self._log_group,
                description=settings.description or service.summary,
            )

        return declared(
            self,
            ("Function", "Role", "Policy"),
            self._problems,
            lambda: declare(settings, assets),
            lambda: declare(Settings.refused(), refused_assets()),
        )

    def _declare_api(self, settings: Settings, service: ServiceDescription) -> ServiceApi | BodyApi:
        def declare(settings: Settings) -> ServiceApi | BodyApi:
            return service_api(
                self,
                settings,
                service,
                access_log_group=lambda: self._declare_log_group("AccessLogGroup", settings),
            )

        return declared(
            self,
            ("Api", "AccessLogGroup", "Mapping"),
            self._problems,
            lambda: declare(settings),
            lambda: declare(Settings.refused(stage=settings.stage)),
        )

    def _declare_log_group(self, construct_id: str, settings: Settings) -> logs.LogGroup:
        return logs.LogGroup(
            self,
            construct_id,
            retention=settings.log_retention,
            removal_policy=settings.removal_policy,
        )

    def _follow_changes(self, service: ServiceDescription) -> None:
        resource_of(self._api.deployment_stage).override_logical_id(logical_id(self, "Stage"))
        pictures = Pictures.of(self)
        pictures.add(self._api, logical_id(self, "Deployment"))
        pictures.name(resource_of(self._function))
        if not self._problems:
            warn_of_events(self, service, function=self._function, pictures=pictures)

    def _declare_outputs(self, service: ServiceDescription) -> None:
        outputs = StackOutputs.of(self)
        for name, value, what in (
            ("ApiId", self._api.rest_api_id, "Id of the API"),
            ("Url", self._api.url, "URL"),
        ):
            outputs.declare(self, name, value=value, description=f"{what} of {service.name}")

    def _check_when_complete(self, service: ServiceDescription) -> None:
        self._problems.add_later(lambda: environment_problems(self._environment))
        pictures = Pictures.of(self)
        self._problems.add_later(lambda: circle_problems(self._function, self._behind, pictures))
        self._problems.add_later(
            lambda: wrapper_problems(
                service.streamed, self._environment.get(WRAPPER_VARIABLE), WRAPPER
            )
        )
        StackLimits.watch(self)
        warn_of_token(self, service, stage=self._stage, environment=self._environment)


def _from_here(folder: str) -> str:
    """A folder as seen from the working directory, where it is below it."""
    path = Path(folder)
    here = Path.cwd()
    return path.relative_to(here).as_posix() if path.is_relative_to(here) else folder
