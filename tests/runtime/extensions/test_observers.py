"""What watches a service: Sentry and Powertools."""

import json
from types import SimpleNamespace

import flask
import pytest
import sentry_sdk
from aws_lambda_powertools import Logger, Tracer
from sentry_sdk.integrations.flask import FlaskIntegration
from sentry_sdk.transport import Transport

from coworks_runtime import TechMicroService, entry
from tests.runtime.conftest import LambdaCaller, LocalCaller, WsgiLambdaCaller


class Sent(Transport):
    """Keeps what would go to Sentry."""

    def __init__(self):
        super().__init__()
        self.events = []

    def capture_envelope(self, envelope):
        self.events += [item.payload.json for item in envelope.items if item.payload.json]


@pytest.fixture
def sent(monkeypatch):
    """Sentry with its integration of Flask, which takes the place of Flask's own method."""
    monkeypatch.setattr(flask.Flask, "__call__", flask.Flask.__call__)
    sent = Sent()
    sentry_sdk.init(
        dsn="https://key@sentry.test/1",
        transport=sent,
        traces_sample_rate=1.0,
        default_integrations=False,
        auto_enabling_integrations=False,
        integrations=[FlaskIntegration()],
    )
    # Set up once a process, by the first client; pytest has taken that back.
    FlaskIntegration.setup_once()
    yield sent
    sentry_sdk.get_client().close()
    sentry_sdk.get_global_scope().set_client(None)


class Watched(TechMicroService):
    @entry(no_auth=True)
    def get(self, *, user=None):
        if user:
            sentry_sdk.set_user({"id": user})
        return sentry_sdk.get_isolation_scope()._user or {}

    @entry(no_auth=True)
    def get_wrong(self):
        raise ZeroDivisionError("watched")


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("make", [LocalCaller, LambdaCaller, WsgiLambdaCaller])
def test_sentry_keeps_callers_apart_and_knows_transactions(sent, make):
    caller = make(Watched())
    try:
        assert caller.get("/?user=alice").json == {"id": "alice"}
        assert caller.get("/").json == {}
        assert caller.get("/wrong").status == 500
    finally:
        if isinstance(caller, LocalCaller):
            caller.close()
    sentry_sdk.flush()
    transactions = [e["transaction"] for e in sent.events if e.get("type") == "transaction"]
    assert transactions == ["get", "get", "get_wrong"]
    errors = [e for e in sent.events if "exception" in e]
    assert [e["exception"]["values"][-1]["type"] for e in errors] == ["ZeroDivisionError"]
    assert "user" not in errors[0]


def test_powertools_decorates_a_service(monkeypatch, capsys):
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "watched")
    app = Watched()
    event = {
        "resource": "/",
        "path": "/",
        "httpMethod": "GET",
        "headers": {"Host": "api.test"},
        "requestContext": {"path": "/dev/", "stage": "dev", "requestId": "r"},
        "body": None,
        "isBase64Encoded": False,
    }
    context = SimpleNamespace(
        function_name="f",
        memory_limit_in_mb=128,
        invoked_function_arn="arn",
        aws_request_id="r",
    )
    handler = Tracer(disabled=True).capture_lambda_handler(app)
    handler = Logger().inject_lambda_context(handler)
    assert json.loads(handler(event, context)["body"]) == {}
    assert handler.__name__ == "watched"
