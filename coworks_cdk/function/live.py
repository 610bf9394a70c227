"""The alias ``live``: the version of a function that the API calls, and how it moves on."""

from __future__ import annotations

from dataclasses import dataclass

from aws_cdk import aws_codedeploy as codedeploy
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from coworks_cdk.settings import Settings

ALIAS = "live"

# A version is made anew by what Lambda runs, whatever flags the app has set: the content of the
# layers counts, tags and concurrency don't.
# https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.aws_lambda-readme.html#currentversion-updated-hashing-logic
_VERSION_FLAGS = (
    "@aws-cdk/aws-lambda:recognizeLayerVersion",
    "@aws-cdk/aws-lambda:recognizeVersionProps",
)


_OF_EVENTS = frozenset({"max_event_age", "on_failure", "on_success", "retry_attempts"})
"""What is said of a function's asynchronous invocations."""


@dataclass(frozen=True)
class Live:
    """What is called in place of a function.

    :param alias: the alias, at the function's newest version.
    :param deployment_group: what moves its traffic to a new version; at once without one.
    """

    alias: lambda_.Alias
    deployment_group: codedeploy.LambdaDeploymentGroup | None


def recognize_versions(scope: Construct) -> None:
    """Let the versions below a construct follow all that Lambda runs.

    To be called before anything is declared there.
    """
    for flag in _VERSION_FLAGS:
        scope.node.set_context(flag, True)


def live_alias(scope: Construct, function: lambda_.Function, settings: Settings) -> Live:
    """Declare the alias at the function's current version.

    A variable that is added later, and all else that changes the function, makes a new version
    too. An earlier one is deleted when a deployment is through, its traffic then being gone.
    """
    # Lambda keeps these for the function and for each alias by itself.
    invoked = {k: v for k, v in settings.function_options.items() if k in _OF_EVENTS}
    alias = lambda_.Alias(
        scope, "Alias", alias_name=ALIAS, version=function.current_version, **invoked
    )
    if settings.deployment_config is None:
        return Live(alias, None)
    group = codedeploy.LambdaDeploymentGroup(
        scope,
        "DeploymentGroup",
        alias=alias,
        deployment_config=settings.deployment_config,
        alarms=settings.deployment_alarms,
    )
    return Live(alias, group)
