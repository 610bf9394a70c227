"""Who may call an entry: one decision, for a request and for API Gateway's authorizer."""

from __future__ import annotations

import hmac
import os
import sys
from collections.abc import Callable, Mapping
from contextvars import Context, copy_context
from string import ascii_letters, digits
from typing import TYPE_CHECKING, Any

from flask import got_request_exception
from werkzeug.exceptions import Forbidden, HTTPException, InternalServerError, Unauthorized

from coworks_runtime.errors import (
    AuthorizerRequestError,
    EnvironmentVariableError,
    ServiceError,
)
from coworks_runtime.events.rest import signed_caller

if TYPE_CHECKING:
    from .policy import Decision
    from .protocols import ProtectedRequest, ProtectedService

TOKEN_VARIABLE = "TOKEN"  # noqa: S105 - a variable's name
# What lets callers in, in place of the service's own authorizer; set by the construct.
AUTHORIZER_VARIABLE = "CWS_AUTHORIZER"
SIGNED = "AWS_IAM"
SECRET_VARIABLE = "CWS_TOKEN_SECRET_ARN"  # noqa: S105 - a variable's name
# A token of RFC 9110, without the underscore.
_HEADER = frozenset(f"{ascii_letters}{digits}!#$%&'*+.^`|~-")
_REQUEST_VARIABLE = "flask.request_ctx"
_OUTSIDE_REQUEST = "Working outside of request context"


def token_matches(token: str) -> bool:
    """The default authorizer: the token of the secret, else of ``TOKEN``, in constant time."""
    arn = _secret_arn()
    if arn is None:
        return _equal(token, os.environ.get(TOKEN_VARIABLE, ""))
    from .secret import secret_matches  # many functions have none

    return secret_matches(arn, lambda expected: _equal(token, expected))


def _secret_arn() -> str | None:
    """The secret that the construct gave to the function, if any."""
    return os.environ.get(SECRET_VARIABLE) or None


def check_token_variable() -> None:
    """Refuse a ``TOKEN`` that no caller could send.

    :raises EnvironmentVariableError: without the value.
    """
    value = os.environ.get(TOKEN_VARIABLE, "")
    if value and not _secret_arn() and not _is_sendable(value):
        raise EnvironmentVariableError(
            f"{TOKEN_VARIABLE} holds characters that no header carries: a token is of ASCII "
            "letters, digits and signs, without blank space around it"
        )


def check_header(service: str, header: object, attribute: str = "authorization_header") -> None:
    """Refuse a header that no request could carry.

    :param service: what the error calls the service.
    :param attribute: the service's attribute that says it.
    :raises ServiceError: with the header, and what is allowed.
    """
    if not isinstance(header, str) or not header or not _HEADER.issuperset(header):
        raise ServiceError(
            f"{attribute} = {header!r} of {service}: must be a header's name, of letters, "
            "digits and hyphens (WSGI servers drop headers with an underscore)"
        )


def _is_sendable(value: str) -> bool:
    return value.isascii() and value.isprintable() and value == value.strip()


def has_token() -> bool:
    """Whether the default authorizer could accept anybody."""
    return bool(_secret_arn() or os.environ.get(TOKEN_VARIABLE))


def _equal(token: str, expected: str) -> bool:
    encoded = token.encode("utf-8", "surrogatepass")
    return bool(expected) and hmac.compare_digest(encoded, expected.encode())


def authorize(service: ProtectedService, request: ProtectedRequest) -> HTTPException | None:
    """Let a request to a protected entry through, or refuse it.

    An event that met API Gateway's authorizer has its answer, and where the construct said that
    requests are signed, API Gateway has checked the signature; all others are asked here.

    :return: the refusal, ``None`` for a request that may go on: :class:`Unauthorized` without a
        token, or where ``token_authorizer`` raises it; :class:`Forbidden` when the token is
        denied, or where no token could be accepted; :class:`InternalServerError` when
        ``token_authorizer`` fails. It is returned and not raised: no error handler of the service
        is to see what would never reach the function behind API Gateway.
    """
    context = request.authorizer_context
    if context is None:
        context = _signed_caller(request)
    if context is None:
        answer = _ask_here(service, request)
        if isinstance(answer, HTTPException):
            request.refused = True
            if isinstance(answer, InternalServerError):
                # Who traces or reports failures is to know of this one as of an entry's.
                got_request_exception.send(service, exception=answer.original_exception)
            return answer
        context = answer
    request.authorizer = context
    return None


def is_let_in(service: ProtectedService, request: ProtectedRequest) -> bool:
    """Whether the caller of a public entry could call a protected one."""
    return request.authorizer_context is not None or not isinstance(
        _ask_here(service, request), HTTPException
    )


def _signed_caller(request: ProtectedRequest) -> Mapping[str, str] | None:
    """Who signed the request, where the construct told API Gateway to ask for a signature."""
    if os.environ.get(AUTHORIZER_VARIABLE) != SIGNED:
        return None
    event = request.aws_event
    return None if event is None else signed_caller(event)


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
    except Exception as error:  # noqa: BLE001 - whatever it is, it lets nobody in
        service.log_exception(sys.exc_info())
        return InternalServerError(original_exception=error)
    return decision.context if decision.allows(service.stage) else Forbidden()


class AuthorizerRefusal(Exception):
    """What API Gateway takes for a 401: an error whose text is ``Unauthorized``, to the letter."""


def answer_authorizer_event(service: ProtectedService, event: dict[str, Any]) -> dict[str, Any]:
    """The policy for a token authorizer's event.

    :raises AuthorizerRefusal: without a token, or where ``token_authorizer`` raises
        ``Unauthorized``.
    :raises ValueError: for a ``methodArn`` that is none.
    """
    from coworks_runtime.events.token import parse_arn  # at most every few minutes a caller

    from .policy import policy_document

    arn = parse_arn(event["methodArn"])
    token = event.get("authorizationToken")
    if not isinstance(token, str) or not token:
        raise AuthorizerRefusal("Unauthorized")
    with service.app_context():
        try:
            decision = _ask(service, token)
        except Unauthorized:
            raise AuthorizerRefusal("Unauthorized") from None
    return policy_document(decision, arn)


def _ask(service: ProtectedService, token: str) -> Decision:
    """What ``token_authorizer`` decides, which knows the token and nothing else of the request.

    API Gateway hands on no more, and keeps the answer for the token whatever the next request is:
    so the local server shows no more either.

    :raises AuthorizerRequestError: where it asks for the request.
    """
    from .policy import decide

    authorizer = service.ensure_sync(service.token_authorizer)
    try:
        return decide(_without_request(authorizer, token))
    except RuntimeError as error:
        if not str(error).startswith(_OUTSIDE_REQUEST):
            raise
        raise AuthorizerRequestError(
            "token_authorizer asked for the request, of which it knows the token only: API "
            "Gateway's TOKEN authorizer is sent nothing else, and keeps the answer for the token. "
            "Decide by the token, decide the rest in the entries with request.authorizer, or give "
            "the construct an authorizer of type REQUEST with authorizer="
        ) from error


def _without_request(function: Callable[[str], Any], token: str) -> Any:
    """Call a function where no request is being handled, all other context as it is."""
    variables = [(v, x) for v, x in copy_context().items() if v.name != _REQUEST_VARIABLE]

    def call() -> Any:
        for variable, value in variables:
            variable.set(value)
        return function(token)

    return Context().run(call)
