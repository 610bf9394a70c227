"""Requests whose signature API Gateway has checked, trusted where the construct says so."""

import copy
import json
from pathlib import Path

import pytest

from coworks_runtime import TechMicroService, entry, request
from coworks_runtime.blueprint.admin_blueprint import Admin

EVENTS = Path(__file__).parents[2] / "events"


class Signed(TechMicroService):
    def token_authorizer(self, token):
        return {"by": "token"} if token == "token" else None

    @entry
    def get(self):
        return dict(request.authorizer)

    @entry(no_auth=True)
    def get_open(self):
        return dict(request.authorizer)


def event(name):
    return copy.deepcopy(json.loads((EVENTS / f"{name}.json").read_text())["event"])


@pytest.fixture(params=["short way", "WSGI way"])
def answer(request):
    app = Signed(name="signed")
    if request.param == "WSGI way":
        app.wsgi_app = lambda *args, inner=app.wsgi_app: inner(*args)

    def answer(event):
        found = app(event, None)
        return found["statusCode"], json.loads(found["body"])

    return answer


def test_a_signed_caller_is_let_in_and_told(answer, monkeypatch):
    monkeypatch.setenv("CWS_AUTHORIZER", "AWS_IAM")
    assert answer(event("rest_iam_caller")) == (
        200,
        {
            "accountId": "123456789012",
            "caller": "AIDAEXAMPLE:x",
            "user": "AIDAEXAMPLE",
            "userArn": "arn:aws:iam::123456789012:user/alice",
        },
    )


def test_the_access_key_is_kept_out(answer, monkeypatch):
    monkeypatch.setenv("CWS_AUTHORIZER", "AWS_IAM")
    signed = event("rest_iam_caller")
    signed["requestContext"]["identity"]["accessKey"] = "AKIAEXAMPLE"
    assert "AKIAEXAMPLE" not in json.dumps(answer(signed))


@pytest.mark.parametrize("said", [None, "", "COGNITO_USER_POOLS", "CUSTOM", "iam"])
def test_elsewhere_a_signature_lets_nobody_in(answer, monkeypatch, said):
    monkeypatch.delenv("CWS_AUTHORIZER", raising=False)
    if said is not None:
        monkeypatch.setenv("CWS_AUTHORIZER", said)
    assert answer(event("rest_iam_caller"))[0] == 401


def test_every_other_way_in_is_asked_for_its_token(answer, monkeypatch):
    monkeypatch.setenv("CWS_AUTHORIZER", "AWS_IAM")
    unsigned = event("rest_iam_caller")
    for name in unsigned["requestContext"]["identity"]:
        if name != "sourceIp":
            unsigned["requestContext"]["identity"][name] = None
    assert answer(unsigned)[0] == 401
    for headers in ("headers", "multiValueHeaders"):
        value = "token" if headers == "headers" else ["token"]
        unsigned[headers]["Authorization"] = value
    assert answer(unsigned) == (200, {"by": "token"})
    function_url = event("function_url_get")
    function_url["rawPath"] = function_url["requestContext"]["http"]["path"] = "/"
    assert answer(function_url)[0] == 401


def test_claims_of_a_user_pool_are_told(answer, monkeypatch):
    monkeypatch.setenv("CWS_AUTHORIZER", "COGNITO_USER_POOLS")
    known = event("rest_cognito_authorizer")
    known |= {"path": "/", "resource": "/", "httpMethod": "GET", "pathParameters": None}
    known["requestContext"] |= {"path": "/dev/", "resourcePath": "/", "stage": "dev"}
    status, claims = answer(known)
    assert status == 200
    assert claims["sub"] == known["requestContext"]["authorizer"]["claims"]["sub"]


@pytest.mark.parametrize(
    ("said", "name", "scheme"),
    [
        ("AWS_IAM", "iam", {"name": "Authorization", "x-amazon-apigateway-authtype": "awsSigv4"}),
        (
            "COGNITO_USER_POOLS",
            "cognito",
            {"name": "Authorization", "x-amazon-apigateway-authtype": "cognito_user_pools"},
        ),
        ("CUSTOM", "authorizer", {"name": "X-Key", "x-amazon-apigateway-authtype": "custom"}),
    ],
)
def test_the_document_and_the_page_say_which(call, monkeypatch, said, name, scheme):
    monkeypatch.setenv("CWS_AUTHORIZER", said)

    class Keyed(Signed):
        authorization_header = "X-Key"

    app = Keyed(name="keyed")
    app.register_blueprint(Admin(), url_prefix="/admin")
    caller = call(app)
    document = caller.get("/admin/openapi", **{"X-Key": "token"}).json
    (found,) = document["components"]["securitySchemes"].items()
    assert found[0] == name
    assert found[1].items() >= scheme.items()
    assert document["paths"]["/"]["get"]["security"] == [{name: []}]
    assert document["paths"]["/open"]["get"]["security"] == []
    page = caller.get("/admin", **{"X-Key": "token"}).text
    assert found[1]["description"] in page
