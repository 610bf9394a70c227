"""A service's metrics and its dashboard: names, dimensions, and what has to be sent for them."""

import json

import pytest
from aws_cdk import App, Duration, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_sns as sns

from coworks_cdk import CoworksMicroService

#: The names of variables are the API's, by their position.
CONTENT = {"Resource": "/content/{p1}", "Method": "GET"}
ALL = {"HttpMethod": "*", "ResourcePath": "/*"}


@pytest.fixture(scope="module")
def known(services, layer_arn):
    return {"app": "everything", "project_dir": services, "coworks_layer": layer_arn}


@pytest.fixture(scope="module")
def declared(known):
    stack = Stack(App(), "Stack")
    return CoworksMicroService(stack, "Service", **known, api_name="caf\u00e9")


@pytest.mark.parametrize(
    ("method", "name", "statistic"),
    [
        ("metric_count", "Count", "Sum"),
        ("metric_latency", "Latency", "p99"),
        ("metric_client_errors", "4XXError", "Sum"),
        ("metric_server_errors", "5XXError", "Sum"),
    ],
)
def test_a_metric_of_the_api_and_of_an_entry(declared, method, name, statistic):
    make = getattr(declared, method)
    metric = make()
    # API Gateway leaves what isn't ASCII out of the dimension.
    stage = {"ApiName": "caf", "Stage": "dev"}
    assert (metric.namespace, metric.metric_name) == ("AWS/ApiGateway", name)
    assert (metric.statistic, dict(metric.dimensions)) == (statistic, stage)
    for entry in ("get_content", "GET /content/{value}", declared.entries[2]):
        assert dict(make(entry).dimensions) == stage | CONTENT
    given = make("get", statistic="Average", period=Duration.minutes(1), label="x")
    assert (given.statistic, given.label) == ("Average", "x")
    assert given.period.to_minutes() == 1
    assert dict(given.dimensions) == stage | {"Resource": "/", "Method": "GET"}


def test_a_metric_of_the_function(declared):
    for method, name, statistic in [
        ("metric_errors", "Errors", "Sum"),
        ("metric_throttles", "Throttles", "Sum"),
        ("metric_duration", "Duration", "p99"),
        ("metric_concurrency", "ConcurrentExecutions", "Maximum"),
    ]:
        metric = getattr(declared, method)()
        assert (metric.namespace, metric.metric_name) == ("AWS/Lambda", name)
        assert metric.statistic == statistic
        assert set(metric.dimensions) == {"FunctionName"}
        assert getattr(declared, method)(statistic="Minimum").statistic == "Minimum"


@pytest.fixture(scope="module")
def template(synthesize, known):
    """Services, and what the metrics of their entries ask of their stages."""

    def declare(stack):
        stage = {"throttling_rate_limit": 5}
        CoworksMicroService(stack, "Nothing", **known, **stage).metric_latency()
        asked = CoworksMicroService(stack, "Asked", **known, **stage)
        for _ in range(2):
            asked.metric_latency("get_content")
        asked.metric_count("get")
        every = CoworksMicroService(
            stack, "Every", **known, stage_options={"metrics_enabled": True}
        )
        every.metric_latency("get_content")
        document = CoworksMicroService(stack, "Document", **known, api_body="openapi")
        document.metric_latency("get_content_detail")
        board = CoworksMicroService(stack, "Board", **known).dashboard(
            entries=["get_content", "POST /plain/{number}"], name="shop"
        )
        every.dashboard(board, period=Duration.minutes(1))

    return synthesize(declare)


def settings(template, service):
    """The settings of a service's methods, by path and method."""
    (stage,) = [
        resource["Properties"]
        for name, resource in template["Resources"].items()
        if resource["Type"] == "AWS::ApiGateway::Stage" and name.startswith(service)
    ]
    found = stage.get("MethodSettings", [])
    return {(one["ResourcePath"], one["HttpMethod"]): one for one in found}


def test_an_entry_s_metrics_are_sent_since_they_are_asked_for(template):
    assert [*settings(template, "Nothing")] == [("/*", "*")]
    asked = settings(template, "Asked")
    assert [*asked] == [("/*", "*"), ("/~1content~1{p1}", "GET"), ("/", "GET")]
    for place, one in asked.items():
        # Settings of a method are in place of all methods': it keeps the limits of these.
        assert one["ThrottlingRateLimit"] == 5
        assert one.get("MetricsEnabled") is (None if place == ("/*", "*") else True)


def test_where_all_are_sent_nothing_is_added(template):
    every = settings(template, "Every")
    assert [*every] == [("/*", "*")]
    assert every["/*", "*"]["MetricsEnabled"] is True


def test_an_api_of_one_document_is_measured_too(template):
    place = ("/~1content~1detail~1{p1+}", "GET")
    assert settings(template, "Document")[place]["MetricsEnabled"] is True


@pytest.fixture(scope="module")
def board(template):
    (board,) = [
        resource["Properties"]
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::CloudWatch::Dashboard"
    ]
    assert board["DashboardName"] == "shop"
    parts = board["DashboardBody"]["Fn::Join"][1]
    text = "".join(part if isinstance(part, str) else next(iter(part.values())) for part in parts)
    return json.loads(text)["widgets"]


def test_a_dashboard_has_a_row_an_entry(board):
    titles = [one["properties"]["markdown"] for one in board if one["type"] == "text"]
    assert titles[:3] == [
        "# everything\nStage `dev`",
        "### GET /content/{value}\n`get_content`",
        "### POST /plain/{number}\n`plain`",
    ]
    # The second service has all of its entries.
    assert titles[3] == titles[0]
    assert len(titles) == 4 + 8
    graphs = [one for one in board if one["type"] == "metric"]
    assert len(graphs) == (2 + 2 + 2 + 8) * 3
    row = graphs[6:9]
    assert [one["properties"]["title"] for one in row] == ["Requests", "Errors", "Latency"]
    assert len({one["y"] for one in row}) == 1
    drawn = [metric for one in row for metric in one["properties"]["metrics"]]
    place = ["ApiName", "everything", "Stage", "dev", "Resource", "/content/{p1}", "Method", "GET"]
    assert [metric[1] for metric in drawn] == [
        "Count", "4XXError", "5XXError", "Latency", "Latency"
    ]  # fmt: skip
    for metric in drawn:
        dimensions = dict(zip(metric[2:-1:2], metric[3:-1:2], strict=True))
        assert dimensions == dict(zip(place[::2], place[1::2], strict=True))


def test_a_dashboard_shows_the_limits(board):
    marks = [one["properties"].get("annotations") for one in board if one["type"] == "metric"]
    (mark,) = [m for m in marks[:6] if m]
    assert mark["horizontal"][0]["value"] == 29000


def test_a_dashboard_asks_for_its_entries_metrics(template):
    places = [place for place in settings(template, "Board") if place != ("/*", "*")]
    assert sorted(places) == [("/~1content~1{p1}", "GET"), ("/~1plain~1{p1}", "POST")]


WRONG = {
    "get_nothing": "there is no entry 'get_nothing' to measure; allowed: get, get_content, ",
    "plain": "entry 'plain' has several routes; name one of them: 'GET /plain/{number}', ",
    "GET /content/{p1}": "there is no entry 'GET /content/{p1}'",
}


def test_an_entry_that_is_none_is_told_at_synth(known):
    app = App()
    stack = Stack(app, "Stack")
    for number, entry in enumerate(WRONG):
        service = CoworksMicroService(stack, f"Service{number}", **known)
        assert isinstance(service.metric_latency(entry), cloudwatch.Metric)
    both = CoworksMicroService(stack, "Both", **known)
    both.add_alarms(sns.Topic(stack, "Topic"), errors=0)
    both.dashboard(entries="get_something")
    with pytest.raises(RuntimeError) as error:
        app.synth()
    for told in (*WRONG.values(), "errors: got a threshold of 0", "no entry 'get_something'"):
        assert told in str(error.value)


def test_more_entries_than_a_dashboard_takes_are_told(services, layer_arn, monkeypatch):
    from coworks_cdk.monitoring import dashboards

    monkeypatch.setattr(dashboards, "MOST_WIDGETS", 30)
    app = App()
    service = CoworksMicroService(
        Stack(app, "Stack"),
        "Service",
        app="everything",
        project_dir=services,
        coworks_layer=layer_arn,
    )
    service.dashboard()
    with pytest.raises(RuntimeError, match=r"8 entries has 39 widgets.*name 5 at most"):
        app.synth()
