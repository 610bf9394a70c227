"""Which events are answered in pieces, and what an answer's pieces are, without a loop that sends them."""

import pytest
from flask import Response

from coworks_runtime import TechMicroService, entry
from coworks_runtime.events import http, rest
from coworks_runtime.on_lambda.stream_way import URL_VARIABLE, answer_in_pieces
from tests.runtime.conftest import rest_event


class Streams(TechMicroService):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.told = []

    def token_authorizer(self, token):
        return False

    @entry(no_auth=True, stream=True)
    def get_count(self, *, upto: int = 3):
        try:
            for number in range(upto):
                yield f"{number}\n"
        finally:
            self.told.append("closed")

    @entry(no_auth=True, stream="text/event-stream")
    def get_failing(self):
        yield "data: 1\n\n"
        raise ValueError("in the middle")

    @entry(no_auth=True, stream=True)
    def get_broken(self):
        raise ValueError("before the first")

    @entry(stream=True)
    def get_closed(self):
        yield "never"

    @entry(no_auth=True)
    def get_whole(self):
        return "whole"


@pytest.fixture(params=["1", "0"], ids=["short way", "WSGI"])
def app(request, monkeypatch):
    monkeypatch.setenv("CWS_SHORT_WAY", request.param)
    return Streams()


def answered(app, target):
    return answer_in_pieces(app, rest.CODEC, rest_event(app, "GET", target), None)


def test_the_head_is_the_payloads_and_the_body_comes_in_pieces(app):
    answer = answered(app, "/count?upto=3")
    assert answer["statusCode"] == 200
    assert not {"body", "isBase64Encoded"} & set(answer)
    names = {name.lower() for name in answer.get("multiValueHeaders") or answer["headers"]}
    assert "content-type" in names
    assert "content-length" not in names
    assert app.told == []
    assert [piece for piece in answer.pieces if piece] == [b"0\n", b"1\n", b"2\n"]
    answer.close()
    assert app.told == ["closed"]


def test_an_answer_that_nobody_takes_to_its_end_is_closed(app):
    answer = answered(app, "/count?upto=1000000")
    pieces = (piece for piece in answer.pieces if piece)
    assert next(pieces) == b"0\n"
    answer.close()
    assert app.told == ["closed"]


def test_what_fails_after_the_head_goes_out_of_its_pieces(app):
    answer = answered(app, "/failing")
    assert answer["statusCode"] == 200
    pieces = (piece for piece in answer.pieces if piece)
    assert next(pieces) == b"data: 1\n\n"
    with pytest.raises(ValueError, match="in the middle"):
        next(pieces)
    answer.close()


@pytest.mark.parametrize(
    ("target", "status", "body"),
    [
        ("/broken", 500, b'{"message":"Internal Server Error"}'),
        ("/count?upto=x", 422, b"Parameter 'upto'"),
        ("/closed", 403, b'{"message":"Forbidden"}'),
    ],
)
def test_refusals_and_errors_of_streamed_entries_take_their_form(app, target, status, body):
    event = rest_event(app, "GET", target, headers=[("Authorization", "no")])
    answer = answer_in_pieces(app, rest.CODEC, event, None)
    assert answer["statusCode"] == status
    assert body in b"".join(answer.pieces)
    answer.close()


def test_other_entries_are_left_to_the_handler(app):
    assert answered(app, "/whole") is None
    event = rest_event(app, "GET", "/count") | {"resource": None}
    assert answer_in_pieces(app, rest.CODEC, event, None) is None


def test_a_function_url_streams_where_the_variable_says_so(app, monkeypatch):
    event = _of_a_url("/whole")
    assert answer_in_pieces(app, http.CODEC, event, None) is None
    monkeypatch.setenv(URL_VARIABLE, "RESPONSE_STREAM")
    answer = answer_in_pieces(app, http.CODEC, event, None)
    assert answer["statusCode"] == 200
    assert b"".join(answer.pieces) == b"whole"
    answer.close()


def test_what_fails_outside_the_service_is_a_500_in_its_form(app, caplog):
    def failing(environ, start_response):
        raise RuntimeError("no middleware of ours")

    app.wsgi_app = failing
    answer = answered(app, "/count")
    assert answer["statusCode"] == 500
    assert b"".join(answer.pieces) == b'{"message":"Internal Server Error"}'
    assert "Exception outside the service on GET /count" in caplog.text


def test_a_middleware_may_give_its_head_with_the_first_piece(app):
    def late(environ, start_response):
        yield from Response("from a middleware")(environ, start_response)

    app.wsgi_app = late
    answer = answered(app, "/count")
    assert b"".join(answer.pieces) == b"from a middleware"
    answer.close()


def _of_a_url(path):
    domain = "abc.lambda-url.eu-west-1.on.aws"
    told = {"method": "GET", "path": path, "sourceIp": "203.0.113.1", "protocol": "HTTP/1.1"}
    return {
        "version": "2.0",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {"host": domain},
        "isBase64Encoded": False,
        "requestContext": {"domainName": domain, "http": told, "stage": "$default"},
    }
