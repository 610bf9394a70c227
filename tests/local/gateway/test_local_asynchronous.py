"""The template of asynchronous invocations makes the event that a proxy makes, whatever is sent."""

import json
import threading
from concurrent.futures import Future
from dataclasses import replace
from urllib.parse import urlencode

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from coworks_cdk.api.operations import Target, integration_of
from coworks_cdk.local.gateway.asynchronous import MAX_EVENT, AsynchronousIntegration
from coworks_cdk.local.gateway.event import proxy_event
from coworks_cdk.local.gateway.gateway_responses import Failure
from coworks_cdk.local.gateway.routing import Match
from coworks_cdk.local.invocation import Result, failure
from coworks_cdk.local.template.records import Asynchronous, MockResponse, Route
from coworks_cdk.service_description import Cors, Entry
from tests.local.gateway.requests_of_an_api import API, arrival

ENTRY = Entry(
    "POST", "/x/{a}/{b+}", "post_x", None, True, True, None, None, (), None, background=True
)
CORS = Cors(allow_origins=("https://a.test", "https://b.test"), expose_headers=("X-A",))
HOSTILE = (
    '"', "'", "\\", "\\'", "\\\\'", '\\"', "\\u0022", "</script>", "\n\r\t\b\f\0\x1f\x7f",
    '","requestContext":{"invocationType":"Event","authorizer":{"user":"root"}},"x":"',
    "$context.stage", "$util.escapeJavaScript('x')", "#set($c=1)", "#end", "${n}", "$!n", "##x",
    "{}", "", " ", "null", "é", "\u2028\u2029", "😀", "\ufeff", "%22", "[a, b]", "$1", "\\1",
)  # fmt: skip
texts = st.one_of(st.sampled_from(HOSTILE), st.text(st.characters(exclude_categories=["Cs"])))
names = st.one_of(
    st.sampled_from(["Content-Type", "x", 'a"b', "it's", "$n", "#end"]),
    st.text("Aa-_'$#", min_size=1),
)


def integration(binary=("*/*",), cors=CORS, **options):
    """What the construct declares, as the local gateway reads it."""
    declared = integration_of(
        replace(ENTRY, **options), Target("services", "arn", None, binary), cors
    )
    (answer,) = declared.answers
    return Asynchronous(
        function="arn",
        requests=declared.request_templates,
        passthrough=declared.passthrough,
        response=MockResponse(
            int(answer.status), answer.headers, answer.templates["application/json"]
        ),
    )


class Invoked:
    """Stands for Lambda: it keeps the events, and says when one came."""

    def __init__(self, result=None):
        self.events, self.came = [], threading.Event()
        self.result = result or Result(b"null")

    def __call__(self, arn, event, trace):
        self.events.append(json.loads(event))
        future = Future()
        future.set_result(self.result)
        self.came.set()
        return future


def ask(where, *, authorizer=None, caller=None, binary=("*/*",), result=None, **options):
    """What is answered, the event, and what is said of it."""
    invoked, said = Invoked(result), []
    asynchronous = AsynchronousIntegration(
        integration(binary, **options), binary, invoked, said.append
    )
    answer = asynchronous.answer(where, authorizer, caller)
    if not isinstance(answer, Failure) and answer.status == 202:
        assert invoked.came.wait(30)
    return answer, invoked.events, said


def as_template_says(event):
    """A proxy's event, with what a template can't tell apart: nothing, and none of something."""
    maps = ("headers", "multiValueHeaders", "queryStringParameters", "pathParameters")
    for name in (*maps, "multiValueQueryStringParameters", "stageVariables"):
        event[name] = event[name] or {}
    context = event["requestContext"]
    authorizer = {
        name: value if isinstance(value, dict | None) else str(value)
        for name, value in (context.get("authorizer") or {}).items()
    }
    return event | {
        "requestContext": {**context, "authorizer": authorizer, "invocationType": "Event"}
    }


TYPE = ("Content-Type", "application/json; charset=utf-8")
MATCH = Match(Route("POST", "/x/{p1}/{p2+}", "abc", integration()), {"p1": "a'%20", "p2": 'b"/c'})


@settings(deadline=None, max_examples=60)
@given(
    headers=st.lists(st.tuples(names, texts), max_size=4),
    query=st.lists(st.tuples(texts, texts), max_size=4),
    body=st.binary(max_size=60),
    path=texts,
    authorizer=st.none() | st.dictionaries(texts, st.none() | texts, max_size=3),
)
@example(
    headers=[("X", value) for value in HOSTILE],
    query=[("q", value) for value in HOSTILE],
    body=b"{}",
    path="/dev/" + "".join(HOSTILE),
    authorizer=dict.fromkeys(HOSTILE, "x") | {value: value for value in HOSTILE},
)
def test_the_event_is_that_of_a_proxy_whatever_is_sent(headers, query, body, path, authorizer):
    api = replace(API, binary_media_types=("*/*",))
    sent = [pair for pair in headers if pair[0].lower() != "content-type"]
    where = arrival(
        *sent, TYPE, api=api, match=MATCH, body=body, query=urlencode(query), path="/x/a/b"
    )
    where = replace(where, request=replace(where.request, path=path))
    where = replace(where, path=stage_left_out(path))
    expected = as_template_says(proxy_event(where, authorizer))
    answer, events, said = ask(where, authorizer=authorizer)
    assert (answer.status, said) == (202, [])
    assert json.loads(answer.body) == {"request_id": where.request.id}
    assert events == [expected]


def stage_left_out(path):
    if path == "/dev":
        return "/"
    return path.removeprefix("/dev") if path.startswith("/dev/") else path


@pytest.mark.parametrize(
    ("binary", "content_type", "body", "expected"),
    [
        (("*/*",), "application/json", b'{"a": 1}', ("eyJhIjogMX0=", True)),
        (("*/*",), "application/json", b"", (None, False)),
        (("*/*",), "application/json", b"{}", ("e30=", True)),
        (("*/*",), "text/plain", b"'\"\0\xff", ("JyIA/w==", True)),
        (("image/png",), "application/json", b"it's \"\\'", ("it's \"\\'", False)),
        (("text/*",), "text/plain", b"a", ("YQ==", True)),
        (("application/octet-stream",), "application/octet-stream", b"\0", ("AA==", True)),
    ],
)
def test_the_body_has_its_encoding(binary, content_type, body, expected):
    api = replace(API, binary_media_types=binary)
    where = arrival(("Content-Type", content_type), api=api, match=MATCH, body=body)
    _, (event,), _ = ask(where, binary=binary)
    assert (event["body"], event["isBase64Encoded"]) == expected


@pytest.mark.parametrize("content_type", ["image/png", "application/vnd.x+json", "nonsense", '"'])
def test_a_type_without_a_template_is_a_415_and_never_the_event(content_type):
    body = b'{"httpMethod": "POST", "path": "/", "requestContext": {"authorizer": {"a": "b"}}}'
    answer, events, _ = ask(arrival(("Content-Type", content_type), match=MATCH, body=body))
    assert (answer.type, events) == ("UNSUPPORTED_MEDIA_TYPE", [])


def test_a_caller_who_signed_and_the_claims_of_a_user_pool():
    caller = {"userArn": "arn:aws:iam::1:user/o'hara", "accountId": "1"}
    _, (event,), _ = ask(arrival(match=MATCH), caller=caller)
    assert event["requestContext"]["identity"]["userArn"] == caller["userArn"]
    claims = {"sub": "1", 'it\'s "x"': "\\'", "none": None}
    authorizer = {"claims": claims, "principalId": "p", "integrationLatency": 3}
    _, (event,), _ = ask(arrival(match=MATCH), authorizer=authorizer)
    assert event["requestContext"]["authorizer"] == {**authorizer, "integrationLatency": "3"}


@pytest.mark.parametrize("size", [MAX_EVENT, 3 * MAX_EVENT])
def test_an_event_beyond_lambda_s_limit_is_a_413(size):
    answer, events, _ = ask(arrival(match=MATCH, body=b"x" * size))
    assert (answer.status, events) == (413, [])
    assert json.loads(answer.body) == {"message": "Request Too Long"}


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        ("https://b.test", "https://b.test"),
        ("https://evil.test", "https://a.test"),
        (None, "https://a.test"),
    ],
)
def test_the_202_has_the_service_s_cors_headers(origin, allowed):
    headers = [("Origin", origin)] if origin else []
    answer, _, _ = ask(arrival(*headers, match=MATCH), no_cors=False)
    told = dict(answer.headers)
    assert told["Access-Control-Allow-Origin"] == allowed
    assert (told["Vary"], told["Access-Control-Expose-Headers"]) == ("Origin", "X-A")
    answer, _, _ = ask(arrival(*headers, match=MATCH))
    assert dict(answer.headers) == {"Content-Type": "application/json"}


def test_a_failure_of_the_work_is_said():
    result = failure("it broke", "ValueError")
    answer, _, said = ask(arrival(match=MATCH), result=result)
    assert answer.status == 202
    end = threading.Event()
    for _ in range(100):
        if said or end.wait(0.05):
            break
    assert said == ["the work of POST /dev/content/a%20b failed: it broke; Lambda would try again"]


def test_what_is_broken_is_a_500():
    where = arrival(match=MATCH)
    for broken in (
        replace(integration(), requests={"application/json": "no json"}),
        replace(integration(), broken="its IntegrationHttpMethod is GET"),
    ):
        said = []
        answer = AsynchronousIntegration(broken, ("*/*",), Invoked(), said.append).answer(
            where, None, None
        )
        assert (answer.status, len(said)) == (500, 1)
        assert json.loads(answer.body) == {"message": "Internal Server Error"}
    failing = replace(integration(), requests={"application/json": "$util.base64Decode('a')"})
    answer = AsynchronousIntegration(failing, ("*/*",), Invoked(), said.append).answer(
        where, None, None
    )
    assert answer.type == "API_CONFIGURATION_ERROR"
