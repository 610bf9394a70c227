"""Services that nobody can call, since their token is not set."""

from __future__ import annotations

from collections.abc import Iterator

from coworks_cdk.local.template.records import Function, Model

_OWN_AUTHORIZER = b"def token_authorizer"


def unset_tokens(model: Model) -> Iterator[str]:
    """Say for which services the default authorizer accepts nobody.

    A service counts that has an authorizer, neither ``TOKEN`` nor a secret in its environment, and
    no ``token_authorizer`` in its sources.
    """
    for api in model.apis:
        authorizers = {route.authorizer for route in api.routes if route.authorizer is not None}
        arns = {a.function for a in authorizers if a.kind == "TOKEN" and a.function is not None}
        for function in (model.functions[arn] for arn in sorted(arns)):
            variables = function.environment
            if "CWS_STAGE" not in variables or "CWS_TOKEN_SECRET_ARN" in variables:
                continue
            if not variables.get("TOKEN") and not _has_own_authorizer(function):
                yield (
                    f"{api.service}: TOKEN is not set, so that nobody can call its protected "
                    "entries (403); set it in .env, `cws token` makes a good one"
                )


def _has_own_authorizer(function: Function) -> bool:
    return any(
        _OWN_AUTHORIZER in path.read_bytes()
        for path in (function.code.rglob("*.py") if function.code.is_dir() else ())
    )
