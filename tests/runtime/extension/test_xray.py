"""XRay on a real Lambda runtime client, its segments received as the X-Ray daemon would."""

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

SERVICE = """
from coworks_runtime.extension.xray import XRay
import asyncio
from aws_xray_sdk.core import xray_recorder
from coworks_runtime import Blueprint, TechMicroService, entry, on_event


class Below(Blueprint):
    @entry(no_auth=True)
    def get_x(self, id):
        return f"below {id}"


@XRay.capture(xray_recorder)
def lookup(secret):
    return inner(secret)


@XRay.capture(xray_recorder)
def inner(secret):
    return len(secret)


@XRay.capture(xray_recorder)
async def later(value):
    return value


class Traced(TechMicroService):
    def token_authorizer(self, token):
        return token == "open-sesame-token"

    @entry(no_auth=True)
    def get(self, q=None):
        lookup("a-secret-argument")
        return "fine"

    @entry(no_auth=True)
    def get_plain(self):
        return str(lookup("four")) + asyncio.run(later("!"))

    @entry
    def post_closed(self, value=None):
        return {"value": value}

    @entry(no_auth=True)
    def get_broken(self):
        raise ValueError("it broke")

    @entry(no_auth=True)
    def get_throttled(self):
        return "", 429

    @on_event("aws:sqs")
    def take(self, event, context):
        lookup("a-secret-argument")

    @on_event("aws:s3")
    def take_file(self, event, context):
        raise ValueError("a file broke")

    @entry(no_auth=True)
    def get_forgetful(self):
        xray_recorder.begin_subsegment("left open")
        return "fine"

    @XRay.capture(xray_recorder)
    @entry(no_auth=True)
    def get_above(self, value: int):
        return str(value + 1)

    @entry(no_auth=True)
    @XRay.capture(xray_recorder)
    def get_beneath(self, value: int):
        return str(value + 1)

    @entry(no_auth=True)
    def get_greedy(self):
        xray_recorder.end_subsegment()
        return "fine"


app = Traced(name="traced-microservice")
app.register_blueprint(Below(), url_prefix="/below")
XRay(app, xray_recorder)
"""

ROOT = "1-5bdb40ca-556d8b0c50dc66f0511bf520"
TRACE = "Root={root};Parent={parent};Sampled={sampled};Lineage=1:a:0"


@dataclass
class Invocation:
    event: dict[str, Any]
    trace: str = TRACE.format(root=ROOT, parent="53995c3f42cd8ad8", sampled=1)


def request_event(
    method: str, path: str, query: str = "", headers: dict[str, str] | None = None, body: str = ""
) -> dict[str, Any]:
    """The event of a Function URL."""
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query,
        "headers": {"host": "abc.lambda-url.eu-west-1.on.aws", **(headers or {})},
        "requestContext": {
            "accountId": "123456789012",
            "domainName": "abc.lambda-url.eu-west-1.on.aws",
            "http": {
                "method": method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "127.0.0.1",
            },
            "requestId": "id",
            "routeKey": "$default",
            "stage": "$default",
        },
        "body": body or None,
        "isBase64Encoded": False,
    }


class RuntimeApi(ThreadingHTTPServer):
    """Lambda's Runtime API: gives invocations one after the other, and takes the answers."""

    daemon_threads = True

    def __init__(self, invocations: list[Invocation]) -> None:
        super().__init__(("127.0.0.1", 0), RuntimeApiHandler)
        self.waiting = list(invocations)
        self.answers: list[dict[str, Any]] = []


class RuntimeApiHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True
    server: RuntimeApi

    def do_GET(self) -> None:
        if not self.server.waiting:
            # No more: the client gives up, and its process ends.
            self._send(500, b"{}")
            return
        invocation = self.server.waiting.pop(0)
        headers = {
            "Lambda-Runtime-Aws-Request-Id": f"request-{len(self.server.answers)}",
            "Lambda-Runtime-Deadline-Ms": "9999999999999",
            "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:eu-west-1:123456789012:function:f",
        }
        if invocation.trace:
            headers["Lambda-Runtime-Trace-Id"] = invocation.trace
        self._send(200, json.dumps(invocation.event).encode(), headers)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.answers.append(json.loads(body))
        self._send(202, b"{}")

    def _send(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        # The client reads them all, and ends abruptly without Content-Type.
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        pass


@dataclass
class Run:
    answers: list[dict[str, Any]]
    segments: list[dict[str, Any]]
    sent: str
    output: str

    def named(self, name: str) -> dict[str, Any]:
        [segment] = [segment for segment in self.segments if segment["name"] == name]
        return segment


def run_on_lambda(folder: Path, invocations: list[Invocation], **environment: str) -> Run:
    """Run the service in Lambda's own runtime client and collect what the daemon gets."""
    (folder / "traced.py").write_text(SERVICE)
    server = RuntimeApi(invocations)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as daemon:
        daemon.bind(("127.0.0.1", 0))
        daemon.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        try:
            finished = subprocess.run(
                [sys.executable, "-m", "awslambdaric", "traced.app"],
                cwd=folder,
                env={
                    **{n: v for n, v in os.environ.items() if not n.startswith(("AWS_", "CWS_"))},
                    "AWS_LAMBDA_FUNCTION_NAME": "traced",
                    "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
                    "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{server.server_port}",
                    "AWS_XRAY_DAEMON_ADDRESS": f"127.0.0.1:{daemon.getsockname()[1]}",
                    "CWS_STAGE": "prod",
                    "LAMBDA_TASK_ROOT": str(folder),
                    "PYTHONPATH": os.pathsep.join([str(folder), str(Path.cwd())]),
                    **environment,
                },
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )
        finally:
            server.shutdown()
            server.server_close()
            thread.join()
        datagrams = list(_received(daemon))
    sent = "\n".join(datagrams)
    segments = [json.loads(datagram.partition("\n")[2]) for datagram in datagrams]
    return Run(server.answers, segments, sent, finished.stdout + finished.stderr)


def _received(daemon: socket.socket) -> Iterator[str]:
    daemon.setblocking(False)
    while True:
        try:
            yield daemon.recv(1 << 16).decode()
        except BlockingIOError:
            return


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Several invocations of one process, each traced."""
    secret_headers = {"authorization": "open-sesame-token", "x-secret": "a-secret-header"}
    json_headers = {"content-type": "application/json"}
    other_parent = TRACE.format(root=ROOT, parent="aaaaaaaaaaaaaaaa", sampled=1)
    return run_on_lambda(
        tmp_path_factory.mktemp("xray"),
        [
            Invocation(request_event("GET", "/", "q=a-secret-query", secret_headers)),
            Invocation(
                request_event(
                    "POST",
                    "/closed",
                    headers={**secret_headers, **json_headers},
                    body='{"value": "a-secret-body"}',
                ),
                other_parent,
            ),
            Invocation(request_event("POST", "/closed", headers={"authorization": "no"})),
            Invocation(request_event("GET", "/broken")),
            Invocation(request_event("GET", "/below/x/1")),
            Invocation(request_event("GET", "/nowhere")),
            Invocation(request_event("GET", "/forgetful")),
            Invocation(request_event("GET", "/greedy")),
            Invocation(request_event("GET", "/plain")),
            Invocation(request_event("GET", "/above/1")),
            Invocation(request_event("GET", "/beneath/1")),
            Invocation(request_event("GET", "/throttled")),
            Invocation({"Records": [{"eventSource": "aws:sqs", "body": "a-secret-body"}]}),
            Invocation({"Records": [{"eventSource": "aws:s3"}]}),
        ],
    )


def test_every_invocation_is_answered(run: Run) -> None:
    *requests, taken, failed = run.answers
    statuses = [answer.get("statusCode") for answer in requests]
    assert statuses == [200, 200, 403, 500, 200, 404, *[200] * 5, 429], run.output
    assert taken is None
    assert failed["errorMessage"] == "a file broke"


def test_a_request_is_a_subsegment_named_after_its_entry(run: Run) -> None:
    segment = run.named("get")
    assert segment["type"] == "subsegment"
    assert segment["trace_id"] == ROOT
    assert segment["parent_id"] == "53995c3f42cd8ad8"
    assert segment["annotations"] == {
        "service": "traced-microservice",
        "stage": "prod",
        "entry": "get",
    }
    assert segment["http"]["request"]["method"] == "GET"
    assert segment["http"]["request"]["url"] == "https://abc.lambda-url.eu-west-1.on.aws/"
    assert segment["http"]["response"] == {"status": 200}
    assert segment["end_time"] >= segment["start_time"]
    assert not segment["in_progress"]
    assert not {"fault", "error", "cause"} & segment.keys()


def test_what_the_request_calls_hangs_below_it(run: Run) -> None:
    lookup, *_, of_event = [segment for segment in run.segments if segment["name"] == "lookup"]
    inner, *_ = [segment for segment in run.segments if segment["name"] == "inner"]
    assert lookup["parent_id"] == run.named("get")["id"]
    assert inner["parent_id"] == lookup["id"]
    assert of_event["parent_id"] == run.named("take")["id"]


def test_an_event_is_a_subsegment_named_after_its_method(run: Run) -> None:
    segment = run.named("take")
    assert segment["annotations"] == {
        "service": "traced-microservice",
        "stage": "prod",
        "entry": "take",
    }
    assert not {"fault", "error", "cause", "http"} & segment.keys()
    failed = run.named("take_file")
    assert failed["fault"] is True
    assert failed["cause"]["exceptions"][0]["message"] == "a file broke"
    assert run.named("later")["parent_id"] == run.named("get_plain")["id"]


def test_an_entry_can_be_captured_too(run: Run) -> None:
    assert [answer["body"] for answer in run.answers[9:11]] == ["2", "2"]
    for name in ("get_above", "get_beneath"):
        captured, request = [segment for segment in run.segments if segment["name"] == name]
        assert captured["parent_id"] == request["id"]


def test_nothing_of_bodies_tokens_and_headers_is_sent(run: Run) -> None:
    assert run.sent
    for secret in ("a-secret", "open-sesame", "authorization", "x-secret"):
        assert secret not in run.sent


def test_another_call_in_the_same_trace_hangs_below_its_own_invocation(run: Run) -> None:
    parents = {s["parent_id"] for s in run.segments if s["name"] == "post_closed"}
    assert parents == {"aaaaaaaaaaaaaaaa", "53995c3f42cd8ad8"}


def test_a_refused_request_is_an_error(run: Run) -> None:
    refused = [s for s in run.segments if s["name"] == "post_closed" and s.get("error")]
    assert [s["http"]["response"]["status"] for s in refused] == [403]


def test_a_request_that_came_too_soon_is_throttled(run: Run) -> None:
    throttled = run.named("get_throttled")
    assert throttled["throttle"] is throttled["error"] is True
    assert "fault" not in throttled


def test_an_exception_is_a_fault_with_its_stack(run: Run) -> None:
    segment = run.named("get_broken")
    assert segment["fault"] is True
    assert segment["http"]["response"]["status"] == 500
    [exception] = segment["cause"]["exceptions"]
    assert exception["type"] == "ValueError"
    assert exception["message"] == "it broke"
    assert exception["stack"][-1]["label"] == "get_broken"


def test_an_entry_of_a_blueprint_has_its_name(run: Run) -> None:
    assert run.named("below.get_x")["annotations"]["entry"] == "below.get_x"


def test_a_path_without_entry(run: Run) -> None:
    segment = run.named("no entry")
    assert segment["error"] is True
    assert segment["http"]["response"]["status"] == 404


def test_what_a_service_leaves_open_ends_with_the_request(run: Run) -> None:
    assert run.named("left open")["parent_id"] == run.named("get_forgetful")["id"]


def test_a_service_that_ends_too_much_is_answered(run: Run) -> None:
    assert run.named("get_greedy")["annotations"]["entry"] == "get_greedy"


@pytest.mark.parametrize(
    ("trace", "environment"),
    [
        (TRACE.format(root=ROOT, parent="53995c3f42cd8ad8", sampled=0), {}),
        ("", {}),
        (
            TRACE.format(root=ROOT, parent="53995c3f42cd8ad8", sampled=1),
            {"AWS_XRAY_SDK_ENABLED": "false"},
        ),
    ],
)
def test_without_tracing_nothing_is_sent_and_nothing_warned_of(
    tmp_path: Path, trace: str, environment: dict[str, str]
) -> None:
    plain = Invocation(request_event("GET", "/plain"), trace)
    forgetful = Invocation(request_event("GET", "/forgetful"), trace)
    several = [plain, forgetful] if environment else [plain, plain]
    run = run_on_lambda(tmp_path, several, **environment)
    assert [answer["body"] for answer in run.answers] in (["4!", "4!"], ["4!", "fine"]), run.output
    assert not run.segments
    for word in ("WARN", "segment"):
        assert word not in run.output


def test_failures_without_a_subsegment(tmp_path: Path) -> None:
    not_sampled = TRACE.format(root=ROOT, parent="53995c3f42cd8ad8", sampled=0)
    broken = request_event("GET", "/broken")
    run = run_on_lambda(tmp_path, [Invocation(broken, not_sampled)])
    assert [answer["statusCode"] for answer in run.answers] == [500], run.output


def test_a_recorder_that_keeps_no_segment_is_no_failure(tmp_path: Path) -> None:
    run = run_on_lambda(
        tmp_path, [Invocation(request_event("GET", "/below/x/1"))], LAMBDA_TASK_ROOT=""
    )
    assert [answer["statusCode"] for answer in run.answers] == [200], run.output
    assert not run.segments


LOCAL = """
import logging, sys
logging.basicConfig(level=logging.DEBUG)
from coworks_runtime.extension.xray import XRay
assert "aws_xray_sdk.core" not in sys.modules
from aws_xray_sdk.core import xray_recorder
from coworks_runtime import TechMicroService, entry

def plain():
    return "fine"

captured = XRay.capture(xray_recorder)(plain)
SAME

class Local(TechMicroService):
    @entry(no_auth=True)
    def get(self):
        with xray_recorder.in_subsegment("own"):
            xray_recorder.put_annotation("key", "value")
            return captured()

app = Local()
before = (dict(app.before_request_funcs), dict(app.after_request_funcs))
XRay(app, xray_recorder)
assert before == (app.before_request_funcs, app.after_request_funcs)
assert app.test_client().get("/").text == "fine"
"""


def run_locally(source: str, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {n: v for n, v in os.environ.items() if not n.startswith(("AWS_", "LAMBDA_", "CWS_"))}
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", source],
        env={**kept, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_locally_it_registers_nothing_and_says_nothing() -> None:
    finished = run_locally(LOCAL.replace("SAME", "assert captured is plain"))
    assert finished.returncode == 0, finished.stderr
    assert "segment" not in finished.stderr


def test_the_sdk_stays_on_locally_where_its_own_variable_says_so() -> None:
    source = LOCAL.replace("SAME", "")
    finished = run_locally(source, AWS_XRAY_SDK_ENABLED="true")
    assert finished.returncode == 0, finished.stderr
    assert "cannot find the current segment" in finished.stderr


def test_without_the_sdk_the_error_says_what_to_install() -> None:
    finished = run_locally(
        "import sys; sys.modules['aws_xray_sdk'] = None\n"
        "from coworks_runtime.extension.xray import XRay"
    )
    assert finished.returncode == 1
    last = finished.stderr.splitlines()[-1]
    assert last.startswith("ImportError: ")
    assert "pip install aws-xray-sdk" in last
