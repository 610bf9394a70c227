"""The event that a function gets."""

import base64

import pytest

from coworks_cdk.local.gateway.event import method_arn, proxy_event
from coworks_cdk.local.gateway.request import Arrival
from coworks_cdk.local.gateway.routing import Router
from coworks_cdk.local.template.records import Api, Lambda, Route
from tests.local.gateway.requests_of_an_api import API, STAGE, arrival, request


def event_of(request_, api=API):
    routes = [Route("POST", "/content/{value}", "abc123", Lambda("arn"))]
    match = Router(["/content/{value}"], routes).match("POST", "/content/a%20b")
    assert match is not None
    return proxy_event(Arrival(request_, api, STAGE, "/content/a%20b", match))


def test_event():
    event = event_of(
        request(
            ("Host", "127.0.0.1:8000"),
            ("X-Several", "a"),
            ("x-several", "b"),
            ("Connection", "close"),
            query="a=1&a=2&b=x+y&c=%C3%BC&d&",
        )
    )
    assert event["resource"] == "/content/{value}"
    assert event["path"] == "/content/a%20b"
    assert event["pathParameters"] == {"value": "a%20b"}
    assert event["headers"]["X-Several"] == "b"
    assert event["multiValueHeaders"]["X-Several"] == ["a", "b"]
    assert "Connection" not in event["headers"]
    assert event["headers"]["X-Forwarded-Proto"] == "http"
    assert event["queryStringParameters"] == {"a": "2", "b": "x y", "c": "ü", "d": ""}
    assert event["multiValueQueryStringParameters"]["a"] == ["1", "2"]
    assert event["stageVariables"] == {"variable": "value"}
    assert event["body"] is None
    context = event["requestContext"]
    assert context["path"] == "/dev/content/a%20b"
    assert context["requestTime"] == "14/Nov/2023:22:13:20 +0000"
    assert context["identity"]["sourceIp"] == "127.0.0.1"
    assert "authorizer" not in context


def test_nothing_is_null():
    event = event_of(request())
    assert event["queryStringParameters"] is None
    assert event["multiValueQueryStringParameters"] is None


@pytest.mark.parametrize(
    ("media_type", "binary", "encoded"),
    [
        ("image/png", ("image/png",), True),
        ("IMAGE/PNG; a=b", ("image/png",), True),
        ("text/plain", ("image/png",), False),
        ("text/plain", ("*/*",), True),
        ("text/plain", (), False),
        ("image/png", ("image/*",), True),
        ("image/png", ("*/png",), False),
        ("", ("application/json",), True),
    ],
)
def test_bodies(media_type, binary, encoded):
    api = Api(**{**vars(API), "binary_media_types": binary})
    event = event_of(request(("Content-Type", media_type), body=b"body"), api)
    assert event["isBase64Encoded"] is encoded
    expected = base64.b64encode(b"body").decode() if encoded else "body"
    assert event["body"] == expected


def test_method_arn():
    assert method_arn(arrival()) == (
        "arn:aws:execute-api:us-east-1:123456789012:api/dev/POST/content/a%20b"
    )
