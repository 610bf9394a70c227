"""What a span of OTel says, and when: at its beginning what samplers ask for."""

import subprocess
import sys

import pytest
from opentelemetry import trace
from opentelemetry.trace import StatusCode

from coworks_runtime import TechMicroService, entry, on_event
from coworks_runtime.extension import otel
from coworks_runtime.extension.otel import OTel
from coworks_runtime.on_lambda import handler
from coworks_runtime.on_lambda.stream_way import answer_in_pieces
from tests.lambda_process import ROOT
from tests.runtime.conftest import rest_event

ARN = "arn:aws:lambda:eu-west-1:123456789012:function:f"


class Context:
    aws_request_id = "planted-id"
    invoked_function_arn = f"{ARN}:live"

    def __init__(self, left=5_000):
        self._left = left

    def get_remaining_time_in_millis(self):
        return self._left


class Shop(TechMicroService):
    def token_authorizer(self, token):
        if token == "broken":
            raise ValueError("it broke")
        return token == "planted-token"

    @entry
    def get_closed(self):
        return "fine"

    @entry(no_auth=True)
    def get(self):
        return "fine"

    @entry(no_auth=True)
    def get_broken(self):
        raise ValueError("it broke")

    @entry(no_auth=True)
    def get_status(self, code: int):
        return "", code

    @entry(no_auth=True, stream=True)
    def get_pieces(self):
        with trace.get_tracer("mine").start_as_current_span("long"):
            for piece in "abc":
                trace.get_tracer("mine").start_span("piece").end()
                yield piece
        trace.get_tracer("mine").start_span("last").end()

    @entry(no_auth=True, stream=True)
    def get_cut(self):
        yield "a"
        yield "b"
        raise ValueError("it broke off")

    @on_event(when=lambda event: "Records" in event or "source" in event)
    def take(self, event, context):
        if "broken" in str(event):
            raise ValueError("it broke")


@pytest.fixture
def app(spans):
    app = Shop(name="shop")
    OTel(app)
    return app


def layer_span(**attributes):
    return trace.get_tracer("layer").start_as_current_span(
        "theirs", kind=trace.SpanKind.SERVER, attributes=attributes
    )


def test_samplers_know_what_the_conventions_ask_for(app, spans):
    event = rest_event(app, "GET", "/?q=planted", headers=[("Host", "shop.test:8443")])
    event["multiValueHeaders"]["Host"] = ["shop.test:8443"]
    app(event, Context())
    [known] = spans.begun
    assert known.pop("faas.coldstart") in {True, False}
    assert known == {
        "coworks.service": "shop",
        "coworks.stage": "dev",
        "http.request.method": "GET",
        "url.path": "/",
        "url.scheme": "https",
        "server.address": "shop.test",
        "server.port": 8443,
        "faas.trigger": "http",
        "faas.invocation_id": "planted-id",
        "cloud.provider": "aws",
        "cloud.resource_id": ARN,
        "cloud.account.id": "123456789012",
    }
    [span] = spans()
    assert dict(span.attributes).items() >= known.items()


@pytest.mark.parametrize(
    ("host", "address", "port"),
    [
        ("shop.test", "shop.test", None),
        ("[::1]:5000", "::1", 5000),
        ("[::1]", "::1", None),
        ("user:planted@shop.test:80", "shop.test", 80),
        ("shop.test:planted", "shop.test", None),
        ("shop.test:" + "9" * 5000, "shop.test", None),
        ("", None, None),
        (":80", None, 80),
    ],
)
def test_a_host_is_an_address_and_a_port(app, spans, host, address, port):
    event = rest_event(app, "GET", "/")
    event["headers"]["Host"], event["multiValueHeaders"]["Host"] = host, [host]
    app(event, None)
    told = spans()[0].attributes
    assert (told.get("server.address"), told.get("server.port")) == (address, port)


@pytest.mark.parametrize(
    ("method", "path", "name", "route"),
    [
        ("GET", "/nowhere", "GET", None),
        ("POST", "/", "POST", None),
        ("PURGE", "/", "HTTP", None),
        ("HEAD", "/", "HEAD /", "/"),
    ],
)
def test_what_no_entry_answers_is_named_after_its_method(app, spans, method, path, name, route):
    app.test_client().open(path, method=method).close()
    [span] = spans()
    assert (span.name, span.attributes.get("http.route")) == (name, route)
    known = span.attributes["http.request.method"]
    assert known == ("_OTHER" if method == "PURGE" else method)
    original = span.attributes.get("http.request.method_original")
    assert original == ("PURGE" if method == "PURGE" else None)
    assert span.status.status_code is StatusCode.UNSET


KNOWN = """
from coworks_runtime.extension import span_attributes
from coworks_runtime.observing.call import Call
call = Call()
for call.event in ({"httpMethod": "PURGE"}, {"httpMethod": "GET"}):
    print(span_attributes.name_of(call))
"""


def test_the_methods_that_are_known_can_be_given():
    done = subprocess.run(
        [sys.executable, "-c", KNOWN],
        cwd=ROOT,
        env={"OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS": "PURGE", "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["PURGE", "HTTP"]


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [(200, "UNSET", None), (404, "UNSET", None), (429, "UNSET", None), (503, "ERROR", "503")],
)
def test_a_status_is_an_error_from_500_on(app, spans, status, code, kind):
    app(rest_event(app, "GET", f"/status/{status}"), None)
    [span] = spans()
    assert span.status.status_code.name == code
    assert span.status.description is None
    assert span.attributes.get("error.type") == kind
    assert span.attributes["http.response.status_code"] == status


@pytest.mark.parametrize(
    ("event", "trigger"),
    [
        ({"Records": [{"eventSource": "aws:sqs"}]}, "pubsub"),
        ({"Records": [{"EventSource": "aws:sns"}]}, "pubsub"),
        ({"Records": [{"eventSource": "aws:s3"}]}, "datasource"),
        ({"Records": [{"eventSource": "aws:dynamodb"}]}, "datasource"),
        ({"Records": []}, "other"),
        ({"source": "aws.events", "detail-type": "Scheduled Event"}, "timer"),
        ({"source": "shop", "detail-type": "Placed"}, "pubsub"),
    ],
)
def test_an_event_has_the_conventions_trigger(app, spans, event, trigger):
    app(event, Context())
    [span] = spans()
    assert span.attributes["faas.trigger"] == trigger
    assert "http.request.method" not in span.attributes
    assert span.kind is trace.SpanKind.SERVER


def test_a_service_that_is_traced_already_stays_as_it_is(app, spans):
    OTel(app)
    app(rest_event(app, "GET", "/broken"), None)
    [span] = spans()
    assert [event.name for event in span.events] == ["exception"]
    assert trace.get_current_span() is trace.INVALID_SPAN


def test_an_exception_is_recorded_once_by_who_has_it(app, spans):
    with pytest.raises(ValueError, match="it broke"), layer_span():
        app({"Records": [{"eventSource": "broken"}]}, None)
    with layer_span():
        app(rest_event(app, "GET", "/broken"), None)
    raised, answered = spans()
    for span in (raised, answered):
        assert [event.name for event in span.events] == ["exception"]
        assert span.attributes["error.type"] == "ValueError"
        assert span.status.status_code is StatusCode.ERROR


def test_an_authorizer_that_fails_is_an_exception_of_the_request(app, spans):
    for token, status in (("broken", 500), ("no", 403), ("planted-token", 200)):
        event = rest_event(app, "GET", "/closed", headers=[("Authorization", token)])
        assert app(event, None)["statusCode"] == status
        with app.test_client().get("/closed", headers={"Authorization": token}) as answer:
            assert answer.status_code == status
    failed, refused = spans()[:2], spans()[2:]
    for span in failed:
        assert span.attributes["error.type"] == "ValueError"
        assert [event.name for event in span.events] == ["exception"]
    for span in refused:
        assert "error.type" not in span.attributes
        assert span.events == ()
    assert "planted" not in "".join(span.to_json() for span in spans())


def test_queries_are_left_out_of_somebody_elses_span_too(app, spans):
    with layer_span(**{"http.target": "/?q=planted", "http.flavor": "1.1?"}):
        app(rest_event(app, "GET", "/?q=planted"), None)
    [span] = spans()
    assert span.attributes["http.target"] == "/"
    assert span.attributes["http.flavor"] == "1.1?"
    assert "planted" not in span.to_json()


def streamed(app, monkeypatch, path):
    """An answer in pieces, as the loop takes it from a handler in a layer's span or in none."""
    monkeypatch.setattr(handler.streaming, "answer", answer_in_pieces)
    return app(rest_event(app, "GET", path), Context())


@pytest.mark.parametrize("layer", [True, False])
def test_a_stream_is_one_span_until_its_last_piece(app, spans, monkeypatch, layer):
    if layer:
        with layer_span():
            answer = streamed(app, monkeypatch, "/pieces")
    else:
        answer = streamed(app, monkeypatch, "/pieces")
    assert trace.get_current_span() is trace.INVALID_SPAN
    assert b"".join(answer.pieces) == b"abc"
    answer.close()
    request, long, last = (spans.named(name) for name in ("GET /pieces", "long", "last"))
    assert request.end_time >= last.end_time
    assert long.parent.span_id == last.parent.span_id == request.context.span_id
    # What a piece begins is the current span in those that follow.
    pieces = [span for span in spans() if span.name == "piece"]
    assert [piece.parent.span_id for piece in pieces] == [long.context.span_id] * 3
    assert trace.get_current_span() is trace.INVALID_SPAN


@pytest.mark.parametrize("layer", [True, False])
def test_a_stream_that_breaks_off_is_an_error_though_its_status_was_sent(
    app, spans, monkeypatch, layer
):
    if layer:
        with layer_span():
            answer = streamed(app, monkeypatch, "/cut")
    else:
        answer = streamed(app, monkeypatch, "/cut")
    with pytest.raises(ValueError, match="it broke off"):
        b"".join(answer.pieces)
    answer.close()
    [span] = spans()
    assert span.attributes["http.response.status_code"] == 200
    assert span.attributes["error.type"] == "ValueError"
    assert span.status.status_code is StatusCode.ERROR
    assert [event.name for event in span.events] == ["exception"]


class Fixed:
    """A span of a tracer whose spans can't be changed."""

    __slots__ = ()

    def end(self, end_time=None):
        raise AssertionError("nobody ends it but who began it")


def test_a_span_that_cannot_be_held_is_left_to_who_began_it():
    assert otel._held(Fixed()) is None


@pytest.mark.parametrize(("left", "given"), [(5_000, 5_000), (900_000, 30_000)])
def test_spans_are_sent_within_the_time_that_is_left(provider, monkeypatch, left, given):
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "f")
    monkeypatch.setenv("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:9")
    asked = []
    monkeypatch.setattr(provider, "force_flush", asked.append)
    app = Shop(name="shop")
    OTel(app)
    app(rest_event(app, "GET", "/"), Context(left))
    assert asked == [given]
