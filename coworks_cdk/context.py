"""What the CDK's context, and then the environment, says of the services that say nothing.

``cdk -c stage=prod``, and so ``cws --stage prod``, reach every service of an app without a line in
it.
"""

from __future__ import annotations

import os

from aws_cdk import aws_lambda as lambda_
from constructs import Construct

STAGE_VARIABLE = "CWS_STAGE"
DEFAULT_STAGE = "dev"

_ARCHITECTURES = {
    "arm64": lambda_.Architecture.ARM_64,
    "x86_64": lambda_.Architecture.X86_64,
}


def stage_of(scope: Construct) -> str:
    """The stage that services have where they aren't given one.

    It is the context's ``stage``, else ``CWS_STAGE`` of the environment, else ``dev``: name a stack
    after it, so that one stage can't replace another.

    :param scope: the app, or anything in it.
    """
    return _text(scope, "stage") or os.environ.get(STAGE_VARIABLE) or DEFAULT_STAGE


def architecture_of(scope: Construct) -> lambda_.Architecture | str | None:
    """The context's ``architecture``; its text where there is none of that name."""
    name = _text(scope, "architecture")
    return _ARCHITECTURES.get(name, name) if name else None


def layers_of(scope: Construct) -> list[str] | None:
    """The context's ``layers``, ARNs joined with commas."""
    text = _text(scope, "layers")
    return [arn.strip() for arn in text.split(",")] if text else None


def _text(scope: Construct, key: str) -> str | None:
    value = scope.node.try_get_context(key)
    return None if value in (None, "") else str(value)
