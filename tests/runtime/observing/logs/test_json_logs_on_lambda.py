"""The log of a function in JSON, as Lambda's own runtime client prints it."""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from coworks_runtime import TechMicroService
from tests.event_corpus import corpus_event
from tests.lambda_process import TRACE_ID, LambdaProcess
from tests.runtime.conftest import rest_event

SERVICES = Path(__file__).parents[1]
SCHEMA = json.loads(Path(__file__).with_name("log_record.schema.json").read_text())
JSON = {"AWS_LAMBDA_LOG_FORMAT": "JSON", "AWS_LAMBDA_LOG_LEVEL": "DEBUG"}


class Routes:
    """The routes, to make events for, without importing the service here."""

    registered_routes: tuple[Any, ...] = ()


def event_of(shape: str, method: str, path: str, headers: dict[str, str] | None = None) -> Any:
    """An event of one of the shapes for a request with no variables in its path."""
    given = {"host": "api.test", "x-forwarded-proto": "https", **(headers or {})}
    if shape == "rest":
        event = rest_event(Routes(), method, path, headers=list(given.items()))
        event["resource"] = path
        return event
    event = deepcopy(corpus_event(shape).event)
    event["headers"] = given
    event["queryStringParameters"] = None
    if "rawPath" in event:
        event |= {"rawPath": path, "rawQueryString": "q=planted-query", "cookies": []}
        event["requestContext"] |= {"stage": "$default"}
        event["requestContext"]["http"] |= {"method": method, "path": path}
    else:
        event |= {"path": path, "httpMethod": method}
    return event


SHAPES = ["rest", "http_api_get_root", "function_url_get", "alb_get"]


@pytest.fixture(scope="module", params=["short", "wsgi", "loop"])
def observed(request):
    """The service on both ways, with all that it is called with, and its records by call."""
    middleware = "1" if request.param == "wsgi" else "0"
    settings = {"loop": request.param == "loop", "MIDDLEWARE": middleware, "ACCESS_LOG": "1"}
    with LambdaProcess(SERVICES, "observed_service.app", **settings, **JSON) as process:
        answers = {
            name: process.call(event)
            for name, event in {
                **{shape: event_of(shape, "GET", "/") for shape in SHAPES},
                "correlated": event_of("rest", "GET", "/", {"x-correlation-id": "order-7.a"}),
                "forged": event_of("rest", "GET", "/", {"x-correlation-id": 'a"\nb'}),
                "order": {
                    **event_of("rest", "GET", "/order/planted-number"),
                    "resource": "/order/{p1}",
                    "pathParameters": {"p1": "planted-number"},
                },
                "below": {
                    **event_of("rest", "GET", "/below/leaf/planted"),
                    "resource": "/below/leaf/{p1}",
                    "pathParameters": {"p1": "planted"},
                },
                "later": event_of("rest", "GET", "/later"),
                "parts": event_of("rest", "GET", "/parts"),
                "broken": event_of("rest", "GET", "/broken"),
                "failing": {
                    **event_of("rest", "GET", "/failing/planted-path"),
                    "resource": "/failing/{p1}",
                    "pathParameters": {"p1": "planted-path"},
                },
                "failing by alb": event_of("alb_get", "GET", "/failing/planted-path"),
                "nowhere": event_of("rest", "GET", "/nowhere"),
                "mounted": event_of("rest", "GET", "/mounted/failing/planted-path"),
                "refused": event_of("rest", "POST", "/closed", {"authorization": "wrong"}),
                "lasting": event_of("rest", "GET", "/lasting"),
                "release": event_of("rest", "GET", "/release"),
                "authorizer": {
                    "type": "TOKEN",
                    "authorizationToken": "planted-token",
                    "methodArn": "arn:aws:execute-api:eu-west-1:123456789012:a1/dev/GET/",
                },
            }.items()
        }
        records = process.records()
        by_call = {
            name: [r for r in records if r.get("requestId") == request_id]
            for name, request_id in zip(answers, process.ids, strict=True)
        }
        assert sum(map(len, by_call.values())) == len(records), "records of no call"
        yield answers, by_call, process.printed()


def is_mounted(name, record):
    return name == "mounted" and record.get("entry") is not None


def test_every_record_is_one_object_that_tells_its_request(observed):
    _, by_call, _ = observed
    validator = Draft202012Validator(SCHEMA)
    for name, records in by_call.items():
        for record in records:
            if name != "authorizer":
                assert list(validator.iter_errors(record)) == []
            assert record["service"] == ("mounted" if is_mounted(name, record) else "observed")
            assert record["traceId"] == TRACE_ID
    assert [r["message"] for r in by_call["authorizer"]] == ["authorizing"]


@pytest.mark.parametrize("shape", SHAPES)
def test_the_fields_are_right_whatever_the_event(observed, shape):
    answers, by_call, _ = observed
    assert answers[shape]["statusCode"] == 200
    read, access = by_call[shape]
    assert (read["message"], read["amount"], read["logger"]) == ("read", 12.5, "observed")
    assert (read["stage"], access["stage"]) == ("of extra's", "dev")
    assert "status" not in read
    for record in (read, access):
        assert (record["entry"], record["method"], record["route"]) == ("get", "GET", "/")
        assert record["coldStart"] is (shape == "rest")
    assert (access["logger"], access["status"]) == ("coworks_runtime.access", 200)
    assert access["durationMs"] >= read["durationMs"]


def header(answer, name):
    headers = answer.get("multiValueHeaders") or answer["headers"]
    [value] = [v for n, v in headers.items() if n.lower() == name]
    return value[0] if isinstance(value, list) else value


def test_the_correlation_id_is_the_callers_and_answered_back(observed):
    answers, by_call, _ = observed
    assert {r["correlationId"] for r in by_call["correlated"]} == {"order-7.a"}
    assert header(answers["correlated"], "x-correlation-id") == "order-7.a"
    for name in (*SHAPES, "forged", "broken", "nowhere", "refused"):
        request_id = by_call[name][0]["requestId"]
        assert {r["correlationId"] for r in by_call[name]} == {request_id}
        assert header(answers[name], "x-correlation-id") == request_id


def test_threads_pools_and_coroutines_tell_their_request(observed):
    _, by_call, _ = observed
    messages = [r["message"].partition(" 200 ")[0] for r in by_call["order"]]
    assert messages == [
        "order",
        "in a thread",
        "in a pool",
        "in a pool",
        "order of a library",
        "GET /order/{number}",
    ]
    assert {(r["entry"], r["route"]) for r in by_call["order"]} == {
        ("get_order", "/order/{number}")
    }
    later = [r["message"] for r in by_call["later"] if r["logger"] == "some.library"]
    assert later == [
        "in a coroutine's thread",
        "in a task",
        "in a task",
    ]
    assert {r["entry"] for r in by_call["later"]} == {"get_later"}
    assert {r["route"] for r in by_call["below"]} == {"/below/leaf/{leaf}"}
    assert {r["entry"] for r in by_call["below"]} == {"nested.get_leaf"}


def test_what_is_logged_while_an_answer_is_sent_is_of_its_request(observed):
    _, by_call, _ = observed
    messages = [r["message"].partition(" 200 ")[0] for r in by_call["parts"]]
    assert messages == ["a part", "a part", "GET /parts"]
    assert {r["route"] for r in by_call["parts"]} == {"/parts"}


def test_what_goes_on_after_its_request_is_still_its_own(observed):
    _, by_call, _ = observed
    assert [r["message"] for r in by_call["lasting"]][-1] == "after its request"
    assert by_call["lasting"][-1]["entry"] == "get_lasting"
    assert [r["message"].partition(" 200 ")[0] for r in by_call["release"]] == [
        "of the next request",
        "GET /release",
    ]


def test_an_exception_is_told_with_its_type_its_message_its_stack_and_its_place(observed):
    _, by_call, _ = observed
    error, access = by_call["broken"]
    assert (error["level"], error["errorType"], error["errorMessage"]) == (
        "ERROR",
        "ValueError",
        "it broke",
    )
    assert 'raise ValueError("it broke")' in error["stackTrace"][-1]
    file, function, _ = error["location"].rsplit(":", 2)
    assert (Path(file).name, function) == ("observed_service.py", "get_broken")
    assert access["status"] == 500


def test_what_no_entry_answers_has_no_entry(observed):
    _, by_call, _ = observed
    [access] = by_call["nowhere"]
    assert access["message"].startswith("GET - 404 ")
    assert not {"entry", "route"} & access.keys()
    assert by_call["refused"][-1]["status"] == 403
    assert by_call["refused"][-1]["entry"] == "post_closed"


def test_no_value_of_a_callers_is_in_the_log_unless_the_service_logs_it(observed):
    _, _, printed = observed
    assert "planted-token" not in printed
    assert "planted-query" not in printed
    assert "planted-path" not in printed
    assert printed.count("planted-number") == 2  # extra= of the service and of its library


@pytest.mark.parametrize("name", ["failing", "failing by alb"])
def test_a_failures_message_has_the_route_and_not_the_path(observed, name):
    _, by_call, _ = observed
    failed, _ = by_call[name]
    request_id = failed["requestId"]
    assert failed["message"] == f"Exception on /failing/{{value}} [GET] (request {request_id})"
    assert failed["errorType"] == "LookupError"


def test_a_mounted_service_tells_its_own_calls_and_the_one_around_its_own(observed):
    answers, by_call, _ = observed
    records = by_call["mounted"]
    if answers["mounted"]["statusCode"] == 404:
        assert [r["status"] for r in records] == [404]  # there is none
        return
    told = [(r["service"], r.get("route"), r.get("status")) for r in records]
    assert told == [
        ("mounted", "/failing/{value}", None),
        ("mounted", "/failing/{value}", 500),
        ("observed", None, 500),
    ]


def test_text_stays_lambdas_own_and_has_the_line_where_it_is_asked_for():
    with LambdaProcess(SERVICES, "observed_service.app", ACCESS_LOG="1") as process:
        process.call(event_of("rest", "GET", "/"))
        process.call(event_of("rest", "GET", "/broken"))
        lines = process.printed().splitlines()
    first, second = process.ids
    assert lines[0].startswith("[INFO]\t")
    assert f"Z\t{first}\tGET / 200 " in lines[0]
    assert f"\t{second}\tException on /broken [GET] (request {second})" in lines[1]
    assert f"Z\t{second}\tGET /broken 500 " in lines[-1]


def test_a_service_that_asks_for_nothing_is_not_observed(monkeypatch):
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "f")
    assert TechMicroService()._watch is None
    monkeypatch.setenv("AWS_LAMBDA_LOG_FORMAT", "Text")
    assert TechMicroService()._watch is None


NOTHING = """
import sys
from coworks_runtime import TechMicroService, entry


class Plain(TechMicroService):
    @entry(no_auth=True)
    def get(self):
        names = {n.removeprefix("coworks_runtime.") for n in sys.modules}
        return sorted(n for n in names if n.startswith(("observing.", "extension")))


app = Plain()
"""


def test_a_service_that_asks_for_nothing_imports_nothing_of_it(tmp_path):
    (tmp_path / "plain.py").write_text(NOTHING)
    with LambdaProcess(tmp_path, "plain.app") as process:
        loaded = json.loads(process.call(event_of("rest", "GET", "/"))["body"])
    assert loaded == ["observing.failures", "observing.observed", "observing.wanted"]
