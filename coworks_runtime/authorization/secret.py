"""The token that a Secrets Manager secret holds.

boto3 is imported on the first use, and only where the function has a secret: Lambda's runtime
brings it.

A value is read again by its age alone. A wrong token is no reason to: whoever can send one could
make the function call Secrets Manager as often as they like. But it may be a new one, younger than
the value that is kept: then it waits until that one is to be read again.
"""

from __future__ import annotations

import json
import logging
import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any

import msgspec

from coworks_runtime.errors import TokenSecretError

MAX_AGE = 1.0
"""How long a value is used before it is read again, in seconds: so much later than the secret a
new token counts, and a revoked one doesn't any more."""
PATIENCE = 10.0
"""How long after a token was refused the next one isn't waited for, in seconds."""
MAX_STALE = 300.0
"""How long the last value is used at most while the secret can't be read, in seconds."""
FAILURE_PAUSE = 5.0
"""How long a failure is remembered before the next attempt, in seconds."""
CONNECT_TIMEOUT, READ_TIMEOUT = 1, 2
"""For one call of Secrets Manager, in seconds: the caller waits meanwhile."""
ATTEMPTS = 2
"""How often a call is tried, the first time included."""

_KEY = "token"
_A_MOMENT = 0.01
_BELOW = "botocore."
_logger = logging.getLogger(__name__)


class _Kept(msgspec.Struct):
    """What is known of a secret: its client, the last value and the last failure."""

    client: Any = None
    text: str = ""
    read_at: float = -math.inf
    problem: str = ""
    failed_at: float = -math.inf
    refused_at: float = -math.inf


_cache: dict[str, _Kept] = {}
_lock = Lock()


def secret_token(arn: str) -> str:
    """The secret's token, at most :data:`MAX_AGE` old.

    While Secrets Manager fails, the last value counts for :data:`MAX_STALE`, and it is asked again
    after :data:`FAILURE_PAUSE`, however many callers come meanwhile.

    :param arn: the secret's ARN.
    :raises TokenSecretError: where it can't be read, or holds nothing that can be a token.
    :raises ImportError: where boto3 isn't installed.
    """
    with _lock:
        kept = _cache.setdefault(arn, _Kept())
        now = time.monotonic()
        if now - kept.read_at <= MAX_AGE:
            return kept.text
        if now - kept.failed_at > FAILURE_PAUSE:
            try:
                kept.text, kept.read_at = _read(kept, arn), now
            except TokenSecretError as error:
                kept.problem, kept.failed_at = str(error), time.monotonic()
                _logger.error("%s", error)  # noqa: TRY400 - it tells all there is to know
            else:
                return kept.text
        if now - kept.read_at > MAX_STALE:
            raise TokenSecretError(kept.problem)
        return kept.text


def secret_matches(arn: str, matches: Callable[[str], bool]) -> bool:
    """Whether the secret's token is the one that a caller has sent.

    What doesn't match a value that was read before the call is compared once more when that is read
    again, :data:`MAX_AGE` later at most: API Gateway would keep the refusal of a new token. Not more
    than once in :data:`PATIENCE`, so that wrong ones keep nobody waiting.

    :param arn: the secret's ARN.
    :param matches: whether a token is the one that was sent.
    :raises TokenSecretError: as :func:`secret_token` does.
    :raises ImportError: where boto3 isn't installed.
    """
    asked_at = time.monotonic()
    if matches(secret_token(arn)):
        return True
    kept = _cache[arn]
    is_due_in = kept.read_at + MAX_AGE - asked_at
    is_young = kept.read_at < asked_at and is_due_in > 0
    if is_young and asked_at - kept.refused_at > PATIENCE:
        time.sleep(is_due_in + _A_MOMENT)
        if matches(secret_token(arn)):
            return True
    elif is_young:
        return False
    kept.refused_at = asked_at
    return False


def _read(kept: _Kept, arn: str) -> str:
    if kept.client is None:
        kept.client = _client()
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        with _unlogged():
            answer = kept.client.get_secret_value(SecretId=arn)
    except (BotoCoreError, ClientError) as error:
        raise TokenSecretError(
            f"The secret {arn} can't be read: {type(error).__name__}: {error}"
        ) from error
    return token_of(arn, answer.get("SecretString"), answer.get("SecretBinary"))


@contextmanager
def _unlogged() -> Iterator[None]:
    """Keep botocore from logging what it sends and gets, as it does at DEBUG."""
    own = logging.getLogger("botocore")
    below = [logging.getLogger(n) for n in list(own.manager.loggerDict) if n.startswith(_BELOW)]
    loud = [logger for logger in below if 0 < logger.level < logging.INFO]
    if own.getEffectiveLevel() < logging.INFO:
        loud.append(own)
    levels = [logger.level for logger in loud]
    for logger in loud:
        logger.setLevel(logging.INFO)
    try:
        yield
    finally:
        for logger, level in zip(loud, levels, strict=True):
            logger.setLevel(level)


def _client() -> Any:
    import boto3
    from botocore.config import Config

    config = Config(
        connect_timeout=CONNECT_TIMEOUT,
        read_timeout=READ_TIMEOUT,
        retries={"total_max_attempts": ATTEMPTS, "mode": "standard"},
    )
    return boto3.client("secretsmanager", config=config)


def token_of(arn: str, text: str | None, binary: bytes | None = None) -> str:
    """The token of a secret's value.

    Blank space around it doesn't count, since no header carries it: a file that was stored ends
    with a newline. Of a JSON object, as Secrets Manager's console makes it, the value of ``token``
    counts, or the only one that there is.

    :param arn: the secret's ARN, for the error.
    :param text: its string, if it has one.
    :param binary: its bytes, if it has these.
    :raises TokenSecretError: for a value that no caller could send, without the value.
    """
    try:
        value = text if text is not None else (binary or b"").decode()
    except UnicodeDecodeError:
        raise TokenSecretError(f"The secret {arn} holds bytes that are no text") from None
    value = value.strip()
    if value.startswith("{"):
        value = _of_object(arn, value)
    if not value:
        raise TokenSecretError(f"The secret {arn} is empty")
    if not (value.isascii() and value.isprintable()):
        raise TokenSecretError(
            f"The secret {arn} holds characters that no header carries: a token is of ASCII "
            "letters, digits and signs"
        )
    return value


def _of_object(arn: str, text: str) -> str:
    try:
        fields = json.loads(text)
    except ValueError:
        return text  # a token may start with a brace
    several = list(fields.values())
    value = fields.get(_KEY, several[0] if len(several) == 1 else None)
    if not isinstance(value, str):
        raise TokenSecretError(
            f"The secret {arn} is a JSON object of {len(several)} values: its token must be the "
            f"text named {_KEY!r}, or the only value"
        )
    return value.strip()
