"""The props of a service as one record, and what is wrong in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from aws_cdk import Duration, RemovalPolicy, Token
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_secretsmanager as secretsmanager

from coworks_cdk.checks import validation
from coworks_cdk.defaults import default_runtime

STAGE_VARIABLE = "CWS_STAGE"
TOKEN_VARIABLE = "TOKEN"  # noqa: S105 - a variable's name
SECRET_VARIABLE = "CWS_TOKEN_SECRET_ARN"  # noqa: S105


@dataclass(frozen=True)
class Settings:
    """The props of a service, defaults filled in and paths absolute."""

    app: str
    project_dir: str
    stage: str
    layers: tuple[lambda_.ILayerVersion | str, ...]
    coworks_layer: lambda_.ILayerVersion | str | None
    requirements: str | None
    environment: Mapping[str, str]
    token: secretsmanager.ISecret | None
    authorizer_cache_ttl: Duration
    binary_media_types: tuple[str, ...]
    runtime: lambda_.Runtime
    architecture: lambda_.Architecture
    memory_size: int
    timeout: Duration
    tracing: lambda_.Tracing
    log_retention: logs.RetentionDays
    access_logs: bool
    removal_policy: RemovalPolicy
    role: iam.IRole | None
    vpc: ec2.IVpc | None
    vpc_subnets: ec2.SubnetSelection | None
    security_groups: tuple[ec2.ISecurityGroup, ...] | None
    throttling_rate_limit: float | None
    throttling_burst_limit: int | None
    function_name: str | None
    api_name: str | None
    description: str | None
    exclude: tuple[str, ...]

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
        return not (
            validation.app_problems(self.app)
            or self._folder_problems()
            or validation.runtime_problems(self.runtime.name)
        )

    @property
    def traced(self) -> bool:
        """Whether the function sends traces, of its own accord or of its caller's."""
        return self.tracing is not lambda_.Tracing.DISABLED

    @property
    def tracing_mode(self) -> str:
        """The tracing mode, as CloudFormation names it."""
        return {
            lambda_.Tracing.ACTIVE: "Active",
            lambda_.Tracing.PASS_THROUGH: "PassThrough",
        }[self.tracing]

    def problems(self) -> list[str]:
        """What is wrong in the props by themselves, before the service is read."""
        return [
            *validation.app_problems(self.app),
            *self._folder_problems(),
            *validation.stage_problems(self.stage),
            *validation.function_name_problems(_literal(self.function_name)),
            *validation.description_problems(_literal(self.description)),
            *validation.runtime_problems(self.runtime.name),
            *validation.media_type_problems(self.binary_media_types),
            *validation.environment_problems(self.environment),
            *self._number_problems(),
            *self._exclusion_problems(),
        ]

    def _folder_problems(self) -> list[str]:
        exists = Path(self.project_dir).is_dir()
        return validation.folder_problems(self.project_dir, exists=exists)

    def _number_problems(self) -> list[str]:
        number = validation.number_problems
        return [
            *number(
                "authorizer_cache_ttl",
                _seconds(self.authorizer_cache_ttl),
                least=0,
                most=validation.MAX_AUTHORIZER_TTL,
                unit=" seconds",
            ),
            *number("timeout", _seconds(self.timeout), least=1, most=900, unit=" seconds"),
            *number("memory_size", _number(self.memory_size), least=128, most=10240, unit=" MB"),
            *number("throttling_rate_limit", _number(self.throttling_rate_limit), least=0),
            *number("throttling_burst_limit", _number(self.throttling_burst_limit), least=0),
        ]

    def _exclusion_problems(self) -> list[str]:
        problems = [
            f"{name}: got a value without `vpc`; allowed: both, or neither."
            for name in ("vpc_subnets", "security_groups")
            if getattr(self, name) is not None and self.vpc is None
        ]
        if self.token is not None and TOKEN_VARIABLE in self.environment:
            problems.append(
                f"token: got a secret, and {TOKEN_VARIABLE} in `environment` too; allowed: one of "
                "them."
            )
        if self.environment.get(STAGE_VARIABLE, self.stage) != self.stage:
            problems.append(
                f"environment: got {STAGE_VARIABLE} {self.environment[STAGE_VARIABLE]!r} with the "
                f"stage {self.stage!r}; allowed: leave it out, `stage` sets it."
            )
        return problems

    def refused(self) -> Settings:
        """The settings of a service that won't be synthesized: nothing that the CDK could refuse.

        The construct goes on being declared, so that the other services' problems are told too.
        """
        return replace(
            self,
            app="refused",
            stage="refused",
            layers=(),
            environment={},
            token=None,
            authorizer_cache_ttl=Duration.seconds(0),
            binary_media_types=(),
            runtime=default_runtime(),
            memory_size=128,
            timeout=Duration.seconds(1),
            access_logs=False,
            vpc=None,
            vpc_subnets=None,
            security_groups=None,
            throttling_rate_limit=None,
            throttling_burst_limit=None,
            function_name=None,
            api_name=None,
            description=None,
        )


def _literal(text: str | None) -> str | None:
    return None if Token.is_unresolved(text) else text


def _number(value: float | None) -> float | None:
    return None if Token.is_unresolved(value) else value


def _seconds(duration: Duration) -> float | None:
    return None if duration.is_unresolved() else duration.to_seconds()
