"""The sample stack under cdk-nag's AwsSolutions and Serverless packs: a finding fails the synth."""

from __future__ import annotations

import sys
from pathlib import Path

import cdk_nag
from aws_cdk import App, Validations

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from app import QuickstartStack


def main() -> None:
    """Synthesize it; what app.py doesn't acknowledge with a reason is an error."""
    app = App()
    Validations.of(app).add_plugins(cdk_nag.AwsSolutionsChecks(app), cdk_nag.ServerlessChecks(app))
    QuickstartStack(app, "QuickstartStack")
    app.synth()


if __name__ == "__main__":
    main()
