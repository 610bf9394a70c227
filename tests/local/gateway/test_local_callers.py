"""Stand-ins for what AWS checks of a caller."""

import base64
import json

import pytest

from coworks_cdk.local.gateway import gateway_responses as failures
from coworks_cdk.local.gateway.callers import claims_of, signed_caller

SIGNED = (
    "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/us-east-1/{}/aws4_request, "
    "SignedHeaders=host;x-amz-date, Signature=0"
)


def test_a_signed_caller():
    assert signed_caller(SIGNED.format("execute-api"), "123456789012") == {
        "accessKey": "AKIDEXAMPLE",
        "accountId": "123456789012",
        "caller": "AKIDEXAMPLE",
        "user": "AKIDEXAMPLE",
        "userArn": "arn:aws:iam::123456789012:user/AKIDEXAMPLE",
    }


@pytest.mark.parametrize(
    ("header", "failure"),
    [
        (None, failures.NOT_SIGNED),
        ("", failures.NOT_SIGNED),
        ("token", failures.NOT_SIGNED),
        ("AWS4-HMAC-SHA256 nonsense", failures.WRONG_SIGNATURE),
        (SIGNED.format("s3"), failures.WRONG_SIGNATURE),
    ],
)
def test_callers_that_did_not_sign(header, failure):
    assert signed_caller(header, "123456789012") is failure


def jwt(**claims):
    parts = ({"alg": "RS256"}, claims)
    encoded = [base64.urlsafe_b64encode(json.dumps(p).encode()).decode().rstrip("=") for p in parts]
    return ".".join([*encoded, "signature"])


@pytest.mark.parametrize("prefix", ["", "Bearer "])
def test_claims(prefix):
    token = jwt(sub="me", exp=20, email_verified=True, **{"cognito:groups": ["a", "b"]})
    assert claims_of(prefix + token, now=10) == {
        "claims": {
            "sub": "me",
            "exp": "20",
            "email_verified": "true",
            "cognito:groups": "a,b",
        }
    }


@pytest.mark.parametrize(
    ("token", "failure"),
    [
        (None, failures.UNAUTHORIZED),
        ("token", failures.UNAUTHORIZED),
        ("a.b.c", failures.UNAUTHORIZED),
        ("a.bm9uZQ.c", failures.UNAUTHORIZED),
        (jwt(exp=20), failures.UNAUTHORIZED),
        (jwt(sub="me", exp=5), failures.EXPIRED),
    ],
)
def test_tokens_that_are_none(token, failure):
    assert claims_of(token, now=10) is failure
