"""Who a caller is, where no function of the API's decides: stand-ins for what AWS would check.

Nothing here knows keys: a signature counts as right. What is deployed refuses more.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import time
from collections.abc import Mapping
from typing import Any

from coworks_cdk.local.gateway import gateway_responses as failures
from coworks_cdk.local.gateway.gateway_responses import Failure

_SIGNED = re.compile(
    r"AWS4-HMAC-SHA256\s+Credential=(?P<key>[^/,\s]+)/\d{8}/[^/]+/(?P<service>[^/]+)/aws4_request,"
)


def signed_caller(authorization: str | None, account: str) -> Failure | dict[str, str]:
    """Give the identity of a caller who signed a request with AWS's Signature Version 4.

    :param authorization: the header.
    :param account: whose user the caller is taken for.
    :return: what ``requestContext.identity`` holds of it.
    """
    if not authorization or not authorization.startswith("AWS4-HMAC-SHA256"):
        return failures.NOT_SIGNED
    found = _SIGNED.match(authorization)
    if found is None or found["service"] != "execute-api":
        return failures.WRONG_SIGNATURE
    key = found["key"]
    arn = f"arn:aws:iam::{account}:user/{key}"
    return {"accessKey": key, "accountId": account, "caller": key, "user": key, "userArn": arn}


def claims_of(token: str | None, now: float | None = None) -> Failure | dict[str, Any]:
    """Give the claims of a user pool's token, as they reach the function.

    :param token: a JSON Web Token, with or without ``Bearer`` before it.
    :param now: seconds since 1970.
    """
    parts = (token or "").removeprefix("Bearer ").strip().split(".")
    if len(parts) != 3:
        return failures.UNAUTHORIZED
    try:
        payload = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (binascii.Error, ValueError):
        return failures.UNAUTHORIZED
    if not isinstance(payload, Mapping) or not payload.get("sub"):
        return failures.UNAUTHORIZED
    expires = payload.get("exp")
    if isinstance(expires, int | float) and expires < (time.time() if now is None else now):
        return failures.EXPIRED
    return {"claims": {name: _text(value) for name, value in payload.items()}}


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ",".join(value)
    return json.dumps(value)
