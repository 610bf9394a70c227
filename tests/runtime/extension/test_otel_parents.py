"""Whose child a call's span is: what callers say, in every form of an event, well and badly."""

import json

import pytest
from opentelemetry import baggage, trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF

from coworks_runtime import TechMicroService, entry, on_event
from coworks_runtime.extension.otel import OTel
from tests.event_corpus import corpus_event
from tests.runtime.conftest import rest_event

W3C_ID, W3C_SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
W3C = f"00-{W3C_ID}-{W3C_SPAN}-01"
XRAY_ID, XRAY_SPAN = "5bdb40ca556d8b0c50dc66f0511bf520", "53995c3f42cd8ad8"
XRAY = f"Root=1-{XRAY_ID[:8]}-{XRAY_ID[8:]};Parent={XRAY_SPAN};Sampled=1"
OWN_ID, OWN_SPAN = "6" * 32, "7" * 16
OWN = f"Root=1-{OWN_ID[:8]}-{OWN_ID[8:]};Parent={OWN_SPAN};Sampled=1"


class Shop(TechMicroService):
    @entry(no_auth=True)
    def get(self):
        return dict(baggage.get_all())

    @on_event("aws:sqs")
    def take(self, event, context):
        return dict(baggage.get_all())


@pytest.fixture
def app(spans):
    app = Shop(name="shop")
    OTel(app)
    return app


def parent(spans):
    [span] = spans()
    told = span.parent
    return told and (f"{told.trace_id:032x}", f"{told.span_id:016x}")


def with_headers(event, **headers):
    """An event of any form with further headers."""
    event.setdefault("headers", {}).update(headers) if "headers" in event else None
    if event.get("multiValueHeaders") is not None:
        event["multiValueHeaders"] |= {name: [value] for name, value in headers.items()}
    return event


def alb():
    return corpus_event("alb_get").event | {"path": "/", "queryStringParameters": {}}


def http_api():
    return corpus_event("http_api_get_root").event


def function_url():
    event = corpus_event("function_url_get").event | {"rawPath": "/", "rawQueryString": ""}
    event["requestContext"]["http"]["path"] = "/"
    return event


def rest():
    return rest_event(Shop(), "GET", "/")


@pytest.mark.parametrize("form", [rest, http_api, function_url, alb])
@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"traceparent": W3C}, (W3C_ID, W3C_SPAN)),
        ({"Traceparent": W3C, "X-Amzn-Trace-Id": XRAY}, (W3C_ID, W3C_SPAN)),
        ({"x-amzn-trace-id": XRAY}, (XRAY_ID, XRAY_SPAN)),
        ({"X-Amzn-Trace-Id": f"Self=1-2-3;{XRAY}"}, (XRAY_ID, XRAY_SPAN)),
        # What API Gateway and load balancers send where they trace nothing names no parent.
        ({"X-Amzn-Trace-Id": XRAY.partition(";")[0]}, (OWN_ID, OWN_SPAN)),
        ({}, (OWN_ID, OWN_SPAN)),
    ],
)
def test_each_form_of_an_event_tells_its_parent(app, spans, monkeypatch, form, headers, expected):
    monkeypatch.setenv("_X_AMZN_TRACE_ID", OWN)
    event = form()
    for part in ("headers", "multiValueHeaders"):
        for name in [n for n in event.get(part) or {} if n.lower() == "x-amzn-trace-id"]:
            del event[part][name]
    assert app(with_headers(event, **headers), None)["statusCode"] == 200
    assert parent(spans) == expected


@pytest.mark.parametrize(
    "traceparent",
    [
        "",
        "planted",
        W3C + "-more",
        W3C.replace(W3C_ID, "0" * 32),
        W3C.replace(W3C_SPAN, "0" * 16),
        W3C.replace("00-", "ff-"),
        W3C.upper(),
        "00-" + "a" * 100_000,
    ],
)
@pytest.mark.parametrize(
    ("further", "expected"), [(None, None), (XRAY, (XRAY_ID, XRAY_SPAN)), ("Root=;=;Parent", None)]
)
def test_a_malformed_parent_is_none(app, spans, caplog, traceparent, further, expected):
    headers = [("traceparent", traceparent), ("tracestate", "=,=;")]
    if further:
        headers.append(("X-Amzn-Trace-Id", further))
    assert app(rest_event(app, "GET", "/", headers=headers), None)["statusCode"] == 200
    assert parent(spans) == expected
    assert not caplog.records


@pytest.mark.parametrize(
    "header",
    [
        XRAY.replace(XRAY_ID[8:], "0" * 24).replace(XRAY_ID[:8], "0" * 8),
        XRAY.replace(XRAY_SPAN, "0" * 16),
        XRAY.replace(XRAY_SPAN, XRAY_SPAN.upper()),
        XRAY.replace("1-", "2-"),
    ],
)
def test_a_malformed_header_of_x_rays_gives_way_to_lambdas_own(app, spans, monkeypatch, header):
    monkeypatch.setenv("_X_AMZN_TRACE_ID", OWN)
    app(rest_event(app, "GET", "/", headers=[("X-Amzn-Trace-Id", header)]), None)
    assert parent(spans) == (OWN_ID, OWN_SPAN)


def test_the_state_of_the_callers_tracer_goes_on(app, spans):
    headers = [("traceparent", W3C), ("tracestate", "vendor=a1,other=b2")]
    app(rest_event(app, "GET", "/", headers=headers), None)
    [span] = spans()
    assert span.context.trace_state.to_header() == "vendor=a1,other=b2"


@pytest.mark.parametrize(
    "header", [{"traceparent": W3C[:-1] + "0"}, {"X-Amzn-Trace-Id": XRAY[:-1] + "0"}]
)
def test_what_a_caller_does_not_sample_is_not_traced(app, spans, monkeypatch, header):
    monkeypatch.setenv("_X_AMZN_TRACE_ID", OWN)
    assert app(with_headers(rest(), **header), None)["statusCode"] == 200
    assert spans() == ()


def test_several_headers_are_one_list(app, spans):
    headers = [
        ("traceparent", W3C),
        *(("tracestate", "vendor=a1"), ("tracestate", "other=b2")),
        *(("baggage", "tenant=a"), ("baggage", "part=b,shop=c")),
    ]
    answer = app(rest_event(app, "GET", "/", headers=headers), None)
    assert json.loads(answer["body"]) == {"tenant": "a", "part": "b", "shop": "c"}
    [span] = spans()
    assert dict(span.context.trace_state) == {"vendor": "a1", "other": "b2"}


def test_baggage_is_there_and_what_is_none_is_passed_over_in_silence(app, spans, caplog):
    header = "tenant=a%20b;p=1, user = u1 ,planted,=x,"
    answer = app(rest_event(app, "GET", "/", headers=[("baggage", header)]), None)
    assert '"tenant":"a b"' in answer["body"]
    assert '"user":"u1"' in answer["body"]
    assert not caplog.records
    # None of it is left for who comes next.
    assert app(rest_event(app, "GET", "/"), None)["body"].strip() == "{}"
    longer = rest_event(app, "GET", "/", headers=[("baggage", "a=" + "b" * 9000)])
    assert app(longer, None)["body"].strip() == "{}"


class Invoked:
    """The context of a function that another one has invoked within its trace."""

    aws_request_id = "id"
    invoked_function_arn = "arn:aws:lambda:eu-west-1:123456789012:function:f:live"

    def w3c(self):
        return {"traceparent": W3C, "baggage": "tenant=a"}


def test_what_an_invocation_itself_says_is_taken(app, spans, monkeypatch):
    monkeypatch.setenv("_X_AMZN_TRACE_ID", OWN)
    assert app({"Records": [{"eventSource": "aws:sqs"}]}, Invoked()) == {"tenant": "a"}
    assert parent(spans) == (W3C_ID, W3C_SPAN)


def test_messages_of_a_queue_are_linked_to_who_sent_them(app, spans):
    records = [
        {"eventSource": "aws:sqs", "attributes": attributes}
        for attributes in ({"AWSTraceHeader": XRAY}, {"AWSTraceHeader": "no"}, {}, None, "x")
    ]
    app({"Records": records}, None)
    [span] = spans()
    assert [f"{link.context.span_id:016x}" for link in span.links] == [XRAY_SPAN]


def test_a_span_of_the_process_is_the_parent_before_lambdas_own(app, spans, monkeypatch):
    monkeypatch.setenv("_X_AMZN_TRACE_ID", OWN)
    with trace.get_tracer("mine").start_as_current_span("mine") as mine:
        app(rest(), None)
    assert spans.named("GET /").parent.span_id == mine.get_span_context().span_id
    assert spans.named("mine").attributes == {}


def test_who_decided_not_to_sample_the_invocation_has_decided(app, spans, monkeypatch):
    off = TracerProvider(sampler=ALWAYS_OFF).get_tracer("layer")
    with off.start_as_current_span("theirs", kind=trace.SpanKind.SERVER):
        app(with_headers(rest(), traceparent=W3C), None)
    assert spans() == ()


@pytest.mark.parametrize("by_event", [True, False])
def test_services_of_one_process_each_have_their_span(app, spans, by_event):
    class Front(TechMicroService):
        @entry(no_auth=True)
        def get_front(self):
            if by_event:
                return app(rest(), None)["body"]
            return app.test_client().get("/").text

    front = Front(name="front")
    OTel(front)
    with trace.get_tracer("layer").start_as_current_span("layer", kind=trace.SpanKind.SERVER):
        front(rest_event(front, "GET", "/front"), None)
    outer, inner = spans.named("GET /front"), spans.named("GET /")
    assert inner.parent.span_id == outer.context.span_id
    assert (outer.attributes["coworks.service"], inner.attributes["coworks.service"]) == (
        "front",
        "shop",
    )
    front(rest_event(front, "GET", "/front"), None)
    assert len(spans()) == 4
    assert trace.get_current_span() is trace.INVALID_SPAN


def test_a_client_that_leaves_an_answer_unread_leaves_no_span_to_the_next_request(app, spans):
    unread = app.test_client().get("/")
    assert trace.get_current_span() is trace.INVALID_SPAN
    app.test_client().get("/").close()
    unread.close()
    assert [span.parent for span in spans()] == [None, None]
