"""Who may call an entry: one decision, for a request and for API Gateway's authorizer."""

from __future__ import annotations

import hmac
import os
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from werkzeug.exceptions import Forbidden, HTTPException, InternalServerError, Unauthorized

from coworks_runtime.events.token import parse_arn

from . import secret
from .policy import Decision, decide, policy_document

if TYPE_CHECKING:
    from .protocols import ProtectedRequest, ProtectedService

TOKEN_VARIABLE = "TOKEN"  # noqa: S105 - a variable's name


def token_matches(token: str) -> bool:
    """The default authorizer: the token of the secret, else of ``TOKEN``, in constant time."""
    arn = secret.secret_arn()
    if arn is None:
        return _equal(token, os.environ.get(TOKEN_VARIABLE, ""))
    if _equal(token, secret.secret_token(arn)):
        return True
    return _equal(token, secret.secret_token(arn, refresh=True))


def has_token() -> bool:
    """Whether the default authorizer could accept anybody."""
    return bool(secret.secret_arn() or os.environ.get(TOKEN_VARIABLE))


def _equal(token: str, expected: str) -> bool:
    encoded = token.encode("utf-8", "surrogatepass")
    return bool(expected) and hmac.compare_digest(encoded, expected.encode())


def authorize(service: ProtectedService, request: ProtectedRequest) -> HTTPException | None:
    """Let a request to a protected entry through, or refuse it.

    An event that met API Gateway's authorizer has its answer; all others are asked here.

    :return: the refusal, ``None`` for a request that may go on: :class:`Unauthorized` without a
        token, or where ``token_authorizer`` raises it; :class:`Forbidden` when the token is
        denied, or where no token could be accepted; :class:`InternalServerError` when
        ``token_authorizer`` fails. It is returned and not raised: no error handler of the service
        is to see what would never reach the function behind API Gateway.
    """
    context = request.authorizer_context
    if context is None:
        answer = _ask_here(service, request)
        if isinstance(answer, HTTPException):
            request.refused = True
            return answer
        context = answer
    request.authorizer = context
    return None


def _ask_here(
    service: ProtectedService, request: ProtectedRequest
) -> Mapping[str, str] | HTTPException:
    """The context of a caller whom ``token_authorizer`` lets through, or the refusal."""
    token = request.headers.get(service.authorization_header)
    if not token:
        return Unauthorized() if service.could_accept_a_token() else Forbidden()
    try:
        decision = _ask(service, token)
    except Unauthorized:
        # What API Gateway says for it: the exception's own text wouldn't get through.
        return Unauthorized()
    except Exception:  # noqa: BLE001 - whatever it is, it lets nobody in
        service.log_exception(sys.exc_info())
        return InternalServerError()
    return decision.context if decision.allows(service.stage) else Forbidden()


class AuthorizerRefusal(Exception):
    """What API Gateway takes for a 401: an error whose text is ``Unauthorized``, to the letter."""


def answer_authorizer_event(service: ProtectedService, event: dict[str, Any]) -> dict[str, Any]:
    """The policy for a token authorizer's event.

    :raises AuthorizerRefusal: where ``token_authorizer`` raises ``Unauthorized``.
    :raises ValueError: for a ``methodArn`` that is none.
    """
    arn = parse_arn(event["methodArn"])
    with service.app_context():
        try:
            decision = _ask(service, event["authorizationToken"])
        except Unauthorized:
            raise AuthorizerRefusal("Unauthorized") from None
    return policy_document(decision, arn)


def _ask(service: ProtectedService, token: str) -> Decision:
    return decide(service.ensure_sync(service.token_authorizer)(token))
