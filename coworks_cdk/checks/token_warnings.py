"""What a synth warns of where a service's token is told, guessed or missing."""

from __future__ import annotations

from collections.abc import Mapping

from aws_cdk import Annotations, Token
from constructs import Construct

from coworks_cdk.context import DEFAULT_STAGE
from coworks_cdk.service_description import ServiceDescription
from coworks_cdk.settings import AUTHORIZER_VARIABLE, SECRET_VARIABLE, TOKEN_VARIABLE

#: Tokens that documentation and templates are written with: everybody knows them.
SAMPLES = frozenset(
    {"changeme", "mytoken", "my-token", "secret", "test", "to_be_set", "token", "xxx"}
)


def warn_of_token(
    scope: Construct, service: ServiceDescription, *, stage: str, environment: Mapping[str, str]
) -> None:
    """Warn of a token that is in clear, known to everybody, or missing.

    :param scope: the service, which the warnings are reported at.
    :param service: what is known of it.
    :param stage: its stage.
    :param environment: the function's variables.
    """

    def warn(name: str, told: str) -> None:
        Annotations.of(scope).add_warning_v2(name, told)

    token = environment.get(TOKEN_VARIABLE)
    if not token:
        otherwise = {SECRET_VARIABLE, AUTHORIZER_VARIABLE} & set(environment)
        if service.protected and not service.accepts_tokens and not otherwise:
            warn(
                "coworks:no-token",
                f"{TOKEN_VARIABLE} is undefined: nobody can call the entries that ask for a token, "
                "all of them answer 403. Make one with `cws token`, or pass a secret of Secrets "
                "Manager as `token`.",
            )
        return
    if Token.is_unresolved(token):
        return
    warn(
        "coworks:clear-token",
        f"{TOKEN_VARIABLE} is in clear in the template, for everybody who may read the "
        "stack or the function. Put it in a secret of Secrets Manager and pass the "
        "secret as `token`.",
    )
    if stage != DEFAULT_STAGE and token.lower() in SAMPLES:
        warn(
            "coworks:sample-token",
            f"{TOKEN_VARIABLE} of the stage {stage!r} is a sample's, which everybody knows. Make "
            f"one of its own with `cws --stage {stage} token`.",
        )
