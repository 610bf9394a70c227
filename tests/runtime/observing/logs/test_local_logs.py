"""The log of a local server: JSON where it is piped, lines to read on a terminal."""

import json
import logging
import os
import pty
import re
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest
from awslambdaric.lambda_runtime_log_utils import JsonFormatter
from jsonschema import Draft202012Validator

from coworks_runtime import TechMicroService, entry, request
from coworks_runtime.errors import EnvironmentVariableError, ServiceError
from coworks_runtime.observing.logs.lines import JsonLines
from coworks_runtime.observing.logs.whole_lines import WholeLines
from tests.eventually import eventually

SERVICES = Path(__file__).parents[1]
SCHEMA = json.loads(Path(__file__).with_name("log_record.schema.json").read_text())
SCHEMA["required"].remove("traceId")  # X-Ray's, of callers who send it


class Server:
    def __init__(self, url, stderr):
        self.url, self._stderr = url, stderr

    def get(self, path, **headers):
        request = urllib.request.Request(self.url + path, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, answer.headers
        except urllib.error.HTTPError as error:
            error.close()
            return error.code, error.headers

    def printed(self, waiting_for="", times=1):
        eventually(lambda: self._stderr().count(waiting_for) >= times, self._stderr)
        return self._stderr()

    def records(self, waiting_for="", times=1):
        lines = self.printed(waiting_for, times).splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]


@contextmanager
def served(folder, *, terminal=False, app="observed_service", **environment):
    """``flask run``, its standard error piped or a terminal."""
    end, stderr = pty.openpty() if terminal else os.pipe()
    process = subprocess.Popen(
        [sys.executable, "-m", "flask", "--app", app, "run", "--port", "0"],
        cwd=folder,
        env={
            **{n: v for n, v in os.environ.items() if not n.startswith(("AWS_", "CWS_"))},
            **environment,
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=stderr,
    )
    os.close(stderr)
    read = bytearray()

    def collect():
        while True:
            try:
                part = os.read(end, 1 << 16)
            except OSError:  # a terminal whose other end is gone
                break
            if not part:
                break
            read.extend(part)

    reader = threading.Thread(target=collect)
    reader.start()

    def text():
        return read.decode().replace("\r\n", "\n")

    try:

        def running():
            assert process.poll() is None, text()
            return re.search(r"Running on (http://[\d.:]+)\n", text())

        yield Server(eventually(running, text)[1], text)
    finally:
        process.terminate()
        process.wait(60)
        reader.join(60)
        os.close(end)


@pytest.fixture(scope="module")
def piped():
    with served(SERVICES, ACCESS_LOG="1") as server:
        yield server


def test_a_piped_log_is_an_object_a_line_as_deployed(piped):
    trace = "1-5bdb40ca-556d8b0c50dc66f0511bf520"
    headers = {"X-Amzn-Trace-Id": f"Root={trace}", "X-Correlation-Id": "first"}
    status, answered = piped.get("/?q=planted-query", **headers)
    assert (status, answered["X-Correlation-Id"]) == (200, "first")
    assert "GET / 200" in piped.printed("GET / 200")
    piped.get("/broken", **{"X-Correlation-Id": "second"})
    records = piped.records("GET /broken 500")
    read, access = [r for r in records if r["correlationId"] == "first"]
    assert [list(Draft202012Validator(SCHEMA).iter_errors(r)) for r in records] == [[]] * len(
        records
    )
    assert (read["message"], read["amount"], read["entry"], read["route"]) == (
        "read",
        12.5,
        "get",
        "/",
    )
    assert (access["status"], access["traceId"]) == (200, trace)
    error, _ = [r for r in records if r["correlationId"] == "second"]
    assert (error["errorType"], error["errorMessage"]) == ("ValueError", "it broke")
    assert "planted-query" not in piped.printed()
    assert "HTTP/1.1" not in piped.printed()  # the server's own line of a request


def test_parallel_requests_never_mix_their_fields(piped):
    numbers = [f"n{number}" for number in range(24)]
    threads = [
        threading.Thread(
            target=piped.get,
            args=(f"/order/{number}?wait=0.05",),
            kwargs={"X-Correlation-Id": number},
        )
        for number in numbers
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    lines = piped.records("GET /order/{number} 200", len(numbers))
    records = [r for r in lines if r["correlationId"].startswith("n")]
    by_number = {n: [r for r in records if r["correlationId"] == n] for n in numbers}
    for number, own in by_number.items():
        assert [r["message"].partition(" 200 ")[0] for r in own] == [
            "order",
            "in a thread",
            "in a pool",
            "in a pool",
            "order of a library",
            "GET /order/{number}",
        ]
        assert len({r["requestId"] for r in own}) == 1
        assert {r.get("number", number) for r in own} == {number}
    assert len({r["requestId"] for r in records}) == len(numbers)


def test_on_a_terminal_the_log_is_coloured_lines():
    with served(SERVICES, terminal=True, ACCESS_LOG="1") as server:
        server.get("/order/7")
        server.get("/broken")
        text = server.printed("GET /broken 500")
    line = next(line for line in text.splitlines() if "observed: order" in line)
    assert re.match(r"\x1b\[2m\d\d:\d\d:\d\d\.\d{3}\x1b\[0m \x1b\[32mINFO   \x1b\[0m ", line)
    assert " observed: order number=7 " in line
    assert "[GET /order/{number} get_order " in line
    assert "Traceback (most recent call last):\n" in text
    assert "\nValueError: it broke\n" in text
    assert "\x1b[31mERROR  \x1b[0m" in text


def test_either_can_be_asked_for_and_color_refused():
    with served(SERVICES, CWS_LOG_FORMAT="text") as server:
        server.get("/?q=planted-query")
        text = server.printed("GET / HTTP/1.1 200")
    assert re.search(r"^\d\d:\d\d:\d\d\.\d{3} INFO    observed: read amount=12.5 ", text, re.M)
    assert re.search(r"INFO    werkzeug: GET / HTTP/1.1 200 -$", text, re.M)
    assert "planted-query" not in text
    with served(SERVICES, terminal=True, CWS_LOG_FORMAT="json") as server:
        server.get("/")
        assert server.records('"GET / HTTP')[-1]["logger"] == "werkzeug"
    with served(SERVICES, terminal=True, NO_COLOR="1") as server:
        server.get("/order/7")
        line = next(x for x in server.printed("a library").splitlines() if "of a library" in x)
    assert "\x1b" not in line


OWN = """
import logging
from coworks_runtime import TechMicroService, entry
logging.basicConfig(format="OWN %(message)s", level=logging.INFO)

class Own(TechMicroService):
    @entry(no_auth=True)
    def get(self):
        self.logger.info("as I want it")
        return "fine"

app = Own()
"""


def test_logging_that_the_service_sets_up_itself_stays(tmp_path):
    (tmp_path / "own.py").write_text(OWN)
    with served(tmp_path, app="own") as server:
        server.get("/")
        assert "\nOWN as I want it\n" in server.printed("OWN as I")


def test_the_lines_are_those_of_lambdas_client():
    on_lambda = WholeLines(JsonFormatter())
    for given in (
        {"msg": "text %s", "args": ("x",), "amount": 1.5, "other": object},
        {"msg": {"a": "dict"}, "args": ()},
        {"msg": "é", "args": None, "aws_request_id": "id", "nothing": None},
        {"msg": "x", "errorType": "given", "location": "given", "tenantId": "given"},
        {"msg": "x", "tenant_id": "theirs", "tenantId": "given", "taskName": "Task-1"},
    ):
        record = {"name": "a.b", "levelno": 30, "levelname": "WARNING", "created": 1.5, **given}
        theirs = json.loads(on_lambda.format(logging.makeLogRecord(record)))
        assert json.loads(JsonLines().format(logging.makeLogRecord(record))) == theirs
    try:
        raise ValueError("é")
    except ValueError:
        record["exc_info"] = sys.exc_info()
    theirs = json.loads(on_lambda.format(logging.makeLogRecord(record)))
    assert json.loads(JsonLines().format(logging.makeLogRecord(record))) == theirs


def test_a_format_that_there_is_not_is_refused(monkeypatch):
    monkeypatch.setenv("CWS_LOG_FORMAT", "xml")
    with pytest.raises(EnvironmentVariableError, match=r"CWS_LOG_FORMAT must be json .* or text"):
        TechMicroService()


def test_a_request_has_one_id_for_its_caller_its_entry_and_the_log():
    class Known(TechMicroService):
        correlation_header = "X-Correlation-Id"

        @entry(no_auth=True)
        def get(self):
            return request.request_id

        @entry(no_auth=True, background=True)
        def post(self):
            told.append(request.request_id)

    told = []
    client = Known().test_client()
    answer = client.get("/")
    assert answer.text == answer.headers["X-Correlation-Id"]
    answer = client.post("/")
    assert [answer.json["request_id"]] == told == [answer.headers["X-Correlation-Id"]]
    assert client.get("/", headers={"X-Correlation-Id": "own"}).text != "own"


@pytest.mark.parametrize("header", ["", "X Y", 'a"b', "authorization"])
def test_a_correlation_header_that_can_be_none_is_refused(header):
    with pytest.raises(ServiceError, match="correlation_header = "):
        type("Service", (TechMicroService,), {"correlation_header": header})()
