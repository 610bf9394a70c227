"""What a WSGI answer becomes for each sender of events."""

import gzip
import json
from base64 import b64decode

import pytest

from coworks_runtime import events
from tests.event_corpus import corpus_event

TEXT = ("Content-Type", "text/plain; charset=utf-8")
SENDERS = ("rest_get_root", "http_api_get_root", "alb_get", "alb_multi_value_headers")


def payload(name, status="200 OK", headers=(TEXT,), body=b"hello"):
    event = corpus_event(name).event
    answer = events.codec_of(event).payload(event, status, list(headers), body)
    json.dumps(answer)
    return answer


def test_rest_answer_has_only_the_keys_that_api_gateway_takes():
    assert payload("rest_get_root", "404 NOT FOUND") == {
        "statusCode": 404,
        "multiValueHeaders": {"Content-Type": ["text/plain; charset=utf-8"]},
        "body": "hello",
        "isBase64Encoded": False,
    }


def test_format_2_answer():
    headers = [TEXT, ("Set-Cookie", "a=1"), ("Vary", "Origin"), ("set-cookie", "b=2; Path=/")]
    assert payload("http_api_get_root", "201 CREATED", [*headers, ("vary", "Accept")]) == {
        "statusCode": 201,
        "headers": {"Content-Type": "text/plain; charset=utf-8", "Vary": "Origin,Accept"},
        "cookies": ["a=1", "b=2; Path=/"],
        "body": "hello",
        "isBase64Encoded": False,
    }


def test_load_balancer_answer_takes_the_headers_of_the_event():
    headers = [TEXT, ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"), ("Vary", "A"), ("Vary", "B")]
    multiple = payload("alb_multi_value_headers", "200 OK", headers)
    assert multiple == {
        "statusCode": 200,
        "statusDescription": "200 OK",
        "multiValueHeaders": {
            "Content-Type": ["text/plain; charset=utf-8"],
            "Set-Cookie": ["a=1", "b=2"],
            "Vary": ["A", "B"],
        },
        "body": "hello",
        "isBase64Encoded": False,
    }
    single = payload("alb_get", "200 OK", headers)
    assert "multiValueHeaders" not in single
    cookies = {k: v for k, v in single["headers"].items() if k.lower() == "set-cookie"}
    assert list(cookies.values()) == ["a=1", "b=2"]
    assert single["headers"]["Vary"] == "A,B"
    assert single["statusDescription"] == "200 OK"


def test_load_balancer_carries_hundreds_of_cookies_in_single_values():
    cookies = [("Set-Cookie", f"c{i}=1") for i in range(600)]
    headers = payload("alb_get", headers=cookies)["headers"]
    assert len(headers) == 512
    assert {name.lower() for name in headers} == {"set-cookie"}


def test_one_cookie_keeps_its_name():
    headers = payload("alb_get", headers=[("Set-Cookie", "a=1")])["headers"]
    assert headers == {"Set-Cookie": "a=1"}


@pytest.mark.parametrize("name", SENDERS)
@pytest.mark.parametrize(
    "content_type",
    [
        "text/html; charset=utf-8",
        "TEXT/CSV",
        "application/json",
        "application/problem+json; charset=utf-8",
        "application/xml",
        "image/svg+xml",
        "application/javascript",
        "text/javascript",
        "application/x-www-form-urlencoded",
    ],
)
def test_text_goes_as_text(name, content_type):
    answer = payload(name, headers=[("content-type", content_type)], body="é€".encode())
    assert (answer["body"], answer["isBase64Encoded"]) == ("é€", False)


@pytest.mark.parametrize("name", SENDERS)
@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ([("Content-Type", "application/octet-stream")], b"plain ascii"),
        ([("Content-Type", "image/png")], b"\x89PNG\r\n\x1a\n"),
        ([], b"no type at all"),
        ([TEXT], b"\xff\xfe not UTF-8"),
        ([("Content-Type", "text/plain; charset=latin-1")], "é".encode("latin-1")),
        ([TEXT, ("Content-Encoding", "gzip")], gzip.compress(b"hello")),
        ([TEXT, ("content-encoding", "br")], b"compressed, for all one knows"),
    ],
)
def test_all_else_goes_as_base64(name, headers, body):
    answer = payload(name, headers=headers, body=body)
    assert answer["isBase64Encoded"] is True
    assert b64decode(answer["body"], validate=True) == body


@pytest.mark.parametrize("name", SENDERS)
def test_identity_is_no_encoding(name):
    assert payload(name, headers=[TEXT, ("Content-Encoding", "identity")])["body"] == "hello"


@pytest.mark.parametrize("name", SENDERS)
@pytest.mark.parametrize("content_type", ["text/plain", "image/png"])
def test_empty_body(name, content_type):
    answer = payload(name, "204 NO CONTENT", [("Content-Type", content_type)], b"")
    assert (answer["body"], answer["isBase64Encoded"], answer["statusCode"]) == ("", False, 204)
