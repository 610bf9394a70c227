"""Where a service answers, as the construct's ``connect`` or a dotenv file says."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, NamedTuple

from coworks_runtime.authorization.secret import secret_token

Token = str | Callable[[], str]


class Connection(NamedTuple):
    """Where a service answers, and the token for it.

    :param target: the URL of its stage, or a client for it.
    :param token: the token, or what gives it; ``None`` for none.
    """

    target: Any
    token: Token | None = None


def connection_to(name: str) -> Connection:
    """The connection to a service, from this process's environment.

    :param name: the name of the service's class.
    :raises ValueError: where the environment has no URL for it.
    """
    prefix = f"CWS_{name.upper()}"
    url = os.environ.get(f"{prefix}_URL")
    if not url:
        raise ValueError(
            f"remote({name}): there is no {prefix}_URL in the environment; connect the two services "
            "in their stack (caller.connect(callee)), set it in .env, or give remote() a URL"
        )
    arn = os.environ.get(f"{prefix}_TOKEN_SECRET_ARN")
    if arn:
        return Connection(url, lambda: secret_token(arn))
    return Connection(url, os.environ.get(f"{prefix}_TOKEN") or None)
