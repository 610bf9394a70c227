"""What holds for every request and answer, whatever is in it."""

import copy
from base64 import b64decode, b64encode
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, quote_plus

from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.wrappers import Request

from coworks_runtime import events
from tests.event_corpus import corpus

# Whatever an encoding may stumble over.
text = st.text("aZ09 -_.~/%+&=?#;:@,\"'\\<>[]{}|\x00\n\t\x7fé€日😀", max_size=12)
segments = st.lists(text.filter(lambda part: part.strip("/") not in {"", ".", ".."}), max_size=4)
queries = st.lists(st.tuples(text, text), max_size=5)
tokens = st.text("abcdefghijklmnopqrstuvwxyzABCXYZ0123456789-", min_size=1, max_size=10)
values = st.text("aZ09-_.~/%+&=?#;:@\"'\\<>[]{}|", max_size=12)
headers = st.dictionaries(
    tokens.map(lambda name: f"X-T-{name}"), st.lists(values, min_size=1, max_size=3), max_size=4
)
bodies = st.one_of(st.binary(max_size=60), text.map(str.encode))


def body_of(body: bytes, as_text: bool) -> dict[str, Any]:
    if as_text:
        try:
            return {"body": body.decode(), "isBase64Encoded": False}
        except UnicodeDecodeError:
            pass
    return {"body": b64encode(body).decode(), "isBase64Encoded": True}


def multiple(pairs) -> dict[str, list[str]]:
    grouped: dict[str, list[str]] = {}
    for name, value in pairs:
        grouped.setdefault(name, []).append(value)
    return grouped


def as_rest(prefix, parts, query, sent, body):
    path = "/" + "/".join(quote(part, safe="") for part in parts)
    return {
        "httpMethod": "POST",
        "resource": "/{proxy+}" if parts else "/",
        "path": path,
        "pathParameters": {"proxy": path[1:]} if parts else None,
        "multiValueHeaders": sent,
        "multiValueQueryStringParameters": multiple(query) or None,
        "requestContext": {"path": prefix + path},
        **body,
    }


def as_http_api(prefix, parts, query, sent, body):
    path = "/" + "/".join(quote(part, safe="") for part in parts)
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": prefix + path,
        "rawQueryString": "&".join(f"{quote_plus(k)}={quote_plus(v)}" for k, v in query),
        "headers": {name.lower(): ",".join(all_values) for name, all_values in sent.items()},
        "requestContext": {"stage": prefix[1:] or "$default", "http": {"method": "POST"}},
        **body,
    }


def as_alb(_prefix, parts, query, sent, body):
    encoded = multiple((quote_plus(k), quote_plus(v)) for k, v in query)
    return {
        "requestContext": {"elb": {}},
        "httpMethod": "POST",
        "path": "/" + "/".join(quote(part, safe="") for part in parts),
        "multiValueQueryStringParameters": encoded,
        "multiValueHeaders": sent,
        **body,
    }


@settings(deadline=None)
@given(
    st.sampled_from([as_rest, as_http_api, as_alb]),
    st.sampled_from(["", "/dev", "/v1"]),
    segments,
    queries,
    headers,
    bodies,
    st.booleans(),
)
def test_flask_sees_the_request_that_was_sent(shape, prefix, parts, query, sent, body, as_text):
    event = shape(prefix, parts, query, sent, body_of(body, as_text))
    codec = events.codec_of(event)
    environ = codec.environ(event, None)
    request = Request(environ)
    path = "/" + "/".join(parts)
    assert environ["PATH_INFO"].encode("latin-1").decode() == path
    assert request.path == "/" + path.lstrip("/"), "Werkzeug takes several slashes for one"
    assert request.root_path == ("" if shape is as_alb else prefix)
    assert request.args.to_dict(flat=False) == multiple(query)
    assert request.get_data() == body
    assert request.content_length == len(body)
    seen = multiple(
        (name.lower(), value) for name, all_values in sent.items() for value in all_values
    )
    for name, all_values in seen.items():
        assert request.headers[name] == ",".join(all_values)


content_types = st.sampled_from(
    ["text/plain; charset=utf-8", "application/json", "image/png", "text/html; charset=latin-1"]
)
answer_headers = st.lists(
    st.tuples(st.sampled_from(["X-A", "x-b", "Set-Cookie", "Vary"]), values), max_size=6
)


def received(payload: dict[str, Any]) -> tuple[list[tuple[str, str]], bytes]:
    """Read a payload as its receiver does."""
    pairs = [("set-cookie", cookie) for cookie in payload.get("cookies", ())]
    pairs += [(k.lower(), v) for k, v in payload.get("headers", {}).items()]
    pairs += [(k.lower(), v) for k, vs in payload.get("multiValueHeaders", {}).items() for v in vs]
    body = payload["body"]
    return pairs, b64decode(body) if payload["isBase64Encoded"] else body.encode()


def split(pairs) -> Iterator[tuple[str, str]]:
    for name, value in pairs:
        lower = name.lower()
        for item in [value] if lower == "set-cookie" else value.split(","):
            yield lower, item


@settings(deadline=None)
@given(
    st.sampled_from([case for case in corpus() if case.is_request]),
    st.integers(100, 599),
    content_types,
    answer_headers,
    bodies,
)
def test_the_caller_gets_the_answer_that_was_given(case, status, content_type, extra, body):
    event = case.event
    sent = [("Content-Type", content_type), *extra]
    payload = events.codec_of(event).payload(event, f"{status} SOME REASON", sent, body)
    pairs, got = received(payload)
    assert payload["statusCode"] == status
    assert got == body
    assert multiple(split(pairs)) == multiple(split(sent))


wrong_values = st.sampled_from(
    (None, True, False, 0, -1, 10**30, 1.5, float("nan"), "", "/", "//", "x", "é", "\ud800", "%zz")
) | st.sampled_from(
    ([], [None], [1], ["a", {}], [["a"]], {}, {"a": 1}, {"": None}, {"a": {"b": []}}),
)


def places(value: Any, path=()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    if isinstance(value, dict):
        for key, item in value.items():
            yield from places(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from places(item, (*path, index))


CASES = [(case.name, case.event, list(places(case.event))) for case in corpus()]


@settings(deadline=None)
@given(st.data())
def test_a_broken_event_is_foreign_or_malformed_or_a_request(data):
    _, original, all_places = data.draw(st.sampled_from([case for case in CASES if case[2]]))
    event = copy.deepcopy(original)
    *path, last = data.draw(st.sampled_from(all_places))
    owner = event
    for step in path:
        owner = owner[step]
    if data.draw(st.booleans()):
        owner[last] = copy.deepcopy(data.draw(wrong_values))
    else:
        del owner[last]
    codec = events.codec_of(event)
    if codec is None:
        return
    context = codec.authorizer(event)
    assert context is None or all(isinstance(value, str) for value in context.values())
    try:
        environ = codec.environ(event, None)
    except events.MalformedEvent:
        return
    for value in environ.values():
        if isinstance(value, str):
            value.encode("latin-1")
    request = Request(environ)
    assert request.path.startswith("/")
    assert len(request.get_data()) == request.content_length
    assert request.host is not None
    assert request.args is not None
