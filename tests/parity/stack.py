"""The stack of the parity suite, synthesized into ``CDK_OUTDIR``."""

import platform
from pathlib import Path

from aws_cdk import App, Stack
from aws_cdk import aws_lambda as lambda_

from coworks_cdk import CoworksMicroService

SERVICES = str(Path(__file__).parent / "services")
TECH = str(Path(__file__).parents[2] / "tech")
HERE = (
    lambda_.Architecture.ARM_64
    if platform.machine() in ("arm64", "aarch64")
    else lambda_.Architecture.X86_64
)


PARITY = (
    ("Parity", "parity:app", SERVICES),
    ("Public", "public:app", SERVICES),
    ("Streaming", "streaming:app", SERVICES),
    ("Hello", "hello:app", TECH),
    ("First", "first:app", TECH),
)


class ParityStack(Stack):
    def __init__(self, scope, construct_id):
        super().__init__(scope, construct_id)
        for name, app, folder in PARITY:
            for construct_id, body in ((name, None), (f"{name}Body", "openapi")):
                CoworksMicroService(
                    self,
                    construct_id,
                    app=app,
                    project_dir=folder,
                    architecture=HERE,
                    api_body=body,
                )


if __name__ == "__main__":
    app = App()
    ParityStack(app, "ParityStack")
    app.synth()
