"""Pure: an authorizer's policy document evaluated against a method's ARN."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from coworks_cdk.local.arn_pattern import matches

ACTION = "execute-api:Invoke"

Outcome = Literal["allow", "deny", "explicit-deny"]


class MalformedPolicy(ValueError):
    """The document is not one that API Gateway would take."""


def evaluate(document: Any, arn: str) -> Outcome:
    """Say what a policy decides for a method.

    :param document: what the authorizer gave as ``policyDocument``.
    :param arn: ``arn:aws:execute-api:REGION:ACCOUNT:API/STAGE/METHOD/PATH``.
    :return: ``explicit-deny`` where a statement denies, ``allow`` where one allows and none
        denies, else ``deny``.
    :raises MalformedPolicy: for a document that API Gateway would refuse, or with elements that
        aren't evaluated here (``Condition``, ``NotAction``, ``NotResource``).
    """
    if not isinstance(document, Mapping):
        raise MalformedPolicy(f"policyDocument is no object but {type(document).__name__}")
    statements = document.get("Statement")
    if isinstance(statements, Mapping):
        statements = [statements]
    if not isinstance(statements, list) or not statements:
        raise MalformedPolicy("policyDocument has no Statement")
    outcome: Outcome = "deny"
    for statement in statements:
        effect = _effect(statement)
        if not _covers(statement, arn):
            continue
        if effect == "Deny":
            return "explicit-deny"
        outcome = "allow"
    return outcome


def _effect(statement: Any) -> str:
    if not isinstance(statement, Mapping):
        raise MalformedPolicy(f"a statement is no object but {type(statement).__name__}")
    for name in ("Condition", "NotAction", "NotResource"):
        if name in statement:
            raise MalformedPolicy(f"{name} is not evaluated locally")
    effect = statement.get("Effect")
    if effect not in ("Allow", "Deny"):
        raise MalformedPolicy(f"Effect is {effect!r}, neither 'Allow' nor 'Deny'")
    return str(effect)


def _covers(statement: Mapping[str, Any], arn: str) -> bool:
    actions = _texts(statement, "Action")
    resources = _texts(statement, "Resource")
    return any(matches(action, ACTION, ignore_case=True) for action in actions) and any(
        matches(resource, arn) for resource in resources
    )


def _texts(statement: Mapping[str, Any], name: str) -> list[str]:
    value = statement.get(name)
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list) or not all(isinstance(item, str) for item in values):
        raise MalformedPolicy(f"{name} is neither a string nor a list of strings")
    return values
