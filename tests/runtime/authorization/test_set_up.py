"""What is refused when a service is set up, and what a token authorizer may know."""

import json
import traceback

import flask
import pytest
from flask import g, request, session

from coworks_runtime import TechMicroService, entry
from coworks_runtime.authorization.authorize import AuthorizerRefusal
from coworks_runtime.errors import EnvironmentVariableError, ServiceError

ARN = "arn:aws:execute-api:eu-west-1:123456789012:a1b2c3d4e5/dev/GET/"
EVENT = {"type": "TOKEN", "methodArn": ARN}


@pytest.mark.parametrize(
    "header", ["", "X_Token", "X Token", "X-Token\r\nY", "X-Token\n", "Tökén", None, 5]
)
def test_a_header_that_nobody_can_send_is_refused(header):
    class Wrong(TechMicroService):
        authorization_header = header

    with pytest.raises(ServiceError, match=r"authorization_header = .* of .*Wrong: .*letters"):
        Wrong()


@pytest.mark.parametrize("header", ["Authorization", "X-Api-Token", "x1"])
def test_a_header_s_name_is_taken(header):
    class Right(TechMicroService):
        authorization_header = header

    assert Right().authorization_header == header


@pytest.mark.parametrize("token", ["pässword", "a\tb", " spaced ", "line\n", "名"])
def test_a_token_that_nobody_can_send_is_refused(monkeypatch, token):
    monkeypatch.setenv("TOKEN", token)
    with pytest.raises(EnvironmentVariableError, match="TOKEN holds characters") as raised:
        TechMicroService()
    assert token.strip() not in str(raised.value)


def test_a_rule_of_its_own_may_use_any_variable(monkeypatch):
    monkeypatch.setenv("TOKEN", "pässword")

    class Own(TechMicroService):
        def token_authorizer(self, token):
            return True

    Own()


@pytest.mark.parametrize(
    "token",
    [{}, {"authorizationToken": None}, {"authorizationToken": ""}, {"authorizationToken": 5}],
)
def test_an_authorizer_s_event_without_token_is_a_401(token):
    class Open(TechMicroService):
        def token_authorizer(self, token):
            raise AssertionError("not to be asked")

    with pytest.raises(AuthorizerRefusal) as raised:
        Open()({**EVENT, **token}, None)
    assert str(raised.value) == "Unauthorized"


class Curious(TechMicroService):
    def token_authorizer(self, token):
        if token == "request":
            return request.path == "/"
        if token == "session":
            return "user" in session
        assert not flask.has_request_context()
        g.seen = flask.current_app.name
        return {"app": g.seen}

    @entry
    def get(self):
        return request.authorizer["app"]


@pytest.mark.parametrize("what", ["request", "session"])
def test_the_request_is_unknown_to_the_authorizer_everywhere(call, caplog, what):
    answer = call(Curious()).get("/", Authorization=what)
    assert (answer.status, answer.json) == (500, {"message": "Internal Server Error"})
    assert "TOKEN authorizer is sent nothing else" in caplog.text
    assert "authorizer=" in caplog.text
    with pytest.raises(RuntimeError, match="knows the token only"):
        Curious()({**EVENT, "authorizationToken": what}, None)


def test_the_application_is_known_to_the_authorizer_everywhere(call):
    assert call(Curious()).get("/", Authorization="t").text == "curious"
    policy = Curious()({**EVENT, "authorizationToken": "t"}, None)
    assert policy["context"] == {"app": "curious"}
    assert json.dumps(policy)


def test_an_error_of_its_own_stays_what_it_is():
    class Failing(TechMicroService):
        def token_authorizer(self, token):
            raise RuntimeError("mine")

    with pytest.raises(RuntimeError, match=r"^mine$") as raised:
        Failing()({**EVENT, "authorizationToken": "t"}, None)
    assert "token_authorizer" in "".join(traceback.format_exception(raised.value))


def test_signals_come_in_the_order_of_a_request():
    app = Curious()
    seen = []
    for name in ("appcontext_pushed", "request_started", "request_finished", "appcontext_popped"):
        signal = getattr(flask.signals, name)
        signal.connect(lambda *_, _name=name, **__: seen.append(_name), app, weak=False)
    app.test_client().get("/", headers={"Authorization": "t"})
    assert seen == ["appcontext_pushed", "request_started", "request_finished", "appcontext_popped"]
