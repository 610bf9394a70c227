"""Records that are hard to write: each is a line of JSON, and no request fails for one."""

import io
import json
import logging
import sys
from contextlib import nullcontext

import pytest
from awslambdaric.lambda_runtime_log_utils import JsonFormatter

from coworks_cdk.local.invocation import BrokenOff
from coworks_runtime import TechMicroService, entry
from coworks_runtime.observing.logs.lines import JsonLines, ReadableLines
from coworks_runtime.observing.logs.whole_lines import WholeLines
from coworks_runtime.on_lambda.loop import logs as loop_logs
from coworks_runtime.on_lambda.loop.log_sink import StandardOutput
from tests.lambda_process import LambdaProcess
from tests.runtime.observing.logs.test_json_logs_on_lambda import JSON, SERVICES, event_of

TOLD = {
    "number": "NaN",
    "numbers": {"low": ["-Infinity", 1.5]},
    "bytes": "b'\\xff'",
    "date": "2026-11-26",
    "decimal": "1.50",
    "enum": "Color.RED",
    "error": "as a value",
    "circle": "{'again': {...}}",
    "keys": "{(1, 2): 3}",
    "surrogate": "a\udc80é",
    "mute": "<Mute: its text raises RuntimeError>",
    "deep": "<list: its text raises RecursionError>",
    "digits": "<int: its text raises ValueError>",
    "long": "x" * 1_000_000,
    "NaN as a text": "NaN",
}


QUESTION = {
    "type": "TOKEN",
    "methodArn": "arn:aws:execute-api:eu-west-1:123456789012:a1/dev/GET/",
}


def strict(line):
    """A line as a reader has it that knows JSON's own numbers only."""

    def refuse(name):
        raise AssertionError(f"{name} in {line[:200]}")

    return json.loads(line, parse_constant=refuse)


@pytest.fixture(scope="module", params=["client", "loop"])
def odd(request):
    """What the service answered and logged by path, and the process."""
    settings = {"loop": request.param == "loop", "PYTHONIOENCODING": "utf-8:strict", **JSON}
    with LambdaProcess(SERVICES, "odd_logging_service.app", **settings) as process:
        paths = ["/values", "/names", "/calls", "/caused", "/mute", "/later"]
        answers = [process.call(event_of("rest", "GET", path)) for path in paths]
        # What can send it in pieces breaks it off.
        torn = pytest.raises(BrokenOff) if settings["loop"] else nullcontext()
        with torn:
            process.call(event_of("rest", "GET", "/torn"))
        failed = process.call({"Records": [{"eventSource": "aws:sqs", "body": "x"}]})
        asked = [process.call({**QUESTION, "authorizationToken": t}) for t in ("any", "refused")]
        records = [strict(line) for line in process.printed().split("\n") if line]
        by_path = {
            path: (answer, [r for r in records if r["requestId"] == request_id])
            for path, answer, request_id in zip(
                [*paths, "/torn", "sqs", "asked", "refused"],
                [*answers, None, failed, *asked],
                process.ids,
                strict=True,
            )
        }
        yield by_path


def test_any_value_is_a_field(odd):
    answer, records = odd["/values"]
    assert answer["body"] == "logged"
    assert {r["message"]: r["value"] for r in records} == TOLD
    assert {r["entry"] for r in records} == {"get_values"}


def test_what_lambda_names_stays_its_own(odd):
    answer, records = odd["/names"]
    given = {r["message"]: r.get(r["message"]) for r in records if r["level"] == "INFO"}
    assert answer["body"] == "logged"
    assert {name for name, value in given.items() if value == "given"} == {
        *("service", "status", "route", "tenantId")
    }


def test_a_call_that_does_not_fit_is_told(odd):
    answer, records = odd["/calls"]
    assert answer["body"] == "logged"
    assert [r["message"] for r in records] == [
        "%d things ('no number',) (TypeError: %d format: a real number is required, not str)",
        "no place (1,) (TypeError: not all arguments converted during string formatting)",
        "<Mute: its text raises RuntimeError> () (RuntimeError: no text)",
        {"an": "object", "number": "NaN"},
        "lines\r\nof it",
        "nothing raised",
        "mute",
    ]
    assert "errorType" not in records[-2]
    mute = "<MuteError: its text raises RuntimeError>"
    assert (records[-1]["errorType"], records[-1]["errorMessage"]) == ("MuteError", mute)


def test_what_is_behind_an_exception_is_told_with_its_place(odd):
    answer, [record] = odd["/caused"]
    assert answer["statusCode"] == 500
    assert record["errorType"] == "ExceptionGroup"
    assert record["location"].rpartition(":")[0].endswith("odd_logging_service.py:get_caused")
    assert [(c["errorType"], c["errorMessage"]) for c in record["errorCauses"]] == [
        ("TypeError", "one"),
        ("KeyError", "'k'"),
        ("OSError", "the first"),
    ]
    one, key, first = record["errorCauses"]
    assert "location" not in one  # it was never raised
    assert key["location"].rpartition(":")[0].endswith("odd_logging_service.py:fail")
    assert key["errorNotes"] == ["mind the key"]
    assert set(first) == {"errorType", "errorMessage", "location"}


def test_an_answer_that_breaks_off_is_told_as_its_requests(odd):
    _, records = odd["/torn"]
    record = records[0]
    assert (record["level"], record["entry"], record["route"]) == ("ERROR", "get_torn", "/torn")
    assert (record["errorType"], record["errorMessage"]) == ("ValueError", "torn")
    assert record["location"].rpartition(":")[0].endswith("odd_logging_service.py:get_torn")


def test_an_answer_that_breaks_off_is_told_by_any_server(caplog):
    class Torn(TechMicroService):
        correlation_header = "X-Correlation-Id"

        @entry(no_auth=True)
        def get_torn(self, name):
            yield name
            raise ValueError("torn")

    with pytest.raises(ValueError, match="torn"):
        Torn().test_client().get("/torn/planted").get_data()
    [record] = [r for r in caplog.records if r.name == "coworks_runtime.observing.watch"]
    assert record.getMessage() == "Exception in the answer to GET /torn/{name}"
    assert record.exc_info[0] is ValueError


def test_an_exception_without_a_text_is_answered_as_any(odd):
    answer, [record] = odd["/mute"]
    assert answer["statusCode"] == 500
    assert record["errorType"] == "MuteError"


def test_the_place_of_an_events_exception_is_its_methods(odd):
    _, records = odd["sqs"]
    assert records[0]["location"].rpartition(":")[0].endswith("odd_logging_service.py:take")
    assert records[0]["entry"] == "take"


def test_what_an_authorizer_raises_is_told_as_its_services(odd):
    answer, records = odd["asked"]
    assert answer["errorType"] == "LookupError"
    record = records[0]
    assert (record["service"], record["errorType"]) == ("odd", "LookupError")
    assert record["location"].rpartition(":")[0].endswith(":token_authorizer")
    answer, records = odd["refused"]
    assert answer["errorMessage"] == "Unauthorized"
    assert all("logger" not in r for r in records)  # Lambda's own line, as API Gateway is told


def test_a_coroutines_record_names_its_task(odd):
    [record] = [r for r in odd["/later"][1] if r["logger"] == "library"]
    assert record["entry"] == "get_later"
    assert ("taskName" in record) is (sys.version_info >= (3, 12))


def test_the_clients_handler_is_told_the_level_as_without_these_lines():
    try:
        raise ValueError
    except ValueError:
        odd = record_of(msg="x", levelno=40, exc_info=sys.exc_info())
    plain = record_of(msg="x", levelno=40)
    numbered = record_of(msg="NaN", levelno=40, value=float("nan"))
    for formatter, record in ((WholeLines(JsonFormatter()), odd), (JsonFormatter(), plain)):
        formatter.format(record)
    WholeLines(JsonFormatter()).format(numbered)
    assert odd._frame_type == plain._frame_type == numbered._frame_type
    assert odd.exc_info[1] is not None
    assert odd.pathname != __file__  # what others see of a record stays as it was


def record_of(**given):
    return logging.makeLogRecord({"name": "a", "levelno": 20, "levelname": "INFO", **given})


def test_lines_to_read_are_written_too():
    import tests.runtime.observing.odd_logging_service as service

    lines = ReadableLines(colored=False)
    for name, value in service.VALUES.items():
        line = lines.format(record_of(msg=name, value=value))
        assert f"a: {name} value=" in line
    assert "a: %d no (TypeError: " in lines.format(record_of(msg="%d", args="no"))
    try:
        raise service.MuteError
    except service.MuteError as error:
        raised = (type(error), error, error.__traceback__)
    text = lines.format(record_of(msg=service.Mute(), exc_info=raised))
    assert "a: <Mute: its text raises RuntimeError>" in text
    assert "MuteError: <exception str() failed>" in text


def test_causes_end_where_they_meet_again():
    one, other = ValueError("one"), ValueError("other")
    one.__cause__, other.__context__ = other, one
    told = strict(JsonLines().format(record_of(msg="x", exc_info=(ValueError, one, None))))
    assert [cause["errorMessage"] for cause in told["errorCauses"]] == ["other"]
    for number in range(50):
        error = ValueError(number)
        error.__cause__, one = one, error
    told = strict(JsonLines().format(record_of(msg="x", exc_info=(ValueError, one, None))))
    assert [cause["errorMessage"] for cause in told["errorCauses"]] == [
        str(n) for n in range(48, 38, -1)
    ]
    hidden = ValueError("shown")
    hidden.__context__, hidden.__suppress_context__ = one, True
    told = strict(JsonLines().format(record_of(msg="x", exc_info=(ValueError, hidden, None))))
    assert "errorCauses" not in told


def test_a_record_in_text_that_can_not_be_written_fails_no_request_of_the_loop(monkeypatch, capsys):
    monkeypatch.setattr(logging, "root", logging.RootLogger(logging.WARNING))
    monkeypatch.setattr(logging.Logger, "root", logging.root)
    monkeypatch.setattr(logging.Logger.manager, "root", logging.root)
    monkeypatch.setattr(logging.Formatter, "converter", logging.Formatter.converter)
    monkeypatch.delenv("AWS_LAMBDA_LOG_FORMAT", raising=False)
    written = io.StringIO()
    monkeypatch.setattr("sys.stdout", written)
    loop_logs.set_up_logging(StandardOutput(), loop_logs.Current())
    logging.root.warning("%d", "no number")
    logging.root.warning("half \udc80")
    assert "TypeError: %d format" in capsys.readouterr().err
    assert written.getvalue().endswith("\thalf \\udc80\n")
