"""Metrics as lines of the log, as Lambda's own runtime client prints them."""

import json
import math
import re
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from coworks_runtime import TechMicroService, entry
from coworks_runtime.errors import MetricsError
from coworks_runtime.extension import emf
from coworks_runtime.extension.metrics import Metrics
from tests.lambda_process import LambdaProcess
from tests.runtime.conftest import LambdaCaller, rest_event

SCHEMA = Draft202012Validator(
    json.loads(Path(__file__).with_name("emf.schema.json").read_text(encoding="utf-8"))
)

SERVICE = """
import os, threading
from coworks_runtime import TechMicroService, entry, on_event
from coworks_runtime.extension.metrics import Metrics


class Orders(TechMicroService):
    def token_authorizer(self, token):
        return token == "planted-token"

    @entry(no_auth=True)
    def get(self):
        return "fine"

    @entry
    def post_order(self, amount=0):
        metrics.add("OrdersPlaced", 1, unit="Count", dimension={"country": "FR"})
        metrics.add("OrdersPlaced", 2, unit="Count", dimension={"country": "FR"})
        metrics.add("Amount", 12.5)
        thread = threading.Thread(target=lambda: metrics.add("InThread", 3))
        thread.start()
        thread.join()
        return "placed"

    @entry(no_auth=True)
    def get_broken(self):
        raise ValueError("it broke")

    @on_event("aws:sqs")
    def take(self, event, context):
        metrics.add("Messages", len(event["Records"]), unit="Count")


app = Orders(name="orders")
metrics = Metrics(app, namespace="Shop/Orders")
"""


class Bare:
    registered_routes = ()


def event(method, path, body=b"", **headers):
    made = rest_event(Bare(), method, path, body, list(headers.items()))
    made["resource"] = path
    return made


AUTHORIZER = {
    "type": "TOKEN",
    "authorizationToken": "planted-token",
    "methodArn": "arn:aws:execute-api:eu-west-1:123456789012:a1/dev/GET/",
}


@pytest.fixture(scope="module")
def lines(tmp_path_factory):
    """What each call has printed."""
    folder = tmp_path_factory.mktemp("metrics")
    (folder / "orders.py").write_text(SERVICE)
    with LambdaProcess(folder, "orders.app") as process:
        calls = {
            "first": event("GET", "/"),
            "second": event("GET", "/"),
            "placed": event(
                "POST", "/order", b'{"amount": "planted-body"}', Authorization="planted-token"
            ),
            "refused": event("POST", "/order", Authorization="no"),
            "broken": event("GET", "/broken"),
            "nowhere": event("GET", "/nowhere"),
            "authorizer": AUTHORIZER,
            "event": {"Records": [{"eventSource": "aws:sqs"}] * 3},
        }
        answers = {name: process.call(made) for name, made in calls.items()}
        assert answers["placed"]["statusCode"] == 200
        assert "planted" not in process.printed()
        # Without Lambda's telemetry the client ends no line after a traceback.
        printed = re.findall(r'\{"_aws.*', process.printed())
        found = {name: [] for name in calls}
        names = dict(zip(process.ids, calls, strict=True))
        for line in printed:
            found[names[json.loads(line)["requestId"]]].append(json.loads(line))
        return found


def only(lines, name):
    [line] = lines[name]
    return line


def published(line):
    """What CloudWatch makes of a line: values by metric, dimensions and their values."""
    found = {}
    for given in line["_aws"]["CloudWatchMetrics"]:
        for names in given["Dimensions"]:
            where = tuple((name, line[name]) for name in names)
            for metric in given["Metrics"]:
                assert (metric["Name"], where) not in found
                found[metric["Name"], where] = line[metric["Name"]]
    return found


SERVICE_ONLY = (("service", "orders"), ("stage", "dev"))


def test_every_line_is_of_the_format_and_there_is_one_a_request(lines):
    for name, own in lines.items():
        assert len(own) == (0 if name == "authorizer" else 1)
        for line in own:
            assert list(SCHEMA.iter_errors(line)) == []
            assert {d["Namespace"] for d in line["_aws"]["CloudWatchMetrics"]} == {"Shop/Orders"}
            assert all(isinstance(value, str) for _, where in published(line) for _, value in where)


@pytest.mark.parametrize(
    ("name", "entry_name", "refused", "failed"),
    [
        ("first", "get", 0, 0),
        ("second", "get", 0, 0),
        ("refused", "post_order", 1, 0),
        ("broken", "get_broken", 0, 1),
        ("nowhere", None, 1, 0),
        ("event", "take", 0, 0),
    ],
)
def test_a_call_is_counted_by_service_and_stage_and_by_entry(
    lines, name, entry_name, refused, failed
):
    metrics = published(only(lines, name))
    sets = [SERVICE_ONLY]
    if entry_name:
        sets.append((*SERVICE_ONLY, ("entry", entry_name)))
    for where in sets:
        assert metrics["Count", where] == 1
        assert metrics["4XXError", where] == refused
        assert metrics["5XXError", where] == failed
        assert 0 < metrics["Latency", where] < 10_000
    assert {where for metric, where in metrics if metric == "Count"} == set(sets)


def test_a_cold_start_is_told_once_with_its_duration(lines):
    metrics = published(only(lines, "first"))
    assert metrics["ColdStart", SERVICE_ONLY] == 1
    assert 20 < metrics["InitDuration", SERVICE_ONLY] < 60_000
    others = [line for name, own in lines.items() if name != "first" for line in own]
    assert all("ColdStart" not in line and "InitDuration" not in line for line in others)


def test_what_an_entry_adds_is_in_its_line(lines):
    metrics = published(only(lines, "placed"))
    country = tuple(sorted([*SERVICE_ONLY, ("country", "FR")], key=lambda pair: pair[0]))
    by_set = {(name, tuple(sorted(where))): value for (name, where), value in metrics.items()}
    assert by_set["OrdersPlaced", country] == [1, 2]
    assert metrics["Amount", SERVICE_ONLY] == [12.5]
    assert metrics["InThread", SERVICE_ONLY] == [3]
    assert published(only(lines, "event"))["Messages", SERVICE_ONLY] == [3]


def test_lambda_gets_lines_of_a_level_that_it_does_not_drop(tmp_path):
    (tmp_path / "orders.py").write_text(SERVICE)
    settings = {"AWS_LAMBDA_LOG_FORMAT": "JSON", "AWS_LAMBDA_LOG_LEVEL": "ERROR"}
    with LambdaProcess(tmp_path, "orders.app", **settings) as process:
        process.call(AUTHORIZER)
        process.call(event("GET", "/"))
        start, counted = process.records()
    assert (start["level"], counted["level"]) == ("ERROR", "ERROR")
    assert list(SCHEMA.iter_errors(start)) == list(SCHEMA.iter_errors(counted)) == []
    assert "Count" not in start
    assert start["ColdStart"] == counted["Count"] == 1


class Adding(TechMicroService):
    """Adds what a test gives it."""

    @entry(no_auth=True)
    def get(self):
        try:
            for name, value, options in self.given:
                self.metrics.add(name, value, **options)
        except MetricsError as error:
            return str(error)
        return "added"


def adding(*given):
    """What a request says that adds these."""
    app = Adding()
    app.metrics = Metrics(app, namespace="Shop")
    app.given = given
    return LambdaCaller(app).get("/").text


def names(count, word="d"):
    return {f"{word}{number}": "x" for number in range(count)}


def test_the_limits_of_the_format_are_reached():
    assert adding(*((f"m{n}", 1, {}) for n in range(100))) == "added"
    assert adding(("m", 1, {"dimension": names(28)})) == "added"
    assert adding(*(("m", n, {}) for n in range(100))) == "added"
    assert adding(("m", 2**360, {"unit": "Gigabits/Second"}), ("n", -1.5, {})) == "added"


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ([(f"m{n}", 1, {}) for n in range(101)], "one more than the 100 that a line may have"),
        ([("m", 1, {"dimension": names(29)})], "31 dimensions with service and stage: .* 30 at"),
        ([("m", n, {}) for n in range(101)], "has 100 values in this request, which is the most"),
        ([("m", 1, {"unit": "Counts"})], "got 'Counts'; must be one of Count, Seconds, "),
        ([("m", math.nan, {})], "got nan; must be a finite number"),
        ([("m", 2**361, {})], "must be a finite number of at most"),
        ([("m", True, {})], "got a value of type bool; must be a finite number"),
        ([("m", "1", {})], "got a value of type str; must be a finite number"),
        ([("", 1, {})], "the metric's name '': must be 1 to 1024 characters"),
        ([("é", 1, {})], "the metric's name 'é': must be 1 to 1024 characters of ASCII"),
        ([("m", 1, {"dimension": {":d": "x"}})], "the dimension's name ':d': must be"),
        (
            [("m", 1, {"dimension": {"d": 5}})],
            "value of the dimension 'd': got a value of type int",
        ),
        ([("m", 1, {"dimension": {"d": ""}})], "the value of the dimension 'd': got"),
        ([("Latency", 1, {})], "'Latency' is a name of the line's own"),
        ([("m", 1, {"dimension": {"entry": "x"}})], "'entry' is a name of the line's own"),
        ([("m", 1, {"dimension": {"m": "x"}})], "'m' can't be a metric and a dimension"),
        ([("m", 1, {}), ("n", 1, {"dimension": {"m": "x"}})], "'m' can't be a metric and a"),
        ([("m", 1, {"dimension": {"n": "x"}}), ("n", 1, {})], "'n' can't be a metric and a"),
        ([("m", 1, {}), ("m", 1, {"unit": "Count"})], "with the unit 'None' and the dimensions of"),
        ([("m", 1, {"dimension": {"d": x}}) for x in "ab"], "'d' has another value in this"),
    ],
)
def test_past_them_it_is_refused(given, told):
    assert re.search(told, adding(*given))


@pytest.mark.parametrize("namespace", ["", "AWS/Lambda", "Ünit", "  ", 5, "x" * 256])
def test_a_namespace_that_cloudwatch_does_not_take_is_refused(namespace):
    with pytest.raises(MetricsError, match=r"namespace=.* of Metrics: must be 1 to 255"):
        Metrics(TechMicroService(), namespace=namespace)


def test_a_metric_belongs_to_a_request(capsys):
    app = Adding()
    metrics = Metrics(app, namespace="Shop")
    with pytest.raises(MetricsError, match="'m' was added outside of a request of adding"):
        metrics.add("m", 1)
    with pytest.raises(TypeError, match="Metrics takes a TechMicroService, got an object of type"):
        Metrics(object(), namespace="Shop")
    adding(("m", 1, {}))
    assert capsys.readouterr().out == ""  # this is no Lambda


def test_the_units_are_the_formats():
    allowed = SCHEMA.schema["$defs"]["directive"]["properties"]["Metrics"]["items"]
    assert sorted(emf.UNITS) == sorted(allowed["properties"]["Unit"]["enum"])
