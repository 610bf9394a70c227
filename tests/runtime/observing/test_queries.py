"""The queries of the documentation, against lines that Lambda's runtime client printed."""

import pytest

from tests.lambda_process import ROOT, LambdaProcess
from tests.project.documents import blocks, titled
from tests.runtime.observing import insights
from tests.runtime.observing.logs.test_json_logs_on_lambda import JSON, SERVICES, event_of

PAGE = ROOT / "docs" / "observing.md"


@pytest.fixture(scope="module")
def records():
    with LambdaProcess(SERVICES, "observed_service.app", ACCESS_LOG="1", **JSON) as process:
        for _ in range(3):
            process.call(event_of("rest", "GET", "/", {"x-correlation-id": "mine"}))
        for path in ("/broken", "/nowhere", "/nowhere", "/later"):
            process.call(event_of("rest", "GET", path))
        process.call(event_of("rest", "POST", "/closed", {"authorization": "wrong"}))
        return process.records()


def rows(records, title, **replaced):
    query = titled(PAGE, title)
    for word, value in replaced.items():
        query = query.replace(word, value)
    return insights.run(query, records)


def test_failures(records):
    [row] = rows(records, "failures.query")
    assert (row["service"], row["entry"], row["errorType"]) == (
        "observed",
        "get_broken",
        "ValueError",
    )
    assert all(row.get(name) is not None for name in row["@shown"])


def test_failures_without_an_exception_and_those_that_lambda_tells_itself():
    told = (
        {"level": "CRITICAL", "message": "of no exception"},
        {"level": "ERROR", "errorType": "Runtime.ImportModuleError", "errorMessage": "no module"},
        {"level": "WARNING", "message": "no failure"},
    )
    assert [row["level"] for row in rows(told, "failures.query")] == ["ERROR", "CRITICAL"]


def test_metrics_are_no_failures_where_lambda_keeps_errors_only():
    line = {"_aws": {}, "service": "observed", "entry": "get", "Count": 1, "level": "ERROR"}
    assert rows([line], "failures.query") == []


def test_all_of_one_request(records):
    found = rows(records, "request.query", CORRELATION_ID="mine")
    messages = [row["message"].partition(" 200 ")[0] for row in found]
    assert messages == ["read", "GET /"] * 3


def test_slow_routes(records):
    found = {(row["method"], row["route"]): row for row in rows(records, "slow.query")}
    assert found["GET", "/"]["requests"] == 3
    assert set(found) == {
        *(("GET", route) for route in ("/", "/broken", "/later", None)),
        ("POST", "/closed"),
    }
    assert all(0 < row["p50"] <= row["p99"] for row in found.values())


def test_statuses(records):
    found = [
        (row["entry"], row["status"], row["requests"]) for row in rows(records, "statuses.query")
    ]
    assert found[0] == (None, 404, 2)
    assert sorted(found[1:]) == [("get_broken", 500, 1), ("post_closed", 403, 1)]


def test_cold_starts(records):
    [row] = rows(records, "starts.query")
    assert (row["service"], row["starts"]) == ("observed", 1)
    assert row["average"] == row["longest"] > 0


def test_every_query_of_the_page_is_run():
    titles = {block.title for block in blocks(PAGE) if block.title.endswith(".query")}
    assert titles == {f"{n}.query" for n in ("failures", "request", "slow", "statuses", "starts")}
