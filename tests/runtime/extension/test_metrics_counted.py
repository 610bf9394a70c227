"""What counts as a request, and as what: in AWS's client, in the loop that streams, in JSON."""

import json
import re

import pytest

from coworks_cdk.local.invocation import BrokenOff
from coworks_runtime import TechMicroService, entry, on_event
from coworks_runtime.errors import MetricsError
from coworks_runtime.extension.metrics import Metrics
from coworks_runtime.observing.call import start
from tests.lambda_process import LambdaProcess
from tests.runtime.conftest import LambdaCaller
from tests.runtime.extension.test_metrics import AUTHORIZER, SCHEMA, event

SERVICE = """
import time
from coworks_runtime import Blueprint, TechMicroService, entry
from coworks_runtime.extension.metrics import Metrics
from flask import redirect


class Items(Blueprint):
    @entry(no_auth=True)
    def get_item(self):
        metrics.add("InBlueprint", 1)
        return "item"


class Shop(TechMicroService):
    def token_authorizer(self, token):
        return token == "token"

    @entry(no_auth=True, no_cors=False)
    def get(self):
        return "fine"

    @entry
    def get_protected(self):
        return "fine"

    @entry(no_auth=True)
    def get_moved(self):
        return redirect("/")

    @entry(no_auth=True)
    def get_large(self):
        return "x" * (7 * 1024 * 1024)

    @entry(no_auth=True)
    async def get_async(self):
        metrics.add("InCoroutine", 1)
        return "fine"

    @entry(no_auth=True)
    def get_generated(self):
        def parts():
            yield "a"
            metrics.add("InGenerator", 1)

        return parts()

    @entry(no_auth=True, stream=True)
    def get_stream(self):
        yield "first"
        time.sleep(0.2)
        metrics.add("InStream", 1)
        yield "last"

    @entry(no_auth=True, stream=True)
    def get_broken_off(self):
        yield "first"
        raise ValueError("it broke")


app = Shop(name="shop")
metrics = Metrics(app, namespace="Shop")
app.register_blueprint(Items(), url_prefix="/items")


@app.route("/plain")
def plain():
    return "plain"


@app.before_request
def before():
    metrics.add("InHook", 1)
"""

HTTP_API = {
    "version": "2.0",
    "routeKey": "$default",
    "rawPath": "/",
    "rawQueryString": "",
    "headers": {"host": "a1.example"},
    "isBase64Encoded": False,
    "requestContext": {
        "http": {"method": "GET", "path": "/", "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1"},
        "stage": "$default",
        "domainName": "a1.example",
        "accountId": "123456789012",
    },
}
ALB = {
    "requestContext": {"elb": {"targetGroupArn": "arn:aws:elasticloadbalancing:target"}},
    "httpMethod": "GET",
    "path": "/",
    "queryStringParameters": {},
    "headers": {"host": "a1.example", "x-forwarded-proto": "https", "x-forwarded-port": "443"},
    "body": "",
    "isBase64Encoded": False,
}

#: The event, the entry that answers, and whether the caller or the service failed.
CALLS = {
    "warm": (event("GET", "/"), "get", 0, 0),
    "head": (event("HEAD", "/"), "get", 0, 0),
    "preflight": (event("OPTIONS", "/"), "get", 0, 0),
    "moved": (event("GET", "/moved"), "get_moved", 0, 0),
    "no token": (event("GET", "/protected"), "get_protected", 1, 0),
    "wrong token": (event("GET", "/protected", Authorization="x"), "get_protected", 1, 0),
    "token": (event("GET", "/protected", Authorization="token"), "get_protected", 0, 0),
    "nowhere": (event("GET", "/nowhere"), None, 1, 0),
    "no such method": (event("DELETE", "/moved"), None, 1, 0),
    "large": (event("GET", "/large"), "get_large", 0, 1),
    "async": (event("GET", "/async"), "get_async", 0, 0),
    "generated": (event("GET", "/generated"), "get_generated", 0, 0),
    "stream": (event("GET", "/stream"), "get_stream", 0, 0),
    "blueprint": (event("GET", "/items/item"), "items.get_item", 0, 0),
    "plain route": (event("GET", "/plain", Authorization="token"), "plain", 0, 0),
    "http api": (HTTP_API, "get", 0, 0),
    "alb": (ALB, "get", 0, 0),
}
JSON = {"AWS_LAMBDA_LOG_FORMAT": "JSON", "AWS_LAMBDA_LOG_LEVEL": "WARN"}


@pytest.fixture(scope="module", params=["text", "JSON", "loop"])
def lines(request, tmp_path_factory):
    """The line of each call."""
    folder = tmp_path_factory.mktemp("counted")
    (folder / "shop.py").write_text(SERVICE)
    settings = JSON if request.param == "JSON" else {}
    with LambdaProcess(folder, "shop.app", loop=request.param == "loop", **settings) as process:
        process.call(AUTHORIZER)  # the cold start
        for made, *_ in CALLS.values():
            process.call(made)
        printed = re.findall(r'\{"_aws.*', process.printed())
        names = dict(zip(process.ids, ["authorizer", *CALLS], strict=True))
    found = [(names[line["requestId"]], line) for line in map(json.loads, printed)]
    assert [name for name, _ in found] == [*names.values()]
    return dict(found), request.param


def test_each_request_is_one_line_that_cloudwatch_takes(lines):
    for line in lines[0].values():
        assert list(SCHEMA.iter_errors(line)) == []
        # Lambda drops what has another level, and a level needs its time.
        assert line.get("level") == ("WARN" if lines[1] == "JSON" else None)
        assert ("timestamp" in line) is ("level" in line)


@pytest.mark.parametrize("name", CALLS)
def test_what_a_request_counts_as(lines, name):
    line = lines[0][name]
    _, answers, refused, failed = CALLS[name]
    assert (line["service"], line["stage"], line.get("entry")) == ("shop", "dev", answers)
    assert (line["Count"], line["4XXError"], line["5XXError"]) == (1, refused, failed)


def test_values_are_added_wherever_a_request_is_answered(lines):
    for name, metric in [
        ("async", "InCoroutine"),
        ("generated", "InGenerator"),
        ("stream", "InStream"),
        ("blueprint", "InBlueprint"),
        ("warm", "InHook"),
    ]:
        assert lines[0][name][metric] == [1]


def test_a_stream_takes_until_its_last_piece(lines):
    assert lines[0]["stream"]["Latency"] >= 200


def test_a_stream_that_breaks_off_has_failed(tmp_path):
    (tmp_path / "shop.py").write_text(SERVICE)
    with LambdaProcess(tmp_path, "shop.app", loop=True) as process:
        with pytest.raises(BrokenOff):
            process.call(event("GET", "/broken/off"))
        process.call(event("GET", "/"))  # by then the line is written
        broken, _ = [json.loads(line) for line in re.findall(r'\{"_aws.*', process.printed())]
    assert (broken["entry"], broken["5XXError"]) == ("get_broken_off", 1)


class Odd(TechMicroService):
    """Has metrics refused, and returns what looks like an answer."""

    def token_authorizer(self, token):
        with pytest.raises(MetricsError):
            self.metrics.add("Latency", 1)
        return token == "planted-token"

    @on_event("aws:sqs")
    def take(self, event, context):
        return {"statusCode": event["Records"][0]["body"]}


def test_lines_of_what_is_no_request_are_whole(monkeypatch, capsys):
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "f")
    monkeypatch.setattr(start, "is_ahead", False)
    app = Odd()
    app.metrics = Metrics(app, namespace="Shop")
    app(AUTHORIZER, None)
    assert capsys.readouterr().out == ""
    for body, failed in [("500 of them", 0), (None, 0), (500, 1)]:
        app({"Records": [{"eventSource": "aws:sqs", "body": body}]}, None)
        line = json.loads(capsys.readouterr().out)
        assert list(SCHEMA.iter_errors(line)) == []
        assert (line["entry"], line["Count"], line["5XXError"]) == ("take", 1, failed)


class Ends(TechMicroService):
    """Ends its process."""

    @entry(no_auth=True)
    def get(self):
        raise SystemExit(3)


def test_what_ends_the_process_has_failed(monkeypatch, capsys):
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "f")
    app = Ends()
    Metrics(app, namespace="Shop")
    with pytest.raises(SystemExit):
        LambdaCaller(app).get("/")
    line = json.loads(capsys.readouterr().out)
    assert (line["entry"], line["Count"], line["5XXError"]) == ("get", 1, 1)


@pytest.mark.parametrize(
    ("initialization", "known"),
    [
        ("on-demand", {"ColdStart", "InitDuration"}),
        # The process comes from a snapshot, and its age is that of the snapshot.
        ("snap-start", {"ColdStart"}),
        ("provisioned-concurrency", set()),
        ("lambda-managed-instances", set()),
    ],
)
def test_a_cold_start_is_one_that_a_caller_waits_for(tmp_path, initialization, known):
    (tmp_path / "shop.py").write_text(SERVICE)
    settings = {"AWS_LAMBDA_INITIALIZATION_TYPE": initialization}
    with LambdaProcess(tmp_path, "shop.app", **settings) as process:
        process.call(event("GET", "/"))
        (line,) = [json.loads(line) for line in re.findall(r'\{"_aws.*', process.printed())]
    assert known == {"ColdStart", "InitDuration"} & {*line}
