"""The token that a Secrets Manager secret holds.

boto3 is imported on the first use, and only where the function has a secret: Lambda's runtime
brings it.
"""

from __future__ import annotations

import os
import time

import msgspec

SECRET_VARIABLE = "CWS_TOKEN_SECRET_ARN"  # noqa: S105 - a variable's name
MAX_AGE = 300.0
"""How long a value is used before it is read again, in seconds."""
MIN_AGE = 5.0
"""How long a value is used at least, in seconds, so that wrong tokens can't flood the API."""


class _Value(msgspec.Struct, frozen=True):
    text: str
    read_at: float


_cache: dict[str, _Value] = {}


def secret_arn() -> str | None:
    """The secret that the construct gave to the function, if any."""
    return os.environ.get(SECRET_VARIABLE) or None


def secret_token(arn: str, *, refresh: bool = False) -> str:
    """The secret's value, kept in the function.

    :param arn: the secret's ARN.
    :param refresh: ``True`` reads it again where the kept value is older than :data:`MIN_AGE`:
        the secret may have been rotated.
    :raises ImportError: where boto3 isn't installed.
    :raises botocore.exceptions.ClientError: when Secrets Manager refuses.
    """
    value = _cache.get(arn)
    age = float("inf") if value is None else time.monotonic() - value.read_at
    if value is None or age > (MIN_AGE if refresh else MAX_AGE):
        import boto3

        answer = boto3.client("secretsmanager").get_secret_value(SecretId=arn)
        value = _cache[arn] = _Value(answer.get("SecretString") or "", time.monotonic())
    return value.text
