"""From what ``token_authorizer`` answered to API Gateway's policy. Pure.

A policy covers the whole stage of the API, never one method's ARN: API Gateway keeps it for the
authorizer's TTL and evaluates it against the next request, whichever route that is for
(https://docs.aws.amazon.com/apigateway/latest/developerguide/configure-api-gateway-lambda-authorization-with-console.html).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from coworks_runtime.errors import AuthorizerAnswerError
from coworks_runtime.events.token import MethodArn

PRINCIPAL = "caller"
"""The principal of every policy: a token says what its bearer may do, not who that is."""

_RESERVED = frozenset({"principalId", "integrationLatency"})


class Decision(msgspec.Struct, frozen=True):
    """What an authorizer decided.

    :param allowed: whether the caller may go on.
    :param stage: the only stage where that holds; everywhere when ``None``.
    :param context: what the entries see as ``request.authorizer``.
    """

    allowed: bool
    stage: str | None = None
    context: Mapping[str, str] = {}

    def allows(self, stage: str) -> bool:
        """Whether the caller may go on, on this stage."""
        return self.allowed and self.stage in (None, stage)


def decide(answer: object) -> Decision:
    """Read the answer of a ``token_authorizer``.

    ``True`` allows, a name allows on the stage of that name, a mapping allows and is the caller's
    context; all else denies.

    :raises AuthorizerAnswerError: for a mapping with a name or a value that API Gateway can't
        carry: it takes strings, numbers and booleans
        (https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html).
    """
    if answer is True:
        return Decision(True)
    if isinstance(answer, str) and answer:
        return Decision(True, stage=answer)
    if isinstance(answer, Mapping) and answer:
        return Decision(True, context={_key(key): _text(key, answer[key]) for key in answer})
    return Decision(False)


def _key(key: object) -> str:
    if not isinstance(key, str) or key in _RESERVED:
        raise AuthorizerAnswerError(
            f"token_authorizer returned a context with the name {key!r}: names are strings, "
            f"and not one of API Gateway's own ({', '.join(sorted(_RESERVED))})"
        )
    return key


def _text(key: object, value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    raise AuthorizerAnswerError(
        f"token_authorizer returned a context whose value {key!r} is of type "
        f"{type(value).__name__}: API Gateway carries strings, numbers and booleans only"
    )


def policy_document(decision: Decision, arn: MethodArn) -> dict[str, Any]:
    """The authorizer's answer to API Gateway, for the stage of the method that was called."""
    effect = "Allow" if decision.allows(arn.stage) else "Deny"
    resource = (
        f"arn:{arn.partition}:execute-api:{arn.region}:{arn.account}:{arn.api_id}/{arn.stage}/*/*"
    )
    return {
        "principalId": PRINCIPAL,
        "policyDocument": {
            "Version": "2012-10-17",
            "Statement": [{"Action": "execute-api:Invoke", "Effect": effect, "Resource": resource}],
        },
        "context": dict(decision.context),
    }
