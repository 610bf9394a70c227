"""What the CDK's context, and then the environment, says of the services that say nothing.

``cdk -c stage=prod``, and so ``cws --stage prod``, reach every service of an app without a line in
it.
"""

from __future__ import annotations

import os
from functools import cache, partial

from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from coworks_cdk.asked_once import node_of
from coworks_cdk.props.prop import Context

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
    return said_stage(partial(_text, scope))


def said_stage(context: Context) -> str:
    """The stage of services that aren't given one; see :func:`stage_of`."""
    return context("stage") or os.environ.get(STAGE_VARIABLE) or DEFAULT_STAGE


def said_architecture(context: Context) -> lambda_.Architecture | str | None:
    """The context's ``architecture``; its text where there is none of that name."""
    name = context("architecture")
    return _ARCHITECTURES.get(name, name) if name else None


def said_layers(context: Context) -> list[str] | None:
    """The context's ``layers``, ARNs joined with commas."""
    text = context("layers")
    return [arn.strip() for arn in text.split(",")] if text else None


def context_of_children(scope: Construct) -> Context:
    """The context that the children of a construct have.

    It is settled with the first of them: the CDK refuses to change it from then on.
    """
    return partial(_settled, scope)


@cache
def _settled(scope: Construct, key: str) -> str | None:
    return _text(scope, key)


def _text(scope: Construct, key: str) -> str | None:
    value = node_of(scope).try_get_context(key)
    return None if value in (None, "") else str(value)
