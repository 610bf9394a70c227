"""Corners of the event codecs that no event of the corpus shows."""

import ast
import sys
from pathlib import Path

import pytest

from coworks_runtime import events
from coworks_runtime.events import token
from coworks_runtime.events.paths import split_by_prefix, split_by_route
from tests.event_corpus import corpus_event

ALLOWED = {
    "binascii",
    "collections",
    "coworks_runtime",
    "functools",
    "io",
    "itertools",
    "json",
    "sys",
    "typing",
    "urllib",
}


def environ(name, **changes):
    event = corpus_event(name).event | changes
    return events.codec_of(event).environ(event, None)


def test_codecs_import_nothing_that_does_io():
    for path in Path(events.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module]
            else:
                continue
            for name in names:
                assert name.partition(".")[0] in ALLOWED, path
                if name.startswith("coworks_runtime"):
                    assert name.startswith("coworks_runtime.events"), path


@pytest.mark.parametrize("event", [None, [], "text", 5, True, [{"httpMethod": "GET"}], object()])
def test_what_is_no_object_is_foreign(event):
    assert events.codec_of(event) is None
    assert not token.is_authorizer_event(event)


@pytest.mark.parametrize(
    "event",
    [
        {"httpMethod": 5, "path": "/"},
        {"httpMethod": "GET", "path": None},
        {"httpMethod": "GET", "path": "/", "requestContext": "text"},
        {"rawPath": "/", "requestContext": {"http": {}}},
        {"rawPath": "/", "requestContext": {"http": "GET"}},
        {"rawPath": 1, "requestContext": {"http": {"method": "GET"}}},
        {"type": "TOKEN"},
        {"type": "TOKEN", "methodArn": None},
        {"methodArn": "arn", "httpMethod": "GET", "path": "/"},
    ],
)
def test_near_misses_are_foreign(event):
    assert events.codec_of(event) is None
    assert not token.is_authorizer_event(event)


def test_expected_names_every_shape():
    for shape in ("REST API", "HTTP API", "function URL", "Load Balancer", "authorizer"):
        assert shape in events.EXPECTED


@pytest.mark.parametrize(
    ("host", "proto", "name", "port"),
    [
        ("a.example", "https", "a.example", "443"),
        ("a.example", "http", "a.example", "80"),
        ("a.example:8443", "https", "a.example", "8443"),
        ("[::1]", "https", "[::1]", "443"),
        ("[::1]:81", "http", "[::1]", "81"),
        ("a.example", "HTTP, https", "a.example", "80"),
        ("a.example", "gopher", "a.example", "443"),
        ("a.example", "", "a.example", "443"),
        ("a.example:x", "https", "a.example:x", "443"),
    ],
)
def test_server_name_port_and_scheme(host, proto, name, port):
    headers = {"host": host, "x-forwarded-proto": proto}
    made = environ("alb_get", headers=headers)
    assert (made["SERVER_NAME"], made["SERVER_PORT"]) == (name, port)
    assert made["wsgi.url_scheme"] == (
        "http" if proto.lower().startswith("http,") else "http" if proto == "http" else "https"
    )


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"X-A": []}, None),
        ({"X-A": ["1"]}, "1"),
        ({"X-A": [1, None, "b", True]}, "1,,b,true"),
        ({"X-A": "plain"}, "plain"),
        ({"X-A": [5]}, "5"),
        ({"X-A": 1.5}, "1.5"),
        ({"x-a": ["1"], "X-A": ["2"]}, "1,2"),
        ({"X_A": ["spoofed"]}, None),
        ({"X-A": ["real"], "X_A": ["spoofed"]}, "real"),
        ({"": ["x"], "X-É": ["x"]}, None),
        ({"X-A": ["日\ud800"]}, "日?".encode().decode("latin-1")),
    ],
)
def test_headers(headers, expected):
    assert environ("rest_get_root", multiValueHeaders=headers).get("HTTP_X_A") == expected


def test_cookies_in_different_case_are_one_header():
    made = environ("rest_get_root", multiValueHeaders={"Cookie": ["a=1"], "cookie": ["b=2"]})
    assert made["HTTP_COOKIE"] == "a=1; b=2"


@pytest.mark.parametrize(
    ("name", "changes", "message"),
    [
        ("rest_get_root", {"headers": "x", "multiValueHeaders": None}, "headers .* type str"),
        ("rest_get_root", {"multiValueHeaders": {"X": {}}}, "header X .* type dict"),
        ("rest_get_root", {"pathParameters": []}, "pathParameters .* type list"),
        (
            "rest_get_root",
            {"queryStringParameters": 1, "multiValueQueryStringParameters": {}},
            "queryStringParameters .* type int",
        ),
        ("rest_get_root", {"multiValueQueryStringParameters": {"q": [{}]}}, "query parameter q"),
        ("rest_get_root", {"body": 5}, "body .* type int"),
        ("rest_get_root", {"body": False}, "body .* type bool"),
        ("rest_get_root", {"body": "abc", "isBase64Encoded": True}, "isn't base64"),
        ("rest_get_root", {"body": "é===", "isBase64Encoded": True}, "isn't base64"),
        ("http_api_get_root", {"cookies": "a=1"}, "cookies"),
        ("http_api_get_root", {"rawQueryString": {"a": "b"}}, "rawQueryString .* type dict"),
        ("alb_get", {"httpMethod": ""}, "'' of the event is no HTTP method"),
        ("alb_get", {"httpMethod": "GÉT"}, "'GÉT' of the event is no HTTP method"),
        ("alb_get", {"queryStringParameters": []}, "queryStringParameters .* type list"),
    ],
)
def test_malformed(name, changes, message):
    with pytest.raises(events.MalformedEvent, match=message) as raised:
        environ(name, **changes)
    assert "secret" not in str(raised.value)


def test_malformed_never_shows_a_value():
    with pytest.raises(events.MalformedEvent) as raised:
        environ("rest_get_root", multiValueHeaders={"Authorization": [{"secret": "token"}]})
    assert "secret" not in str(raised.value)
    assert raised.value.__cause__ is None


def test_lone_surrogates_pass_as_what_no_decoder_takes():
    body = environ("rest_post_non_ascii_text", body="\ud800")["wsgi.input"].read()
    with pytest.raises(UnicodeDecodeError):
        body.decode()
    made = environ("rest_get_root", multiValueQueryStringParameters={"q": ["\ud800"]})
    assert made["QUERY_STRING"] == "q=%3F"


@pytest.mark.parametrize(
    ("authorizer", "expected"),
    [
        (None, None),
        ({}, None),
        ("text", None),
        ({"claims": None, "scopes": None}, None),
        ({"principalId": "user"}, {}),
        ({"principalId": "user", "n": 5, "b": False, "x": None}, {"n": "5", "b": "false"}),
        ({"claims": {"sub": "a"}, "scopes": ["r"]}, {"sub": "a"}),
    ],
)
def test_rest_authorizer(authorizer, expected):
    event = corpus_event("rest_get_root").event
    event["requestContext"]["authorizer"] = authorizer
    assert events.codec_of(event).authorizer(event) == expected


def test_rest_authorizer_without_request_context():
    event = corpus_event("rest_minimal").event
    assert events.codec_of(event).authorizer(event) is None


@pytest.mark.parametrize(
    ("authorizer", "expected"),
    [
        (None, None),
        ({}, None),
        ("text", None),
        ({"lambda": None}, None),
        ({"jwt": None}, None),
        ({"jwt": {"claims": None, "scopes": None}}, None),
        ({"jwt": {"claims": {}, "scopes": None}}, {}),
        ({"lambda": {"level": 3}}, {"level": "3"}),
        ({"iam": {"userId": "a", "principalOrgId": None}}, {"userId": "a"}),
    ],
)
def test_format_2_authorizer(authorizer, expected):
    event = corpus_event("http_api_get_root").event
    event["requestContext"]["authorizer"] = authorizer
    assert events.codec_of(event).authorizer(event) == expected


@pytest.mark.parametrize(
    ("path", "route", "parameters", "expected"),
    [
        ("/dev", "/", {}, ("/dev", "/")),
        ("/dev/", "/", {}, ("/dev", "/")),
        ("/", "/", {}, ("", "/")),
        ("/a", "/a", {}, ("", "/a")),
        ("/dev/a", "/a", {}, ("/dev", "/a")),
        ("/dev/shop/a/b/", "/a/{b}", {"b": "b"}, ("/dev/shop", "/a/b/")),
        ("/dev//a", "/a", {}, ("/dev", "/a")),
        ("/a", "/a/{b}", {}, None),
        ("/a", "$default", {}, None),
        ("/dev/file/a/b", "/file/{p+}", {"p": "a/b"}, ("/dev", "/file/a/b")),
        ("/dev/file//a", "/file/{p+}", {"p": "/a"}, ("/dev", "/file//a")),
        ("/dev/file/a//b/", "/file/{p+}", {"p": "a//b/"}, ("/dev", "/file/a//b/")),
        ("/dev/x%2Fy", "/{p+}", {"p": "x%2Fy"}, ("/dev", "/x%2Fy")),
        ("/dev/caf%C3%A9", "/{p+}", {"p": "café"}, ("/dev", "/caf%C3%A9")),
        ("/dev/a/b", "/{p+}", {"p": "c/b"}, None),
        ("/dev/a/b", "/{p+}", {"p": 5}, None),
        ("/dev/a/b", "/{p+}", {}, None),
        ("/a", "/{p+}", {"p": "x/y/z"}, None),
    ],
)
def test_split_by_route(path, route, parameters, expected):
    assert split_by_route(path, route, parameters) == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/dev", ("/dev", "/")),
        ("/dev/", ("/dev", "/")),
        ("/dev/a", ("/dev", "/a")),
        ("/devices", ("", "/devices")),
        ("/", ("", "/")),
    ],
)
def test_split_by_prefix(path, expected):
    assert split_by_prefix(path, "/dev") == expected


@pytest.mark.parametrize(
    ("request_context", "script_name", "path_info"),
    [
        ({}, "", "/content/5"),
        ({"path": None}, "", "/content/5"),
        ({"path": "/dev/content/5"}, "/dev", "/content/5"),
        ({"path": "/somewhere/else"}, "", "/content/5"),
    ],
)
@pytest.mark.parametrize("resource", [None, "$default", "/{proxy+}"])
def test_rest_paths_that_the_route_does_not_tell(resource, request_context, script_name, path_info):
    event = {
        "httpMethod": "GET",
        "path": "/content/5",
        "resource": resource,
        "requestContext": request_context,
    }
    made = events.codec_of(event).environ(event, None)
    assert (made["SCRIPT_NAME"], made["PATH_INFO"]) == (script_name, path_info)


@pytest.mark.parametrize("name", ["rest_minimal", "alb_get"])
def test_an_empty_path_is_the_root(name):
    assert environ(name, path="")["PATH_INFO"] == "/"


def test_an_empty_raw_path_is_the_root():
    assert environ("http_api_get_root", rawPath="")["PATH_INFO"] == "/"


@pytest.mark.parametrize("route", ["GET /a/b/c/d", "$default", None, ""])
def test_a_route_that_tells_nothing_leaves_the_stage(route):
    event = corpus_event("http_api_stage").event | {"routeKey": route}
    made = events.codec_of(event).environ(event, None)
    assert (made["SCRIPT_NAME"], made["PATH_INFO"]) == ("/dev", "/content/5")


def test_an_empty_stage_is_no_prefix():
    event = corpus_event("http_api_get_root").event
    event["requestContext"]["stage"] = ""
    assert events.codec_of(event).environ(event, None)["SCRIPT_NAME"] == ""


def test_large_bodies_are_not_copied():
    text = "x" * 100
    made = environ("rest_post_non_ascii_text", body=text)
    stream = made["wsgi.input"]
    whole = stream.getvalue()
    assert stream.read() is whole


@pytest.mark.parametrize(
    "arn",
    [
        "",
        "*",
        "arn:aws:execute-api:us-east-1:123456789012:abc",
        "arn:aws:execute-api:us-east-1:123456789012:abc/dev",
        "arn:aws:execute-api:us-east-1:123456789012:abc//GET/x",
        "arn:aws:execute-api::123456789012:abc/dev/GET/",
        "arn:aws:lambda:us-east-1:123456789012:abc/dev/GET/",
        "ARN:aws:execute-api:us-east-1:123456789012:abc/dev/GET/",
    ],
)
def test_other_arns_are_refused(arn):
    with pytest.raises(ValueError, match="isn't the ARN of an API's method"):
        token.parse_arn(arn)


@pytest.mark.parametrize("path", ["", "/", "/a", "/a:b/c", "/a//b/"])
def test_arn_paths(path):
    arn = f"arn:aws:execute-api:us-east-1:123456789012:abc/dev/GET{path}"
    assert token.parse_arn(arn).path == (path or "/")


def test_errors_go_to_stderr_as_it_is_now(capsys):
    assert environ("rest_get_root")["wsgi.errors"] is sys.stderr
