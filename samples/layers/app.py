"""The stack of the service that lists the CoWorks layers."""

from pathlib import Path
from typing import Any

from aws_cdk import App, ArnFormat, Stack
from aws_cdk.aws_iam import Grant
from aws_cdk.aws_lambda import Architecture
from constructs import Construct

from coworks_cdk import CoworksMicroService

ARCHITECTURES = {"arm64": Architecture.ARM_64, "x86_64": Architecture.X86_64}


class LayersStack(Stack):
    """The service, and its permission to list layers.

    :param scope: the app.
    :param construct_id: the stack's id.
    :param stage: the service's stage, ``dev`` by default.
    :param architecture: the function's processor, arm64 by default.
    :param kwargs: what every stack takes.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        stage: str = "dev",
        architecture: Architecture = Architecture.ARM_64,
        **kwargs: Any,
    ) -> None:
        super().__init__(scope, construct_id, **kwargs)
        service = CoworksMicroService(
            self,
            "Layers",
            app="layers:app",
            project_dir=Path(__file__).parent / "tech",
            stage=stage,
            architecture=architecture,
        )
        # https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html:
        # ListLayers knows no resource, ListLayerVersions knows layers.
        Grant.add_to_principal(grantee=service, actions=["lambda:ListLayers"], resource_arns=["*"])
        layers = self.format_arn(
            service="lambda",
            resource="layer",
            resource_name="*",
            arn_format=ArnFormat.COLON_RESOURCE_NAME,
        )
        Grant.add_to_principal(
            grantee=service, actions=["lambda:ListLayerVersions"], resource_arns=[layers]
        )


def main() -> None:
    """Synthesize the stack with what -c stage=... and -c architecture=... say.

    :raises SystemExit: for an architecture that Lambda doesn't have.
    """
    app = App()
    architecture = app.node.try_get_context("architecture") or "arm64"
    if architecture not in ARCHITECTURES:
        allowed = " or ".join(ARCHITECTURES)
        raise SystemExit(f"-c architecture: got {architecture!r}; allowed: {allowed}.")
    LayersStack(
        app,
        "LayersStack",
        stage=app.node.try_get_context("stage") or "dev",
        architecture=ARCHITECTURES[architecture],
    )
    app.synth()


if __name__ == "__main__":
    main()
