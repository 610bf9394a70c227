"""OTel in Lambda's own runtime client and on a local server, its spans taken by an exporter."""

import json
import subprocess
import sys

import pytest

from coworks_runtime import TechMicroService
from tests.event_corpus import corpus_event
from tests.lambda_process import ARN, ROOT, TRACE, LambdaProcess
from tests.runtime.conftest import rest_event

SDK = """
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult


class ToFile(SpanExporter):
    def export(self, spans):
        with open("spans", "a") as file:
            file.writelines(span.to_json(indent=None) + "\\n" for span in spans)
        return SpanExportResult.SUCCESS


provider = TracerProvider()
# It would send after five seconds: what is there sooner was flushed.
provider.add_span_processor(BatchSpanProcessor(ToFile()))
trace.set_tracer_provider(provider)
"""

SERVICE = """
from coworks_runtime import TechMicroService, entry, on_event
from coworks_runtime.extension.otel import OTel
from opentelemetry import trace


class Orders(TechMicroService):
    def token_authorizer(self, token):
        return token == "planted-token"

    @entry(no_auth=True)
    def get(self, **values):
        with trace.get_tracer("mine").start_as_current_span("lookup"):
            return "fine"

    @entry(no_auth=True)
    async def get_order(self, number: str):
        with trace.get_tracer("mine").start_as_current_span("in a coroutine"):
            return number

    @entry
    def post_closed(self, value=None):
        return {"value": value}

    @entry(no_auth=True)
    def get_broken(self):
        raise ValueError("it broke")

    @entry(no_auth=True, stream=True)
    def get_pieces(self):
        for piece in "ab":
            trace.get_tracer("mine").start_span("piece").end()
            yield piece

    @on_event("aws:sqs")
    def take(self, event, context):
        return None

    @on_event("aws:s3")
    def fail(self, event, context):
        raise KeyError("no such object")


app = Orders(name="orders")
OTel(app)
"""

TRACE_ID = "5bdb40ca556d8b0c50dc66f0511bf520"
W3C = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


class Bare:
    registered_routes = ()


def event(method, path, body=b"", resource=None, **headers):
    made = rest_event(Bare(), method, path, body, list(headers.items()))
    made["resource"] = resource or path.partition("?")[0]
    if resource:
        made["pathParameters"] = {"p1": path.rpartition("/")[2]}
    return made


def spans_in(folder):
    return [json.loads(line) for line in (folder / "spans").read_text().splitlines()]


@pytest.fixture(scope="module", params=["short", "wsgi"])
def spans(request, tmp_path_factory):
    """The spans of each call; each is there when its answer is."""
    folder = tmp_path_factory.mktemp("otel")
    wsgi = "\nwsgi = app.wsgi_app\napp.wsgi_app = wsgi\n" if request.param == "wsgi" else ""
    (folder / "orders.py").write_text(SDK + SERVICE + wsgi)
    url = corpus_event("function_url_get").event | {"rawPath": "/", "headers": {}}
    url["requestContext"]["http"] |= {"method": "GET", "path": "/"}
    calls = {
        "first": event("GET", "/"),
        "w3c": event("GET", "/?q=planted-query", traceparent=W3C, tracestate="a=b"),
        "xray": event(
            "GET",
            "/",
            **{"X-Amzn-Trace-Id": "Root=1-aaaaaaaa-bbbbbbbbbbbbbbbbbbbbbbbb;Parent=" + "c" * 16},
        ),
        "unsampled": event("GET", "/", traceparent=W3C.removesuffix("1") + "0"),
        "passive": event("GET", "/"),
        "order": event("GET", "/order/planted7", resource="/order/{p1}"),
        "closed": event("POST", "/closed", b'{"value":"planted"}', Authorization="planted-token"),
        "refused": event("POST", "/closed", Authorization="no"),
        "broken": event("GET", "/broken"),
        "nowhere": event("GET", "/nowhere"),
        "url": url,
        "take": {"Records": [{"eventSource": "aws:sqs", "body": "planted-body"}]},
        "fail": {"Records": [{"eventSource": "aws:s3"}]},
        "authorizer": {
            "type": "TOKEN",
            "authorizationToken": "planted-token",
            "methodArn": "arn:aws:execute-api:eu-west-1:123456789012:a1/dev/GET/",
        },
    }
    found, seen = {}, 0
    with LambdaProcess(folder, "orders.app", CWS_STAGE="v1") as process:
        for name, made in calls.items():
            passive = TRACE.replace("Sampled=1", "Sampled=0")
            process.call(made, passive if name == "passive" else TRACE)
            told = spans_in(folder)
            found[name], seen = told[seen:], len(told)
        found["ids"] = dict(zip(calls, process.ids, strict=True))
    for secret in ("planted-token", "planted-query", "planted-body", "authorization"):
        assert secret not in (folder / "spans").read_text().lower()
    return found


def server(spans, name):
    [span] = [span for span in spans[name] if span["kind"] == "SpanKind.SERVER"]
    return span


NAMES = {
    "first": ("GET /", "get", 200),
    "w3c": ("GET /", "get", 200),
    "order": ("GET /order/{number}", "get_order", 200),
    "closed": ("POST /closed", "post_closed", 200),
    "refused": ("POST /closed", "post_closed", 403),
    "broken": ("GET /broken", "get_broken", 500),
    "nowhere": ("GET", None, 404),
    "url": ("GET /", "get", 200),
}


@pytest.mark.parametrize("name", NAMES)
def test_a_request_is_one_span_with_the_conventions_names(spans, name):
    span, (told, entry_name, status) = server(spans, name), NAMES[name]
    method, _, route = told.partition(" ")
    given = span["attributes"]
    assert span["name"] == told
    assert given["http.request.method"] == method
    assert given.get("http.route") == (route or None)
    assert given["http.response.status_code"] == status
    assert given.get("coworks.entry") == entry_name
    assert (given["coworks.service"], given["coworks.stage"]) == ("orders", "v1")
    assert (given["url.scheme"], given["faas.trigger"]) == ("https", "http")
    assert given["url.path"].startswith("/")
    assert given["faas.invocation_id"] == spans["ids"][name]
    assert given["faas.coldstart"] is (name == "first")
    assert given["cloud.resource_id"] == ARN
    expected = "ERROR" if status == 500 else "UNSET"
    assert span["status"]["status_code"] == expected


def test_the_parent_is_what_the_caller_says_else_what_lambda_says(spans):
    told = {name: server(spans, name) for name in ("first", "w3c", "xray")}
    assert told["first"]["context"]["trace_id"] == f"0x{TRACE_ID}"
    assert told["first"]["parent_id"] == "0x53995c3f42cd8ad8"
    assert told["w3c"]["context"]["trace_id"] == "0x" + W3C.split("-")[1]
    assert told["w3c"]["parent_id"] == "0x" + W3C.split("-")[2]
    assert told["xray"]["context"]["trace_id"] == "0x" + "a" * 8 + "b" * 24
    assert told["xray"]["parent_id"] == "0x" + "c" * 16
    assert spans["unsampled"] == []
    # Nobody has asked X-Ray: Lambda's own trace is none to hang below.
    assert server(spans, "passive")["parent_id"] is None


def test_what_the_service_begins_hangs_below_the_request(spans):
    for name, own in (("first", "lookup"), ("order", "in a coroutine")):
        below = next(span for span in spans[name] if span["name"] == own)
        assert below["parent_id"] == server(spans, name)["context"]["span_id"]


def test_an_exception_is_an_event_of_the_span(spans):
    span = server(spans, "broken")
    [told] = span["events"]
    assert told["name"] == "exception"
    assert told["attributes"]["exception.type"] == "ValueError"
    assert told["attributes"]["exception.message"] == "it broke"
    assert "get_broken" in told["attributes"]["exception.stacktrace"]
    assert span["attributes"]["error.type"] == "ValueError"
    assert server(spans, "refused")["events"] == []


def test_an_event_is_a_span_named_after_the_method_that_takes_it(spans):
    take, fail = server(spans, "take"), server(spans, "fail")
    assert (take["name"], take["status"]["status_code"]) == ("take", "UNSET")
    assert take["attributes"]["faas.trigger"] == "pubsub"
    assert (fail["name"], fail["status"]["status_code"]) == ("fail", "ERROR")
    assert fail["events"][0]["attributes"]["exception.type"] == "KeyError"
    assert spans["authorizer"] == []


BEFORE = """
from opentelemetry.instrumentation.aws_lambda import AwsLambdaInstrumentor
import sys, types
AwsLambdaInstrumentor().instrument(skip_dep_check=True)
from orders import app
handler = app
"""


@pytest.fixture(scope="module", params=[False, True], ids=["client", "loop"])
def below_a_layer(request, tmp_path_factory):
    """The spans of each call: a layer of OpenTelemetry wraps the handler, and starts it."""
    folder = tmp_path_factory.mktemp("layer")
    (folder / "orders.py").write_text(SDK + SERVICE)
    (folder / "otel_wrapper.py").write_text(BEFORE)
    calls = {
        "first": event("GET", "/?q=planted-query"),
        "broken": event("GET", "/broken"),
        "pieces": event("GET", "/pieces"),
        "fail": {"Records": [{"eventSource": "aws:s3"}]},
    }
    found, seen = {}, 0
    with LambdaProcess(
        folder, "otel_wrapper.handler", loop=request.param, ORIG_HANDLER="orders.app"
    ) as process:
        for name, made in calls.items():
            found[name, "answer"] = process.call(made)
            told = spans_in(folder)
            found[name], seen = told[seen:], len(told)
    assert "planted" not in (folder / "spans").read_text()
    return found


def test_where_a_layer_has_begun_a_span_that_one_tells_it_all(below_a_layer):
    first, broken = server(below_a_layer, "first"), server(below_a_layer, "broken")
    assert (first["name"], broken["name"]) == ("GET /", "GET /broken")
    assert first["attributes"]["http.route"] == "/"
    assert broken["attributes"]["http.response.status_code"] == 500
    for span in broken, server(below_a_layer, "fail"):
        [told] = span["events"]
        assert told["name"] == "exception"
    assert broken["events"][0]["attributes"]["exception.type"] == "ValueError"


def test_a_layers_span_lasts_until_the_last_piece(below_a_layer):
    assert below_a_layer["pieces", "answer"]["body"] == "ab"
    span = server(below_a_layer, "pieces")
    assert (span["name"], span["attributes"]["http.response.status_code"]) == ("GET /pieces", 200)
    pieces = [span for span in below_a_layer["pieces"] if span["name"] == "piece"]
    assert [piece["parent_id"] for piece in pieces] == [span["context"]["span_id"]] * 2
    assert span["end_time"] >= pieces[-1]["end_time"]


SETTINGS = {
    "switched off": (SDK + SERVICE, {"OTEL_SDK_DISABLED": "true"}, 0),
    "set up after it": (SERVICE + SDK, {}, 1),
    "with nobody who samples": (SDK + SERVICE, {"OTEL_TRACES_SAMPLER": "always_off"}, 0),
}


@pytest.mark.parametrize("setting", SETTINGS)
def test_the_set_up_is_the_users(tmp_path, setting):
    code, environment, count = SETTINGS[setting]
    (tmp_path / "orders.py").write_text(code)
    (tmp_path / "spans").touch()
    with LambdaProcess(tmp_path, "orders.app", **environment) as process:
        assert process.call(event("GET", "/order/7", resource="/order/{p1}"))["statusCode"] == 200
        assert process.printed() == ""
    found = spans_in(tmp_path)
    assert [span["name"] for span in found if span["kind"] == "SpanKind.SERVER"] == [
        "GET /order/{number}"
    ] * count


ABSENT = """
import sys
sys.modules["opentelemetry"] = None
from coworks_runtime import TechMicroService
import coworks_runtime.extension.otel
"""


def test_without_the_package_the_error_says_what_to_install():
    done = subprocess.run(
        [sys.executable, "-c", ABSENT], cwd=ROOT, capture_output=True, text=True, check=False
    )
    last = done.stderr.strip().splitlines()[-1]
    assert last == (
        "ImportError: OTel needs the package opentelemetry-api, which isn't installed: pip install "
        "opentelemetry-api (on Lambda a layer of OpenTelemetry brings it)"
    )


def test_without_an_sdk_nothing_is_traced_and_all_is_answered(tmp_path):
    (tmp_path / "orders.py").write_text(SERVICE)
    with LambdaProcess(tmp_path, "orders.app") as process:
        assert process.call(event("GET", "/"))["statusCode"] == 200
        assert process.call(event("GET", "/broken"))["statusCode"] == 500
        lines = process.printed().splitlines()
    assert lines[0].startswith("[ERROR]")  # the service's own, of its exception


LOCAL = """
import orders
client = orders.app.test_client()
assert client.get("/order/7", headers={"traceparent": "%s"}).text == "7"
with client.get("/broken") as answer:
    assert answer.status_code == 500
orders.provider.force_flush()
"""


def test_a_local_server_has_the_same_spans(tmp_path):
    (tmp_path / "orders.py").write_text(SDK + SERVICE)
    done = subprocess.run(
        [sys.executable, "-c", LOCAL % W3C],
        cwd=tmp_path,
        env={"PYTHONPATH": f"{tmp_path}:{ROOT}", "PATH": ""},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    order, broken = (s for s in spans_in(tmp_path) if s["kind"] == "SpanKind.SERVER")
    assert (order["name"], order["attributes"]["http.response.status_code"]) == (
        "GET /order/{number}",
        200,
    )
    assert order["context"]["trace_id"] == "0x" + W3C.split("-")[1]
    assert "faas.trigger" not in order["attributes"]
    assert broken["events"][0]["attributes"]["exception.type"] == "ValueError"


def test_nothing_of_it_is_imported_where_it_is_not_registered():
    code = "import sys, coworks_runtime; print({m for m in sys.modules if 'opentelemetry' in m})"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "set()\n"


def test_it_takes_a_service_only():
    from coworks_runtime.extension.otel import OTel

    with pytest.raises(TypeError, match="OTel takes a TechMicroService, got an object of type int"):
        OTel(5)
    OTel(TechMicroService())
