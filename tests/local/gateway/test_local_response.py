"""The response that is made of a function's answer."""

import json

import pytest

from coworks_cdk.local.gateway.response import proxy_response


def answer(accept=None, binary=("*/*",), **payload):
    return proxy_response(json.dumps({"statusCode": 200, **payload}).encode(), binary, accept)


def test_headers_of_an_answer_are_merged():
    response = answer(
        headers={"X-One": "1", "X-Two": "a", "X-Number": 3, "X-Yes": True},
        multiValueHeaders={"x-two": ["a", "b"]},
        statusCode="201",
    )
    assert response.status == 201
    assert response.headers == (
        ("x-two", "a"),
        ("x-two", "b"),
        ("X-One", "1"),
        ("X-Number", "3"),
        ("X-Yes", "true"),
        ("Content-Type", "application/json"),
    )


@pytest.mark.parametrize(
    ("accept", "binary", "decoded"),
    [
        (None, ("*/*",), True),
        ("text/html", ("*/*",), True),
        ("image/png", ("image/png",), True),
        ("image/png,text/html", ("image/png",), True),
        ("text/html,image/png", ("image/png",), False),
        ("image/png", (), False),
        ("image/png;q=0.9, text/html", ("image/png",), True),
        ("IMAGE/PNG", ("image/png",), True),
        ("image/*", ("image/png",), False),
        ("image/jpg", ("image/*",), True),
        ("image/*", ("image/*",), True),
        ("text/png", ("image/*",), False),
        ("any/png", ("*/png",), False),
        ("*/png", ("*/png",), False),
        ("image", ("image/*", "image"), False),
        ("*/*", ("image/*",), False),
        (None, ("image/*", "application/json"), False),
    ],
)
def test_accept_decides_on_decoding(accept, binary, decoded):
    response = answer(accept, binary, body="AP8=", isBase64Encoded=True)
    assert response.body == (b"\x00\xff" if decoded else b"AP8=")


def test_text_that_is_said_to_be_no_base64_stays():
    assert answer(body="AP8=").body == b"AP8="
    assert answer(body=None).body == b""


def test_no_json_is_malformed():
    with pytest.raises(ValueError, match="no JSON"):
        proxy_response(b"{", (), None)


def test_a_single_value_follows_several_in_their_spelling():
    response = answer(headers={"test-multi": "solo"}, multiValueHeaders={"tesT-Multi": ["multi"]})
    assert response.headers[:2] == (("tesT-Multi", "multi"), ("tesT-Multi", "solo"))


def test_an_answer_without_a_status_is_right():
    assert proxy_response(b"{}", (), None).status == 200
    assert proxy_response(b'{"statusCode": null, "headers": null}', (), None).status == 200
