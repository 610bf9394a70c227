"""An authorizer's policy, evaluated."""

import pytest

from coworks_cdk.local.gateway.policy import MalformedPolicy, evaluate

ARN = "arn:aws:execute-api:us-east-1:123456789012:api/dev/GET/content/a"
BASE = "arn:aws:execute-api:us-east-1:123456789012:api"


def statement(effect="Allow", action="execute-api:Invoke", resource="*"):
    return {"Effect": effect, "Action": action, "Resource": resource}


@pytest.mark.parametrize(
    ("statements", "outcome"),
    [
        ([statement()], "allow"),
        (statement(), "allow"),
        ([statement(resource=f"{BASE}/dev/*/*")], "allow"),
        ([statement(resource=f"{BASE}/dev/GET/content/?")], "allow"),
        ([statement(resource=[f"{BASE}/prod/*", f"{BASE}/*"])], "allow"),
        ([statement(action="EXECUTE-API:*")], "allow"),
        ([statement(action=["s3:Get", "*"])], "allow"),
        ([statement(action="execute-api:ManageConnections")], "deny"),
        ([statement(resource=f"{BASE}/prod/*/*")], "deny"),
        ([statement(resource=f"{BASE}/dev/GET/content")], "deny"),
        ([statement(resource=f"{BASE}/dev/POST/*")], "deny"),
        ([statement("Deny")], "explicit-deny"),
        ([statement(), statement("Deny", resource=ARN)], "explicit-deny"),
        ([statement(), statement("Deny", resource=f"{ARN}/other")], "allow"),
    ],
)
def test_policies(statements, outcome):
    assert evaluate({"Statement": statements}, ARN) == outcome


@pytest.mark.parametrize(
    ("document", "why"),
    [
        (None, "no object but NoneType"),
        ({}, "no Statement"),
        ({"Statement": []}, "no Statement"),
        ({"Statement": ["x"]}, "a statement is no object but str"),
        ({"Statement": [statement("allow")]}, "neither 'Allow' nor 'Deny'"),
        ({"Statement": [{**statement(), "NotAction": "x"}]}, "NotAction is not evaluated"),
        ({"Statement": [statement(resource=1)]}, "Resource is neither"),
        ({"Statement": [statement(action=[1])]}, "Action is neither"),
    ],
)
def test_malformed_policies(document, why):
    with pytest.raises(MalformedPolicy, match=why):
        evaluate(document, ARN)
