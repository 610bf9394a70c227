"""The props of a service: the table of their records, and their values for one service.

A prop is added here, in the constructor's signature and in ``docs/construct.md``, and nowhere
else.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from typing import Any, Literal, get_args

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

from coworks_cdk.checks import function, values
from coworks_cdk.context import (
    DEFAULT_STAGE,
    context_of_children,
    said_architecture,
    said_layers,
    said_stage,
)
from coworks_cdk.defaults import default_architecture, default_runtime
from coworks_cdk.props import reserved
from coworks_cdk.props.kinds import (
    Unfit,
    duration,
    folder,
    interface,
    is_late,
    literal,
    mapping,
    number,
    one_of,
    path,
    several,
    switch,
    text,
)
from coworks_cdk.props.option_kinds import options
from coworks_cdk.props.prop import Prop
from coworks_cdk.props.service_kinds import authorization, layer, module, python_runtime

TOKEN_VARIABLE = "TOKEN"  # noqa: S105 - a variable's name
AUTHORIZER_VARIABLE = "CWS_AUTHORIZER"
WRAPPER_VARIABLE = "AWS_LAMBDA_EXEC_WRAPPER"
LogFormat = Literal["json", "text"]
LogLevel = Literal["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"]
SECRET_VARIABLE = "CWS_TOKEN_SECRET_ARN"  # noqa: S105


class Settings:
    """The props of a service: read as attributes, defaults filled in and paths absolute."""

    app = Prop(module(), default="refused", required=True, needed=True)
    project_dir = Prop(
        folder(
            "the folder of the service's modules, a relative one starts at the working directory"
        ),
        default="tech",
        needed=True,
    )
    stage = Prop(
        text("the stage's name, known at synth"),
        default=DEFAULT_STAGE,
        check=values.stage_problems,
        needed=True,
        elsewhere=said_stage,
    )
    layers = Prop(
        several(layer(), "a list of layers' versions, or of their ARNs"),
        default=[],
        elsewhere=said_layers,
    )
    coworks_layer = Prop(layer(), default=None)
    requirements = Prop(path("the path of a requirements file"), default=None)
    environment = Prop(
        mapping("texts by the variables' names"),
        default={},
        check=function.environment_problems,
        needed=True,
    )
    token = Prop(
        interface(secretsmanager.ISecret, "secret_arn", "a secret of Secrets Manager", secret=True),
        default=None,
    )
    authorizer_cache_ttl = Prop(duration(0, 3600), default=Duration.seconds(300))
    binary_media_types = Prop(
        several(
            text("media types", late=True), "a list of media types, as ['image/png']", late=True
        ),
        default=["*/*"],
        check=values.media_type_problems,
    )
    runtime = Prop(python_runtime(), default=default_runtime(), needed=True)
    architecture = Prop(
        one_of(lambda_.Architecture, "lambda_.Architecture.ARM_64"),
        default=default_architecture(),
        needed=True,
        elsewhere=said_architecture,
    )
    memory_size = Prop(number(128, 10240, unit=" MB", whole=True), default=512)
    timeout = Prop(duration(1, 900), default=Duration.seconds(29))
    tracing = Prop(
        one_of(lambda_.Tracing, "lambda_.Tracing.ACTIVE"), default=lambda_.Tracing.ACTIVE
    )
    otel_layer = Prop(layer(), default=None)
    log_retention = Prop(
        one_of(logs.RetentionDays, "logs.RetentionDays.ONE_MONTH"),
        default=logs.RetentionDays.ONE_MONTH,
    )
    log_format = Prop(literal(*get_args(LogFormat)), default="text")
    log_level: Prop[str | None] = Prop(literal(*get_args(LogLevel)), default=None)
    access_logs = Prop(switch(), default=False)
    removal_policy = Prop(
        one_of(RemovalPolicy, "RemovalPolicy.DESTROY"), default=RemovalPolicy.RETAIN
    )
    role = Prop(interface(iam.IRole, "role_arn", "a role of IAM"), default=None)
    vpc = Prop(interface(ec2.IVpc, "vpc_id", "a VPC"), default=None)
    vpc_subnets = Prop(one_of(ec2.SubnetSelection, "ec2.SubnetSelection(...)"), default=None)
    security_groups = Prop(
        several(
            interface(ec2.ISecurityGroup, "security_group_id", "a security group"),
            "a list of security groups",
        ),
        default=None,
    )
    throttling_rate_limit = Prop(number(0), default=None)
    throttling_burst_limit = Prop(number(0, whole=True), default=None)
    function_name = Prop(
        text("a function's name", late=True), default=None, check=values.function_name_problems
    )
    api_name = Prop(text("an API's name", late=True), default=None)
    description = Prop(
        text("a description", late=True), default=None, check=values.description_problems
    )
    exclude = Prop(several(text("patterns"), "a list of patterns, as ['*.md']"), default=[])
    include = Prop(several(text("patterns"), "a list of patterns, as ['.well-known']"), default=[])
    prune_packages = Prop(switch(), default=True)
    authorizer = Prop(authorization(), default=None)
    version = Prop(switch(), default=False)
    snap_start = Prop(switch(), default=False)
    deployment_config = Prop(
        interface(
            codedeploy.ILambdaDeploymentConfig,
            "deployment_config_arn",
            "a configuration of CodeDeploy, as LambdaDeploymentConfig.CANARY_10_PERCENT_5_MINUTES",
        ),
        default=None,
    )
    deployment_alarms = Prop(
        several(interface(cloudwatch.IAlarm, "alarm_arn", "an alarm"), "a list of alarms"),
        default=[],
    )
    domain_name = Prop(
        interface(apigateway.IDomainName, "domain_name_alias_domain_name", "a domain's DomainName"),
        default=None,
    )
    base_path = Prop(
        text("a path, as 'orders' or 'orders/v1'"), default=None, check=values.base_path_problems
    )
    endpoint_type = Prop(
        one_of(apigateway.EndpointType, "apigateway.EndpointType.REGIONAL"),
        default=apigateway.EndpointType.REGIONAL,
    )
    vpc_endpoints = Prop(
        several(
            interface(ec2.IVpcEndpoint, "vpc_endpoint_id", "a VPC endpoint"),
            "a list of VPC endpoints",
        ),
        default=[],
    )
    integration_timeout = Prop(duration(1, 300, "millis"), default=None)
    api_body: Prop[str | None] = Prop(literal("openapi"), default=None)
    streaming = Prop(switch(), default=True)
    function_options = Prop(
        options(lambda_.FunctionOptions, reserved.FUNCTION, of="aws_lambda.Function"), default={}
    )
    api_options = Prop(
        options(apigateway.RestApiProps, reserved.API, of="aws_apigateway.RestApi"), default={}
    )
    stage_options = Prop(
        options(apigateway.StageOptions, reserved.STAGE, of="aws_apigateway.StageOptions"),
        default={},
    )

    def __init__(
        self,
        values: Mapping[str, object],
        *,
        problems: Sequence[str] = (),
        unfit: Container[str] = (),
        given: Container[str] = (),
    ) -> None:
        """Hold what was read.

        :param values: the values by name.
        :param problems: what is wrong with single props.
        :param unfit: the props whose value isn't of the right kind; they have their defaults.
        :param given: the props that aren't left to their defaults.
        """
        self.values, self.problems = values, problems
        self.unfit, self.given = unfit, given

    @classmethod
    def read(cls, given: Mapping[str, object], scope: Construct) -> Settings:
        """Read what the user gave.

        :param given: the props by name, among others; ``None`` for a default.
        :param scope: where the service is declared, whose context may say more.
        """
        context = context_of_children(scope)
        values, problems, unfit = {}, [], set()
        for name, prop in cls.props().items():
            try:
                values[name] = prop.read(given[name], context)
            except Unfit as reason:
                unfit.add(name)
                values[name] = prop.default
                problems.append(prop.unfit(reason))
            else:
                problems += prop.problems(values[name])
        chosen = {name for name in values if given[name] is not None}
        return cls(values, problems=problems, unfit=unfit, given=chosen)

    @classmethod
    def props(cls) -> dict[str, Prop[Any]]:
        """The records, by name, in the signature's order."""
        return {name: value for name, value in vars(cls).items() if isinstance(value, Prop)}

    @property
    def module(self) -> str:
        """The service's module, as Lambda imports it."""
        return self.app.partition(":")[0]

    @property
    def variable(self) -> str:
        """The name of the service in its module."""
        return self.app.partition(":")[2] or "app"

    @property
    def readable(self) -> bool:
        """Whether there is a service to read and to build: without one, the rest means nothing."""
        return not any(prop.needed and name in self.unfit for name, prop in self.props().items())

    @property
    def versioned(self) -> bool:
        """Whether the API calls a version of the function, by its alias."""
        return self.version or self.snap_start or self.deployment_config is not None

    @property
    def stream_timeout(self) -> Duration | None:
        """How long a stream may last: as long as its function, where that is known."""
        return None if is_late(self.timeout) else self.timeout

    @property
    def traced(self) -> bool:
        """Whether X-Ray traces the function, of its own accord or of its caller's."""
        return self.tracing is not lambda_.Tracing.DISABLED

    @property
    def logging_format(self) -> lambda_.LoggingFormat | None:
        """The format of the logs for the CDK; ``None`` for Lambda's default, which is text."""
        if self.log_format == "json":
            return lambda_.LoggingFormat.JSON
        return lambda_.LoggingFormat.TEXT if "log_format" in self.given else None

    @property
    def logging_level(self) -> lambda_.ApplicationLogLevel | None:
        """The least level of the function's logs for the CDK."""
        return None if self.log_level is None else lambda_.ApplicationLogLevel[self.log_level]

    @property
    def tracing_mode(self) -> str:
        """The tracing mode, as CloudFormation names it."""
        return {
            lambda_.Tracing.ACTIVE: "Active",
            lambda_.Tracing.PASS_THROUGH: "PassThrough",
        }[self.tracing]

    @classmethod
    def refused(cls, **kept: object) -> Settings:
        """The settings of a service that won't be synthesized: nothing that the CDK could refuse.

        The construct goes on being declared, so that the other services' problems are told too.

        :param kept: what is kept of the user's.
        """
        return cls({name: prop.default for name, prop in cls.props().items()} | kept)
