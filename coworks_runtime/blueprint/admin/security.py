"""What a protected route asks its callers for, as an OpenAPI document and the page say it."""

from __future__ import annotations

from typing import Any

#: By how API Gateway lets callers in, where the construct was given another authorizer than the
#: service's own: OpenAPI's name of the scheme, API Gateway's, and the words.
#: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-authtype.html
_SCHEMES = {
    "AWS_IAM": ("iam", "awsSigv4", "Requests are signed with AWS Signature Version 4."),
    "COGNITO_USER_POOLS": (
        "cognito",
        "cognito_user_pools",
        "The header holds a token of the Cognito user pool.",
    ),
    "CUSTOM": ("authorizer", "custom", "An authorizer of API Gateway lets callers in."),
}
_TOKEN = "token"  # noqa: S105 - a scheme's name


def scheme_name(authorizer: str | None) -> str:
    """The name of the security scheme.

    :param authorizer: API Gateway's authorization type, ``None`` for the service's own authorizer.
    """
    return _SCHEMES[authorizer][0] if authorizer in _SCHEMES else _TOKEN


def security_scheme(authorizer: str | None, header: str) -> dict[str, Any]:
    """The security scheme of the protected routes.

    :param authorizer: as for :func:`scheme_name`.
    :param header: the header of the service's own tokens.
    """
    if authorizer not in _SCHEMES:
        return {"type": "apiKey", "in": "header", "name": header}
    _, kind, words = _SCHEMES[authorizer]
    return {
        "type": "apiKey",
        "in": "header",
        "name": header if kind == "custom" else "Authorization",
        "description": words,
        "x-amazon-apigateway-authtype": kind,
    }


def authorizer_words(authorizer: str | None) -> str | None:
    """How callers are let in, in a sentence; ``None`` for the service's own authorizer."""
    return _SCHEMES[authorizer][2] if authorizer in _SCHEMES else None
