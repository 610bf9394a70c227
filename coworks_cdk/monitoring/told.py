"""Who is told by alarms: topics, and CloudWatch's other actions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_sns as sns

#: A topic or another action.
One = sns.ITopic | cloudwatch.IAlarmAction


def alarm_actions(given: One | Sequence[One]) -> tuple[list[cloudwatch.IAlarmAction], list[str]]:
    """What alarms do, and what is wrong with it.

    :param given: a topic, another action, or several.
    """
    several = given if isinstance(given, list | tuple) else [given]
    found: list[cloudwatch.IAlarmAction] = []
    problems = []
    for one in several:
        action = _action(one)
        if action is None:
            problems.append(
                f"topic: got an object of type {type(one).__name__}; allowed: a topic "
                "(`sns.Topic.from_topic_arn` makes one of an ARN), an action of "
                "aws_cloudwatch_actions, or a list of them"
            )
        else:
            found.append(action)
    return found, problems


def _action(one: Any) -> cloudwatch.IAlarmAction | None:
    """An action, told by what it has, since an imported topic is of no class."""
    if hasattr(one, "topic_arn"):
        return actions.SnsAction(one)
    return one if hasattr(one, "bind") else None
