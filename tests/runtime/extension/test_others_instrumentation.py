"""What others instrument services with, as the documentation says how, in Lambda's own client."""

import gzip
import json
import re
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import brotli
import pytest

from tests.eventually import eventually
from tests.lambda_process import ROOT, LambdaProcess
from tests.project.documents import titled
from tests.runtime.conftest import rest_event
from tests.runtime.extension.test_otel import SDK, spans_in

PAGE = ROOT / "docs" / "observing.md"


class Bare:
    registered_routes = ()


def share(number, **headers):
    """The event of API Gateway for ``GET /share/{number}``."""
    event = rest_event(Bare(), "GET", f"/share/{number}", headers=list(headers.items()))
    return event | {"resource": "/share/{p1}", "pathParameters": {"p1": str(number)}}


def answers(process):
    """What the calls answer: one that succeeds, one that fails, one of no entry."""
    given = [process.call(event) for event in (share(4), share(0), NOWHERE)]
    assert [answer["statusCode"] for answer in given] == [200, 500, 404], process.printed()
    assert json.loads(given[0]["body"]) == {"share": 25}


NOWHERE = rest_event(Bare(), "GET", "/nowhere")


def program(folder, title, before=""):
    """Write a program of the page as a module of its name."""
    (folder / title).write_text(before + titled(PAGE, title))
    return title.removesuffix(".py")


@contextmanager
def sentry():
    """A server that takes what is sent to Sentry."""
    items = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            decompress = {"gzip": gzip.decompress, "br": brotli.decompress}
            body = decompress[self.headers["Content-Encoding"]](body)
            items.extend(json.loads(line) for line in body.splitlines() if line)
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://key@127.0.0.1:{server.server_port}/1", items
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def told(items, count, failures):
    """The transactions and the exceptions that Sentry has, when there are as many or more."""
    transactions = [item for item in items if item.get("type") == "transaction" and "spans" in item]
    errors = [item for item in items if "exception" in item]
    return len(transactions) >= count and len(errors) >= failures and (transactions, errors)


def test_sentry_has_one_transaction_a_request_and_the_exception(tmp_path):
    name = program(tmp_path, "with_sentry.py")
    with (
        sentry() as (dsn, items),
        LambdaProcess(tmp_path, f"{name}.app", SENTRY_DSN=dsn) as process,
    ):
        answers(process)
        transactions, errors = eventually(lambda: told(items, 3, 1), lambda: str(items))
    assert [(t["transaction"], t["contexts"]["trace"]["op"]) for t in transactions[:2]] == [
        ("/share/<number>", "http.server")
    ] * 2
    statuses = [t["contexts"]["response"]["status_code"] for t in transactions]
    assert statuses == [200, 500, 404]
    [error] = errors
    assert error["exception"]["values"][-1]["type"] == "ZeroDivisionError"
    assert error["transaction"] == transactions[0]["transaction"]


def test_sentry_has_what_a_service_that_streams_does(tmp_path):
    name = program(tmp_path, "with_sentry_streaming.py")
    with (
        sentry() as (dsn, items),
        LambdaProcess(tmp_path, f"{name}.handler", loop=True, SENTRY_DSN=dsn) as process,
    ):
        streamed = {"resource": "/share/{number}"}
        assert process.call(share(4) | streamed)["body"] == "25.0"
        assert process.call(share(0) | streamed)["statusCode"] == 500
        # It has sent what there is at its handler's end.
        assert process.call(NOWHERE)["statusCode"] == 404
        transactions, [error] = eventually(lambda: told(items, 2, 1), lambda: str(items))
    assert [item["transaction"] for item in transactions[:2]] == ["/share/<number>"] * 2
    assert error["exception"]["values"][-1]["type"] == "ZeroDivisionError"


def servers(folder):
    return [span for span in spans_in(folder) if span["kind"] == "SpanKind.SERVER"]


@pytest.mark.parametrize("loop", [False, True], ids=["client", "loop"])
def test_opentelemetrys_flask_has_one_span_a_request(tmp_path, loop):
    name = program(tmp_path, "with_otel_flask.py", SDK)
    with LambdaProcess(tmp_path, f"{name}.handler", loop=loop) as process:
        answers(process)
        good, failed, unknown = servers(tmp_path)
        assert len(spans_in(tmp_path)) == 3
    assert good["name"] == failed["name"] == "GET /share/<number>"
    assert unknown["name"] == "GET /nowhere"
    assert [
        s["attributes"].get("http.status_code") or s["attributes"]["http.response.status_code"]
        for s in (good, failed, unknown)
    ] == [200, 500, 404]
    assert failed["status"]["status_code"] == "ERROR"


def test_opentelemetrys_lambda_has_one_span_a_request_with_the_routes_own_names(tmp_path):
    name = program(tmp_path, "with_otel_lambda.py", SDK)
    with LambdaProcess(tmp_path, f"{name}.app") as process:
        answers(process)
        good, failed, unknown = servers(tmp_path)
        assert len(spans_in(tmp_path)) == 3
    assert good["name"] == failed["name"] == "GET /share/{number}"
    assert good["attributes"]["http.route"] == "/share/{number}"
    assert [s["attributes"]["http.response.status_code"] for s in (good, failed, unknown)] == [
        *(200, 500, 404),
    ]
    assert failed["events"][0]["attributes"]["exception.type"] == "ZeroDivisionError"


def test_datadog_has_one_trace_a_request(tmp_path):
    name = program(tmp_path, "with_ddtrace.py")
    quiet = {
        "DD_INSTRUMENTATION_TELEMETRY_ENABLED": "false",
        "DD_REMOTE_CONFIGURATION_ENABLED": "0",
    }
    with LambdaProcess(tmp_path, f"{name}.app", **quiet) as process:
        answers(process)
        traces = [
            trace
            for line in re.findall(r'\{"traces".*', process.printed())
            for trace in json.loads(line)["traces"]
        ]
    roots = [span for trace in traces for span in trace if span["name"] == "flask.request"]
    assert [span["resource"] for span in roots[:2]] == ["GET /share/<number>"] * 2
    assert [span["meta"]["http.status_code"] for span in roots] == ["200", "500", "404"]
    assert roots[1]["error"] == 1
    assert any("ZeroDivisionError" in span["meta"].get("error.type", "") for span in traces[1])


@contextmanager
def daemon():
    """A socket that takes what X-Ray's daemon would."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taking:
        taking.bind(("127.0.0.1", 0))
        taking.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        taking.setblocking(False)

        def segments():
            found = []
            while True:
                try:
                    found.append(json.loads(taking.recv(1 << 16).partition(b"\n")[2]))
                except BlockingIOError:
                    return found

        yield f"127.0.0.1:{taking.getsockname()[1]}", segments


@pytest.mark.parametrize("loop", [False, True], ids=["client", "loop"])
def test_powertools_logs_traces_and_measures_a_service(tmp_path, loop):
    name = program(tmp_path, "with_powertools.py")
    with (
        daemon() as (address, segments),
        LambdaProcess(
            tmp_path, f"{name}.handler", loop=loop, AWS_XRAY_DAEMON_ADDRESS=address
        ) as process,
    ):
        answers(process)
        printed = process.printed()
        told = segments()
        ids = process.ids
    records = [json.loads(found) for found in re.findall(r'\{"level".*', printed)]
    shared = [record for record in records if record["message"] == "shared"]
    assert [record["number"] for record in shared] == [4, 0]
    assert [record["function_request_id"] for record in shared] == ids[:2]
    assert shared[0]["correlation_id"] == share(4)["requestContext"]["requestId"]
    metrics = [json.loads(found) for found in re.findall(r'\{"_aws".*', printed)]
    assert [line["Shares"] for line in metrics] == [[1.0], [1.0]]
    handled = [segment for segment in told if segment["name"].startswith("## ")]
    assert len(handled) == 3


@pytest.mark.parametrize("title", ["with_powertools.py", "with_otel_flask.py"])
def test_the_entries_of_a_decorated_service_are_read(tmp_path, title):
    name = program(tmp_path, title)
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "coworks_runtime.entry_map",
            f"{name}:handler",
            "--project-dir",
            ".",
        ],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert [found["endpoint"] for found in json.loads(done.stdout)] == ["get_share"]


@pytest.mark.parametrize("loop", [False, True], ids=["client", "loop"])
def test_xrays_middleware_has_one_subsegment_a_request(tmp_path, loop):
    name = program(tmp_path, "with_xray_middleware.py")
    with (
        daemon() as (address, segments),
        LambdaProcess(
            tmp_path, f"{name}.app", loop=loop, AWS_XRAY_DAEMON_ADDRESS=address
        ) as process,
    ):
        answers(process)
        told = segments()
    assert [segment["http"]["response"]["status"] for segment in told] == [200, 500, 404]
    assert [segment["http"]["request"]["method"] for segment in told] == ["GET"] * 3
    assert told[1]["cause"]["exceptions"][0]["type"] == "ZeroDivisionError"
