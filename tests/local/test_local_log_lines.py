"""What the local gateway shows of a function's log: as deployed, or to read."""

import io
import json

import pytest

from coworks_cdk.local.log import Log
from tests.local.assemblies import function, service

HANDLER = """
import logging
logger = logging.getLogger("shop")

def handler(event, context):
    logger.debug("unseen")
    logger.info("placed", extra={"order": 7, "entry": "get_order", "route": "/order/{n}"})
    try:
        raise ValueError("it broke")
    except ValueError:
        logger.exception("failed")
    print("printed")
    return {"statusCode": 200, "body": ""}
"""


def declared(**config):
    return service(Function=function("code", LoggingConfig=config))


class Terminal(io.StringIO):
    def isatty(self):
        return True


def records(served):
    return [json.loads(line) for line in served.log.splitlines() if line.startswith("{")]


def test_json_stays_json_where_the_output_is_piped(serve):
    served = serve(HANDLER, declared(LogFormat="JSON"))
    assert served.ask()[0] == 200
    assert served.logged("] printed")
    placed, failed = records(served)
    assert (placed["message"], placed["order"], placed["level"]) == ("placed", 7, "INFO")
    assert (failed["errorType"], failed["errorMessage"]) == ("ValueError", "it broke")
    assert "unseen" not in served.log


def test_the_level_is_the_functions(serve):
    served = serve(HANDLER, declared(LogFormat="JSON", ApplicationLogLevel="ERROR"))
    assert served.ask()[0] == 200
    assert served.logged("] printed")
    assert [record["message"] for record in records(served)] == ["failed"]


def test_text_stays_lambdas_own(serve):
    served = serve(HANDLER)
    assert served.ask()[0] == 200
    assert served.logged("printed")
    assert records(served) == []
    assert served.logged("[ERROR]\t", 1)


def test_it_is_lines_to_read_where_they_are_asked_for(serve, monkeypatch):
    monkeypatch.setenv("CWS_LOG_FORMAT", "text")
    served = serve(HANDLER, declared(LogFormat="JSON"))
    assert served.ask()[0] == 200
    assert served.logged(" INFO    shop: placed order=7 [/order/{n} get_order ")
    assert served.logged("ValueError: it broke")
    assert "\x1b" not in served.log


RECORD = {
    "timestamp": "2026-11-26T17:06:10Z",
    "level": "ERROR",
    "message": "failed",
    "logger": "shop",
    "requestId": "id",
    "amount": 5,
    "method": "GET",
    "route": "/",
    "entry": "get",
    "status": 500,
    "stackTrace": ['  File "shop.py", line 1, in get\n    raise\n'],
    "errorType": "ValueError",
    "errorMessage": "it broke",
}


def shown(stream, record):
    Log(stream).output("Shop", json.dumps(record).encode() + b"\n")
    return stream.getvalue()


@pytest.fixture(autouse=True)
def _nothing_asked(monkeypatch):
    monkeypatch.delenv("CWS_LOG_FORMAT", raising=False)
    monkeypatch.delenv("NO_COLOR", raising=False)


def test_a_terminal_has_colors(monkeypatch):
    lines = (
        "[Shop] \x1b[2m17:06:10\x1b[0m \x1b[31mERROR  \x1b[0m shop: failed amount=5 "
        "\x1b[2m[GET / get id]\x1b[0m\n"
        '[Shop]   File "shop.py", line 1, in get\n[Shop]     raise\n'
        "[Shop] ValueError: it broke\n"
    )
    assert shown(Terminal(), RECORD) == lines
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in shown(Terminal(), RECORD)
    metrics = {"_aws": {"Timestamp": 1}, "service": "shop", "Count": 1}
    assert shown(Terminal(), metrics) == "[Shop]  INFO    metrics: Count=1\n"


def test_json_that_is_asked_for_is_json_for_the_gateways_own_lines_too(monkeypatch):
    monkeypatch.setenv("CWS_LOG_FORMAT", "json")
    stream = Terminal()
    Log(stream).line("Shop", "GET / 200 5 ms")
    Log(stream).output("Shop", b"printed\n")
    shown(stream, RECORD)
    own, printed, record = map(json.loads, stream.getvalue().splitlines())
    assert (own["message"], own["logger"], own["level"]) == ("GET / 200 5 ms", "Shop", "INFO")
    assert printed["message"] == "printed"
    assert record == RECORD


@pytest.mark.parametrize("printed", ["{", "[1]", '{"a"', "{}x"])
def test_what_only_looks_like_a_record_is_shown_as_it_is(printed):
    stream = Terminal()
    Log(stream).output("Shop", printed.encode())
    assert stream.getvalue() == f"[Shop] {printed}\n"


OTEL = "arn:aws:lambda:eu-west-1:615299751070:layer:AWSOpenTelemetryDistroPython:16"


@pytest.mark.parametrize("variable", ["AWS_LAMBDA_EXEC_WRAPPER", "CWS_EXEC_WRAPPER"])
def test_a_function_is_served_without_the_layer_of_opentelemetry(serve, variable):
    variables = {variable: "/opt/otel-instrument", "NAME": "x"}
    declared = function("code", Layers=[OTEL], Environment={"Variables": variables})
    served = serve(HANDLER, service(Function=declared))
    assert served.ask()[0] == 200
    assert served.session.notes == (
        "Service/Function: the layer of OpenTelemetry is in AWS; nothing is traced here",
    )
