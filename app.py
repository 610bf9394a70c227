"""The quickstart's stack: ``cdk synth``, ``cdk deploy``.

``-c stage=NAME``, ``-c architecture=x86_64|arm64`` and ``-c layers=ARN,ARN`` are passed to every
service.
"""

from collections.abc import Sequence
from typing import Any

from aws_cdk import Acknowledgment, App, RemovalPolicy, Stack, Validations
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from coworks_cdk import CoworksMicroService
from coworks_cdk.checks.values import stage_problems

ARCHITECTURES = {"arm64": lambda_.Architecture.ARM_64, "x86_64": lambda_.Architecture.X86_64}

_ACCESS_LOGS = (
    "API Gateway refuses logs where the account has no CloudWatch role, which no stack owns."
)
_RUNTIME = "The service runs on the Python that it is developed and tested with."

#: What cdk-nag's AwsSolutions and Serverless packs say of the quickstart, and why it stays.
ACKNOWLEDGED = {
    "AwsSolutions::AwsSolutions-APIG1": _ACCESS_LOGS,
    "AwsSolutions::AwsSolutions-APIG2": "The service itself validates what it is sent.",
    "AwsSolutions::AwsSolutions-APIG3": "A web ACL is for a real service: it costs by the month.",
    "AwsSolutions::AwsSolutions-APIG4": "An entry with no_auth=True is public on purpose.",
    "AwsSolutions::AwsSolutions-APIG6": _ACCESS_LOGS,
    "AwsSolutions::AwsSolutions-COG4": "The service has an authorizer of its own.",
    "AwsSolutions::AwsSolutions-IAM5[Resource::*]": "X-Ray has no resources to name.",
    "AwsSolutions::AwsSolutions-L1": _RUNTIME,
    "Serverless::Serverless-APIGWAccessLogging": _ACCESS_LOGS,
    "Serverless::Serverless-APIGWDefaultThrottling": "A sample has the account's limits.",
    "Serverless::Serverless-LambdaDLQ": "API Gateway calls the function and awaits its answer.",
    "Serverless::Serverless-LambdaLatestVersion": _RUNTIME,
    "Serverless::Serverless-LambdaStarPermissions": "X-Ray has no resources to name.",
}


class QuickstartStack(Stack):
    """The three services of ``tech``."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        stage: str = "dev",
        architecture: lambda_.Architecture = lambda_.Architecture.ARM_64,
        layers: Sequence[str] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(scope, construct_id, **kwargs)
        common: dict[str, Any] = {
            "project_dir": "tech",
            "stage": stage,
            "architecture": architecture,
            "layers": layers,
            # A sample leaves nothing behind; a service's logs may outlive its stack.
            "removal_policy": RemovalPolicy.DESTROY,
        }
        CoworksMicroService(self, "Hello", app="hello:app", **common)
        CoworksMicroService(self, "First", app="first:app", **common)
        CoworksMicroService(
            self,
            "Complete",
            app="complete:app",
            requirements="tech/complete-requirements.txt",
            **common,
        )
        Validations.of(self).acknowledge(
            *(Acknowledgment(id=rule, reason=reason) for rule, reason in ACKNOWLEDGED.items())
        )


def main() -> None:
    """Synthesize the quickstart.

    :raises SystemExit: for a context value that isn't allowed.
    """
    app = App()
    stage = app.node.try_get_context("stage") or "dev"
    architecture = app.node.try_get_context("architecture") or "arm64"
    layers = app.node.try_get_context("layers")
    problems = stage_problems(stage)
    if architecture not in ARCHITECTURES:
        allowed = " or ".join(ARCHITECTURES)
        problems.append(f"architecture: got {architecture!r}; allowed: {allowed}.")
    if problems:
        raise SystemExit("\n".join(f"-c {problem}" for problem in problems))
    QuickstartStack(
        app,
        "QuickstartStack",
        stage=stage,
        architecture=ARCHITECTURES[architecture],
        layers=layers.split(",") if layers else (),
    )
    app.synth()


if __name__ == "__main__":
    main()
