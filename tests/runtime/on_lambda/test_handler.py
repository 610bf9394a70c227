import json
from types import SimpleNamespace

import pytest

from coworks_runtime import TechMicroService, entry, request
from coworks_runtime.errors import UnknownEventError
from coworks_runtime.events import MalformedEvent
from tests.event_corpus import corpus, corpus_event
from tests.runtime.conftest import LambdaCaller, WsgiLambdaCaller, answer_of, rest_event
from tests.runtime.lambda_process import run_lambda


class Echo(TechMicroService):
    @entry(no_auth=True)
    def get(self, **values):
        return self._echo(values)

    @entry(no_auth=True)
    def get_content(self, uid, **values):
        return {
            **self._echo(values),
            "uid": uid,
            "link": self.url_for("get_content", uid="x", _external=True),
        }

    @entry
    def get_protected(self):
        return dict(request.authorizer)

    def _echo(self, values):
        return {
            "values": values,
            "method": request.aws_event and request.aws_event.get("httpMethod"),
            "request_id": request.aws_context and request.aws_context.aws_request_id,
        }

    def token_authorizer(self, token):
        return token == "t"


@pytest.mark.parametrize("item", [e for e in corpus() if e.is_request], ids=str)
def test_every_request_event_is_answered(item):
    payload = Echo()(item.event, SimpleNamespace(aws_request_id="id"))
    json.dumps(payload)
    assert payload["statusCode"] in {200, 401, 403, 404, 405, 422}
    assert "Traceback" not in payload["body"]


@pytest.mark.parametrize("item", [e for e in corpus() if "foreign" in e.expected], ids=str)
def test_foreign_events_are_answered_by_a_clear_error(item):
    with pytest.raises(UnknownEventError, match="echo can't answer this event") as raised:
        Echo()(item.event, None)
    assert not isinstance(raised.value, KeyError)


@pytest.mark.parametrize("item", [e for e in corpus() if "malformed" in e.expected], ids=str)
def test_malformed_events_are_answered_by_a_clear_error(item):
    app = Echo()
    WsgiLambdaCaller(app)
    with pytest.raises(MalformedEvent):
        app(item.event, None)


@pytest.mark.parametrize("item", [e for e in corpus() if "authorizer_event" in e.expected], ids=str)
def test_authorizer_events_are_answered_by_a_policy(item):
    assert Echo()(item.event, None)["policyDocument"]["Statement"][0]["Effect"] in {"Allow", "Deny"}


@pytest.mark.parametrize("event", [None, "text", [], 5, {"requestContext": None}])
def test_what_is_no_event_at_all(event):
    with pytest.raises(UnknownEventError):
        Echo()(event, None)


def test_event_and_context_are_the_request_s():
    assert LambdaCaller(Echo()).get("/").json["method"] == "GET"
    assert LambdaCaller(Echo()).get("/").json["request_id"].startswith("6f3c1c1e")


def test_locally_there_are_none(call):
    caller = call(Echo())
    if caller.name == "local":
        assert caller.get("/").json == {"values": {}, "method": None, "request_id": None}


@pytest.mark.parametrize(
    ("context_path", "host", "link"),
    [
        ("/dev/content/5", "id.execute-api.eu-west-1.amazonaws.com", "/dev/content/x"),
        ("/content/5", "api.example.com", "/content/x"),
        ("/v1/content/5", "api.example.com", "/v1/content/x"),
        ("/content/content/5", "api.example.com", "/content/content/x"),
    ],
)
def test_links_work_from_outside(context_path, host, link):
    event = rest_event(Echo(), "GET", "/content/5", headers=[("Host", host)])
    event["multiValueHeaders"]["Host"] = [host]
    event["requestContext"]["path"] = context_path
    assert answer_of(Echo()(event, None)).json["link"] == f"https://{host}{link}"


@pytest.mark.parametrize(
    ("name", "authorized"),
    [
        ("function_url_get", False),
        ("alb_get", False),
        ("http_api_get_root", False),
        ("function_url_iam", True),
        ("http_api_jwt_authorizer", True),
    ],
)
def test_a_protected_entry_is_never_open_because_of_the_way_in(name, authorized):
    event = corpus_event(name).event
    if "rawPath" in event:
        event["rawPath"] = "/protected"
        event["requestContext"]["stage"] = "$default"
        event["routeKey"] = "$default"
        event["requestContext"]["http"]["method"] = "GET"
    else:
        event["path"] = "/protected"
    for headers in ("headers", "multiValueHeaders"):
        event[headers] = {
            n: v for n, v in (event.get(headers) or {}).items() if n.lower() != "authorization"
        }
    event["queryStringParameters"] = None
    event["rawQueryString"] = ""
    assert Echo()(event, None)["statusCode"] == (200 if authorized else 401)
    event["headers"]["authorization"] = "t"
    assert Echo()(event, None)["statusCode"] == 200
    event["headers"]["authorization"] = "wrong"
    assert Echo()(event, None)["statusCode"] == (200 if authorized else 403)


SERVICE = """
from coworks_runtime import TechMicroService, entry

class Service(TechMicroService):
    @entry(no_auth=True)
    def get(self):
        return "Hello world.\\n"

    @entry(no_auth=True)
    def get_crash(self):
        raise RuntimeError("broken inside")

    def token_authorizer(self, token):
        return token == "secret-token"

app = Service()
"""


def test_the_app_is_the_handler_in_lambda_s_own_runtime(tmp_path):
    app = Echo()
    crash = rest_event(app, "GET", "/crash")
    token = {
        "type": "TOKEN",
        "authorizationToken": "secret-token",
        "methodArn": "arn:aws:execute-api:eu-west-1:123456789012:a1/dev/GET/",
    }
    events = [rest_event(app, "GET", "/"), crash, token, {}]
    results, _, log, invocations = run_lambda(tmp_path, SERVICE, events)
    assert [failed for failed, _ in results] == [False, False, False, True]
    answers = [answer for _, answer in results]
    assert answers[0]["body"] == "Hello world.\n"
    assert answers[1]["statusCode"] == 500
    assert answers[1]["body"] == '{"message":"Internal Server Error"}'
    assert answers[2]["policyDocument"]["Statement"][0]["Effect"] == "Allow"
    assert "can't answer this event" in answers[3]["errorMessage"]
    assert "broken inside" in log
    assert invocations[1].id in log
    assert "secret-token" not in log


def test_a_start_up_error_reaches_the_log_with_its_traceback(tmp_path):
    _, error, log, _ = run_lambda(tmp_path, "import does_not_exist\n", [])
    assert "does_not_exist" in error.message
    assert "does_not_exist" in log
