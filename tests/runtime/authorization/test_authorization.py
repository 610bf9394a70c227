import logging
import socket
import time

import boto3
import pytest
from moto import mock_aws
from werkzeug.exceptions import Forbidden, Unauthorized

from coworks_runtime import TechMicroService, entry, request
from coworks_runtime.authorization import secret
from coworks_runtime.authorization.authorize import AuthorizerRefusal
from coworks_runtime.authorization.policy import decide, policy_document
from coworks_runtime.events.token import parse_arn
from tests.runtime.conftest import LambdaCaller, answer_of, rest_event

ARN = "arn:aws:execute-api:eu-west-1:123456789012:a1b2c3d4e5/dev/GET/content/5"
STAGE_ARN = "arn:aws:execute-api:eu-west-1:123456789012:a1b2c3d4e5/dev/*/*"


class Protected(TechMicroService):
    @entry
    def get(self):
        return dict(request.authorizer)

    @entry(no_auth=True)
    def get_open(self):
        return dict(request.authorizer)


class Asked(Protected):
    """Answers what the token names."""

    def token_authorizer(self, token):
        answers = {
            "true": True,
            "false": False,
            "none": None,
            "empty": "",
            "nothing": {},
            "one": 1,
            "list": ["dev"],
            "object": object(),
            "dev": "dev",
            "prod": "prod",
            "context": {"user": "ann", "age": 5, "ratio": 1.5, "admin": True, "out": False},
            "bad list": {"roles": ["a"]},
            "bad none": {"user": None},
            "bad name": {5: "x"},
            "reserved": {"principalId": "x"},
        }
        if token == "unauthorized":
            raise Unauthorized("go away")
        if token == "forbidden":
            raise Forbidden("my text")
        if token == "crash":
            raise ZeroDivisionError("inside")
        return answers[token]


CONTEXT = {"user": "ann", "age": "5", "ratio": "1.5", "admin": "true", "out": "false"}


@pytest.mark.parametrize(
    ("token", "status", "expected"),
    [
        ("true", 200, {}),
        ("dev", 200, {}),
        ("context", 200, CONTEXT),
        ("false", 403, {"message": "Forbidden"}),
        ("none", 403, {"message": "Forbidden"}),
        ("empty", 403, {"message": "Forbidden"}),
        ("nothing", 403, {"message": "Forbidden"}),
        ("one", 403, {"message": "Forbidden"}),
        ("list", 403, {"message": "Forbidden"}),
        ("object", 403, {"message": "Forbidden"}),
        ("prod", 403, {"message": "Forbidden"}),
        ("unauthorized", 401, {"message": "Unauthorized"}),
        ("forbidden", 500, {"message": "Internal Server Error"}),
        ("crash", 500, {"message": "Internal Server Error"}),
        ("bad list", 500, {"message": "Internal Server Error"}),
        ("bad none", 500, {"message": "Internal Server Error"}),
        ("bad name", 500, {"message": "Internal Server Error"}),
        ("reserved", 500, {"message": "Internal Server Error"}),
    ],
)
def test_what_the_authorizer_says(call, token, status, expected):
    answer = call(Asked()).get("/", Authorization=token)
    assert (answer.status, answer.json) == (status, expected)


def _token_event(token):
    return {"type": "TOKEN", "authorizationToken": token, "methodArn": ARN}


@pytest.mark.parametrize(
    ("token", "effect", "context"),
    [
        ("true", "Allow", {}),
        ("dev", "Allow", {}),
        ("context", "Allow", CONTEXT),
        ("prod", "Deny", {}),
        ("false", "Deny", {}),
        ("none", "Deny", {}),
        ("empty", "Deny", {}),
        ("nothing", "Deny", {}),
        ("one", "Deny", {}),
        ("list", "Deny", {}),
    ],
)
def test_the_policy_covers_the_stage(token, effect, context):
    policy = Asked()(_token_event(token), None)
    assert policy == {
        "principalId": "caller",
        "policyDocument": {
            "Version": "2012-10-17",
            "Statement": [
                {"Action": "execute-api:Invoke", "Effect": effect, "Resource": STAGE_ARN}
            ],
        },
        "context": context,
    }


def test_unauthorized_reaches_api_gateway_to_the_letter():
    with pytest.raises(AuthorizerRefusal) as raised:
        Asked()(_token_event("unauthorized"), None)
    assert str(raised.value) == "Unauthorized"


@pytest.mark.parametrize("token", ["crash", "forbidden", "bad list", "bad none", "reserved"])
def test_any_other_error_gives_no_policy(token):
    with pytest.raises((ZeroDivisionError, Forbidden, TypeError)):
        Asked()(_token_event(token), None)


def test_a_policy_keeps_the_partition():
    arn = parse_arn("arn:aws-cn:execute-api:cn-north-1:123456789012:a1b2c3d4e5/v1/GET/")
    (statement,) = policy_document(decide(True), arn)["policyDocument"]["Statement"]
    assert (
        statement["Resource"] == "arn:aws-cn:execute-api:cn-north-1:123456789012:a1b2c3d4e5/v1/*/*"
    )


def test_without_the_header_the_authorizer_is_not_asked(call):
    caller = call(Asked())
    assert caller.get("/").status == 401
    assert caller.get("/", Authorization="").status == 401
    assert caller.get("/open").status == 200
    assert caller.request("HEAD", "/").status == 401


@pytest.mark.parametrize("path", ["/unknown", "/a/b/c"])
def test_an_unknown_path_is_a_404_with_or_without_token(call, path):
    caller = call(Asked())
    assert caller.get(path).status == 404
    assert caller.get(path, Authorization="true").status == 404


@pytest.mark.parametrize(
    ("defined", "sent", "status"),
    [
        (None, None, 403),
        (None, "x", 403),
        ("", None, 403),
        ("", "", 403),
        ("", "x", 403),
        ("mytoken", None, 401),
        ("mytoken", "mytoken", 200),
        ("mytoken", "MYTOKEN", 403),
        ("mytoken", "mytoken2", 403),
        ("mytoken", "mytöken", 403),
    ],
)
def test_the_default_authorizer(call, monkeypatch, defined, sent, status):
    if defined is not None:
        monkeypatch.setenv("TOKEN", defined)
    headers = {} if sent is None else {"Authorization": sent}
    assert call(Protected()).get("/", **headers).status == status


def test_the_header_is_the_service_s(call, monkeypatch):
    monkeypatch.setenv("TOKEN", "t")

    class Keyed(Protected):
        authorization_header = "X-Api-Key"

    caller = call(Keyed())
    assert caller.request("GET", "/", headers={"x-api-key": "t"}).status == 200
    assert caller.get("/", Authorization="t").status == 401


def test_hooks_see_authorized_requests_only(call):
    seen = []
    app = Asked()
    app.before_request(lambda: seen.append(request.path))
    caller = call(app)
    caller.get("/", Authorization="false")
    assert seen == []
    caller.get("/", Authorization="true")
    assert seen == ["/"]


def test_an_event_that_met_the_authorizer_is_trusted():
    event = rest_event(Asked(), "GET", "/", authorizer={"principalId": "caller", "user": "ann"})
    assert answer_of(Asked()(event, None)).json == {"user": "ann"}


@pytest.mark.parametrize("authorizer", [None, {}, ""])
def test_an_event_that_met_none_is_not(authorizer):
    event = rest_event(Asked(), "GET", "/", authorizer=authorizer)
    assert answer_of(Asked()(event, None)).status == 401


def test_a_caller_can_not_forge_what_the_authorizer_said():
    caller = LambdaCaller(Asked())
    forged = {"Coworks.authorizer": "{}", "X-Amzn-Authorizer": "{}", "authorizer": "x"}
    assert caller.request("GET", "/", headers=forged).status == 401


def test_tokens_are_never_logged(call, caplog):
    caplog.set_level(logging.DEBUG)
    caller = call(Asked())
    for token in ("true", "crash", "bad list", "unauthorized"):
        caller.get("/", Authorization=token, Cookie="session=hidden-cookie")
    text = caplog.text
    assert "ZeroDivisionError" in text
    assert "hidden-cookie" not in text
    assert "authorizationToken" not in text


def test_the_authorizer_may_be_a_coroutine(call):
    class Later(Protected):
        async def token_authorizer(self, token):
            return token == "t"

    caller = call(Later())
    assert caller.get("/", Authorization="t").status == 200
    assert caller.get("/", Authorization="u").status == 403


@pytest.fixture
def secret_arn(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.setattr(secret, "_cache", {})
    with mock_aws():
        client = boto3.client("secretsmanager")
        arn = client.create_secret(Name="token", SecretString="first")["ARN"]
        monkeypatch.setenv("CWS_TOKEN_SECRET_ARN", arn)
        monkeypatch.setenv("TOKEN", "in-clear")
        yield arn


def test_the_secret_is_the_token(secret_arn):
    caller = LambdaCaller(Protected())
    assert caller.get("/").status == 401
    assert caller.get("/", Authorization="first").status == 200
    assert caller.get("/", Authorization="in-clear").status == 403


def test_the_secret_is_read_once(secret_arn, monkeypatch):
    caller = LambdaCaller(Protected())
    assert caller.get("/", Authorization="first").status == 200
    monkeypatch.setattr(boto3, "client", None)
    assert caller.get("/", Authorization="first").status == 200


def test_a_rotated_secret_is_read_again(secret_arn, monkeypatch):
    caller = LambdaCaller(Protected())
    assert caller.get("/", Authorization="first").status == 200
    boto3.client("secretsmanager").put_secret_value(SecretId=secret_arn, SecretString="second")
    now = time.monotonic()
    monkeypatch.setattr(secret.time, "monotonic", lambda: now + secret.MAX_AGE + 1)
    assert caller.get("/", Authorization="second").status == 200
    assert caller.get("/", Authorization="first").status == 403


def test_an_old_secret_stops_being_accepted(secret_arn, monkeypatch):
    caller = LambdaCaller(Protected())
    assert caller.get("/", Authorization="first").status == 200
    boto3.client("secretsmanager").put_secret_value(SecretId=secret_arn, SecretString="second")
    now = time.monotonic()
    monkeypatch.setattr(secret.time, "monotonic", lambda: now + secret.MAX_AGE + 1)
    assert caller.get("/", Authorization="first").status == 403


def test_a_secret_that_can_not_be_read_refuses(secret_arn, monkeypatch, caplog):
    monkeypatch.setenv("CWS_TOKEN_SECRET_ARN", secret_arn + "x")
    answer = LambdaCaller(Protected()).get("/", Authorization="first")
    assert (answer.status, answer.json) == (500, {"message": "Internal Server Error"})
    assert "ResourceNotFoundException" in caplog.text


def test_a_raw_socket_can_not_send_the_header_twice_to_pass(call, monkeypatch):
    monkeypatch.setenv("TOKEN", "t")
    caller = call(Protected())
    if caller.name == "lambda":
        answer = caller.request(
            "GET", "/", headers=[("Authorization", "x"), ("authorization", "t")]
        )
        assert answer.status == 403
        return
    with socket.create_connection(("127.0.0.1", caller.server.port)) as connection:
        connection.sendall(
            b"GET / HTTP/1.0\r\nAuthorization: x\r\nAuthorization: t\r\n\r\n",
        )
        assert b" 403 " in connection.makefile("rb").readline()


class HalfOpen(Protected):
    @entry
    def get_admin(self):
        return "admin"

    @entry(no_auth=True)
    def post(self, *path):
        return "/".join(path)


def test_an_open_greedy_entry_answers_the_other_methods_of_a_protected_path(call):
    caller = call(HalfOpen())
    assert caller.get("/admin").status == 403  # no TOKEN is defined
    answer = caller.request("POST", "/admin")
    assert (answer.status, answer.text) == (200, "admin")
