"""Variables of a function that CloudFormation could know after the function only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from aws_cdk import CfnResource, Stack
from constructs import Construct

from coworks_cdk.api.picture import references
from coworks_cdk.props.kinds import is_late


def circle_problems(
    environment: Mapping[str, str], behind: Mapping[Construct, tuple[str, str]]
) -> list[str]:
    """Variables that name what is declared after the function.

    :param environment: the function's variables.
    :param behind: what is declared after it: in words, and what a service reads in its place.
    """
    late = {name: value for name, value in environment.items() if is_late(value)}
    if not late:
        return []
    stack = Stack.of(next(iter(behind)))
    told = {_logical_id(stack, construct): words for construct, words in behind.items()}
    problems = []
    for name, value in late.items():
        for found in sorted(set(references(stack.resolve(value))) & set(told)):
            what, instead = told[found]
            problems.append(
                f"environment: got {what} for {name!r}, which CloudFormation makes after the "
                f"function: a circle; allowed: leave it out, the service reads {instead}."
            )
    return problems


def _logical_id(stack: Stack, construct: Construct) -> str:
    resource = cast("CfnResource", construct.node.default_child)
    return str(stack.resolve(resource.logical_id))
