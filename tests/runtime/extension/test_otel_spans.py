"""OTel's spans, in this process: what each tells, and whose child it is."""

import pytest
from opentelemetry import trace
from opentelemetry.trace import StatusCode

from coworks_runtime import TechMicroService, entry, on_event
from coworks_runtime.extension.otel import OTel
from coworks_runtime.on_lambda import handler
from coworks_runtime.on_lambda.stream_way import answer_in_pieces
from tests.runtime.conftest import rest_event

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
XRAY = "Root=1-0af76519-16cd43dd8448eb211c80319c;Parent=b7ad6b7169203331;Sampled=1"


class Orders(TechMicroService):
    def token_authorizer(self, token):
        return token == "planted"

    @entry(no_auth=True)
    def get_order(self, number: int):
        return {"number": number}

    @entry(no_auth=True)
    def get_broken(self):
        raise ValueError("it broke")

    @entry(no_auth=True, stream=True)
    def get_pieces(self):
        for piece in "ab":
            trace.get_tracer("tales").start_span("piece").end()
            yield piece

    @on_event("aws:sqs")
    def take(self, event, context):
        if event["Records"][0].get("body") == "bad":
            raise ValueError("bad record")
        return "taken"


def layer_span():
    """The span of an invocation, as a layer begins it around the handler."""
    tracer = trace.get_tracer("layer")
    return tracer.start_as_current_span("theirs", kind=trace.SpanKind.SERVER)


@pytest.fixture
def app(spans):
    app = Orders()
    OTel(app)
    return app


def test_a_request_is_a_span_of_its_route(app, spans):
    headers = [("traceparent", TRACE), ("Authorization", "planted")]
    assert app(rest_event(app, "GET", "/order/3", headers=headers), None)["statusCode"] == 200
    (span,) = spans()
    assert span.name == "GET /order/{number}"
    assert f"{span.parent.trace_id:032x}" == TRACE.split("-")[1]
    told = dict(span.attributes)
    assert told["http.request.method"] == "GET"
    assert told["http.route"] == "/order/{number}"
    assert told["http.response.status_code"] == 200
    assert told["coworks.entry"] == "get_order"
    assert told["faas.trigger"] == "http"
    assert "planted" not in span.to_json()


def test_an_exception_is_an_error_of_its_span(app, spans):
    assert app(rest_event(app, "GET", "/broken"), None)["statusCode"] == 500
    (span,) = spans()
    assert span.status.status_code is StatusCode.ERROR
    assert span.attributes["error.type"] == "ValueError"
    assert [event.name for event in span.events] == ["exception"]


def test_a_local_request_has_a_span_below_x_rays_header_too(app, spans):
    app.test_client().get("/order/3", headers={"X-Amzn-Trace-Id": XRAY}).close()
    (span,) = spans()
    assert f"{span.parent.span_id:016x}" == "b7ad6b7169203331"
    assert "faas.trigger" not in span.attributes


def test_a_span_that_is_there_is_completed(app, spans):
    with layer_span():
        app(rest_event(app, "GET", "/order/3"), None)
    (span,) = spans()
    assert span.name == "GET /order/{number}"


def test_events_have_spans_of_their_methods(app, spans):
    record = {"eventSource": "aws:sqs", "body": "good"}
    assert app({"Records": [record]}, None) == "taken"
    with pytest.raises(ValueError, match="bad record"):
        app({"Records": [record | {"body": "bad"}]}, None)
    good, bad = spans()
    assert good.name.endswith("take")
    assert good.attributes["faas.trigger"] == "pubsub"
    assert bad.status.status_code is StatusCode.ERROR
    assert bad.attributes["error.type"] == "ValueError"


def test_a_question_of_api_gateways_has_none(app, spans):
    arn = "arn:aws:execute-api:eu-west-1:123456789012:abc/dev/GET/"
    app({"type": "TOKEN", "methodArn": arn, "authorizationToken": "planted"}, None)
    assert spans() == ()


def test_a_stream_below_a_span_that_ends_with_the_handler(app, spans, monkeypatch):
    monkeypatch.setattr(handler.streaming, "answer", answer_in_pieces)
    with layer_span() as theirs:
        answer = app(rest_event(app, "GET", "/pieces"), None)
    assert [piece.decode() for piece in answer.pieces] == ["a", "b"]
    answer.close()
    [request] = [span for span in spans() if span.name != "piece"]
    assert request.name == "GET /pieces"
    assert request.attributes["http.route"] == "/pieces"
    assert request.attributes["http.response.status_code"] == 200
    pieces = [span for span in spans() if span.name == "piece"]
    assert [piece.parent.span_id for piece in pieces] == [theirs.get_span_context().span_id] * 2
