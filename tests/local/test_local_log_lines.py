"""What the local gateway shows of a function's log: as deployed, or to read."""

import io
import json
import os
import pty
import re
import subprocess
import sys
import threading
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest

from coworks_cdk.local.errors import LocalError
from coworks_cdk.local.log import Log
from tests.local.assemblies import function, service, write

ROOT = Path(__file__).parents[2]

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


def test_a_functions_json_stays_where_lines_go_through_a_pipe(serve):
    served = serve(HANDLER, declared(LogFormat="JSON"), log_format=None)
    assert served.ask()[0] == 200
    assert served.logged('"printed"')
    assert served.logged('"GET /dev/ 200')
    # Each line is an object: what reads the pipe needs no other rule.
    told = {record["message"]: record for record in map(json.loads, served.log.splitlines())}
    placed, failed = told["placed"], told["failed"]
    assert (placed["order"], placed["level"]) == (7, "INFO")
    assert (failed["errorType"], failed["errorMessage"]) == ("ValueError", "it broke")
    assert "unseen" not in served.log
    assert (told["printed"]["logger"], told["printed"]["level"]) == ("Service", "INFO")
    [request] = [r for message, r in told.items() if message.startswith("GET /dev/ 200 ")]
    shown = {name: request[name] for name in ("logger", "method", "path", "status")}
    assert shown == {"logger": "Service", "method": "GET", "path": "/dev/", "status": 200}
    assert request["durationMs"] > 0
    assert request["requestId"]


def test_lambdas_text_is_in_objects_where_lines_go_through_a_pipe(serve):
    served = serve(HANDLER, log_format=None)
    assert served.ask()[0] == 200
    assert served.logged('printed"')
    told = [json.loads(line) for line in served.log.splitlines()]
    [failed] = [record for record in told if record["level"] == "ERROR"]
    assert failed["message"].startswith("[ERROR]\t")
    assert failed["message"].endswith("\tfailed")
    assert "Traceback (most recent call last):" in [record["message"] for record in told]


def test_what_ends_a_function_is_an_error_in_the_log(serve):
    served = serve("import os\n\ndef handler(e, c):\n    os._exit(3)\n", log_format=None)
    assert served.ask()[0] == 502
    assert served.logged('"ERROR"')
    errors = [r for r in map(json.loads, served.log.splitlines()) if r["level"] == "ERROR"]
    # What Lambda says, and what API Gateway's answer comes from.
    assert errors
    assert all("exit status 3" in error["message"] for error in errors)


def test_the_level_is_the_functions(serve):
    config = declared(LogFormat="JSON", ApplicationLogLevel="ERROR")
    served = serve(HANDLER, config, log_format=None)
    assert served.ask()[0] == 200
    assert served.logged("printed")
    own = [record for record in records(served) if record["logger"] == "shop"]
    assert [record["message"] for record in own] == ["failed"]


def test_text_stays_lambdas_own(serve):
    served = serve(HANDLER)
    assert served.ask()[0] == 200
    assert served.logged("printed")
    assert records(served) == []
    assert served.logged("[ERROR]\t", 1)


def test_it_is_lines_to_read_where_they_are_asked_for(serve, monkeypatch):
    monkeypatch.setenv("CWS_LOG_FORMAT", "text")
    served = serve(HANDLER, declared(LogFormat="JSON"), log_format=None)
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
    piped = io.StringIO()
    Log(piped).output("Shop", printed.encode())
    assert json.loads(piped.getvalue())["message"] == printed


@pytest.mark.parametrize(
    ("printed", "shown"),
    [
        ('{"errorType": "E", "stackTrace": 5, "errorCauses": 7, "errorNotes": {}}', "E: "),
        (
            '{"errorType": 1, "errorCauses": ["x", {"errorType": "C"}]}',
            "1: \n[Shop] behind it: C: ",
        ),
        ('{"a": ' + "[" * 100_000, '{"a": ' + "[" * 100_000),
    ],
)
def test_a_record_of_another_form_is_shown_as_far_as_it_can_be(printed, shown):
    stream = Terminal()
    Log(stream).output("Shop", printed.encode())
    assert shown in stream.getvalue()


def test_what_is_behind_an_exception_is_shown():
    stream = Terminal()
    cause = {"errorType": "KeyError", "errorMessage": "'k'", "location": "a.py:f:3"}
    record = {"errorType": "ValueError", "errorMessage": "outer", "errorNotes": ["mind this"]}
    record |= {"errorCauses": [{**cause, "errorNotes": ["and this"]}]}
    Log(stream, "text").output("Shop", json.dumps(record).encode())
    assert [line.partition("] ")[2] for line in stream.getvalue().splitlines()[1:]] == [
        "ValueError: outer",
        "mind this",
        "behind it: KeyError: 'k' (a.py:f:3)",
        "and this",
    ]


def test_another_format_is_refused(monkeypatch):
    monkeypatch.setenv("CWS_LOG_FORMAT", "xml")
    with pytest.raises(LocalError, match=r"CWS_LOG_FORMAT must be json .* or text .*, got 'xml'"):
        Log()
    monkeypatch.setenv("CWS_LOG_FORMAT", "")
    Log()


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


@contextmanager
def command(folder, errors):
    """The command in a process of its own, until it has answered a request."""
    environment = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    with subprocess.Popen(
        [sys.executable, "-m", "coworks_cdk.local", str(folder), "--port", "0"],
        env={**environment, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=errors,
        text=True,
    ) as process:
        # What waits for a line that doesn't come waits for the process's end.
        guard = threading.Timer(60, process.kill)
        guard.start()
        try:
            [url] = re.findall(r"^Service  (http://\S+)$", process.stdout.readline(), re.MULTILINE)
            with urllib.request.urlopen(url, timeout=60) as response:
                assert response.status == 200
            yield process
        finally:
            guard.cancel()
            process.kill()


def test_the_commands_log_through_a_pipe_is_an_object_a_line(tmp_path):
    folder = write(tmp_path / "cdk.out", declared(LogFormat="JSON"), {"app.py": HANDLER})
    with command(folder, subprocess.PIPE) as process:
        # The function's own lines come another way than the gateway's of the request.
        told = [json.loads(process.stderr.readline())["message"] for _ in range(4)]
    assert [text for text in told if not text.startswith("GET /dev/ 200")] == [
        "placed",
        "failed",
        "printed",
    ]


def test_the_commands_log_on_a_terminal_is_colored_lines(tmp_path):
    folder = write(tmp_path / "cdk.out", declared(LogFormat="JSON"), {"app.py": HANDLER})
    terminal, end = pty.openpty()
    try:
        with command(folder, end):
            os.close(end)
            shown = b""
            while b"[Service] GET /dev/ 200" not in shown or b"] printed" not in shown:
                shown += os.read(terminal, 4096)
    finally:
        os.close(terminal)
    assert b"\x1b[32mINFO   \x1b[0m shop: placed order=7" in shown
    assert b"ValueError: it broke" in shown
