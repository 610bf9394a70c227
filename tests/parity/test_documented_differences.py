"""Every difference that docs/parity.md lists: what Flask answers, and what the gateway does."""

import json
import re
from pathlib import Path

import pytest

from tests.parity.cases import ORIGIN_ONE, get
from tests.parity.side_by_side import Ask
from tests.recordings.recorded import cases

PAGE = Path(__file__).parents[2] / "docs" / "parity.md"
NOT_FOUND = b'{"message":"Not Found"}'
TESTED = set()


def shows(heading):
    """Mark the test that shows the difference under a heading of the page."""
    TESTED.add(heading)
    return lambda test: test


def allowed(answer):
    (value,) = answer.header("Allow")
    return set(value.split(", "))


def section(heading):
    return PAGE.read_text(encoding="utf-8").split(f"\n## {heading}\n")[1].split("\n## ")[0]


def test_every_difference_of_the_page_has_a_test():
    assert set(re.findall(r"^### (.+)$", section("What differs"), re.MULTILINE)) == TESTED


def test_every_statement_of_the_page_says_what_it_rests_on():
    statements = section("What differs").split("\n### ")[1:]
    rows = section("What is no difference").splitlines()
    statements += [row for row in rows if row.startswith("| ")][1:]
    days = {case.recorded for case in cases() if case.evidence == "recorded"}
    for statement in statements:
        assert re.search(r"\*(recorded \d|documented\*|believed\*)", statement, re.IGNORECASE), (
            statement
        )
        told = re.findall(r"\*recorded (.*?)\*", statement, re.IGNORECASE)
        assert set(told) <= days, statement


@shows("Method without an entry")
@pytest.mark.parametrize("method", ["POST", "DELETE", "TRACE", "PROPFIND"])
def test_method_without_an_entry(flask, gateway, method):
    local, deployed = flask.ask(Ask(method, "/text")), gateway.ask(Ask(method, "/text"))
    assert (local.status, allowed(local)) == (405, {"GET", "HEAD", "OPTIONS"})
    assert (deployed.status, deployed.body) == (404, NOT_FOUND)
    assert deployed.header("Allow") == []


@shows("Media types that API Gateway has no template for")
def test_media_types_without_a_template(flask, gateway, tmp_path):
    into = ("X-Into", str(tmp_path / "png"))
    ask = Ask("PUT", "/later/raw", (("Content-Type", "image/png"), into), b"x")
    assert flask.ask(ask).status == 202
    refused = gateway.ask(ask)
    assert (refused.status, refused.body) == (415, b'{"message":"Unsupported Media Type"}')


@shows("HEAD of a GET entry")
def test_head_of_a_get_entry(flask, gateway):
    assert flask.ask(Ask("HEAD", "/text")).status == 200
    assert gateway.ask(Ask("HEAD", "/text")).status == 404
    assert gateway.ask(Ask("HEAD", "/item/a")).status == 200


@shows("OPTIONS of an entry without CORS")
def test_options_of_an_entry_without_cors(flask, gateway):
    local = flask.ask(Ask("OPTIONS", "/text"))
    assert (local.status, allowed(local)) == (200, {"GET", "HEAD", "OPTIONS"})
    assert gateway.ask(Ask("OPTIONS", "/text", (ORIGIN_ONE,))).status == 404


@shows("Empty segments")
def test_empty_segments(flask, gateway):
    local = flask.ask(get("/item//a"))
    assert (local.status, local.header("Location")) == (308, ["BASE/item/a"])
    assert gateway.ask(get("/item//a")).status == 404
    local, deployed = flask.ask(get("//text")), gateway.ask(get("//text"))
    assert (local.status, deployed.status) == (200, 200)
    assert local.body == deployed.body


@shows("Hooks and middleware of answers that API Gateway gives")
@pytest.mark.parametrize("ask", [get("/nope"), get("/private")], ids=["unknown", "no-token"])
def test_hooks_do_not_see_what_the_gateway_answers(flask, gateway, ask):
    local, deployed = flask.ask(ask), gateway.ask(ask)
    assert (local.status, local.body) == (deployed.status, deployed.body)
    assert local.header("X-Middleware") == ["was here"]
    assert deployed.header("X-Middleware") == []


@shows("Content-Type of an empty answer")
def test_content_type_of_an_empty_answer(flask, gateway):
    local, deployed = flask.ask(get("/none")), gateway.ask(get("/none"))
    assert (local.status, deployed.status) == (204, 204)
    assert (local.header("Content-Type"), local.body) == ([], b"")
    assert (deployed.header("Content-Type"), deployed.body) == (["application/json"], b"")


@shows("Renamed headers")
def test_renamed_headers(flask, gateway):
    local, deployed = flask.ask(get("/challenge")), gateway.ask(get("/challenge"))
    assert (local.status, deployed.status) == (401, 401)
    assert local.header("WWW-Authenticate") == ['Basic realm="x"']
    assert deployed.header("WWW-Authenticate") == []
    assert deployed.header("x-amzn-Remapped-WWW-Authenticate") == ['Basic realm="x"']


@shows("Request headers that don't arrive")
def test_request_headers_that_do_not_arrive(flask, gateway):
    ask = get("/sent", ("Max-Forwards", "1"), ("Content-MD5", "x"), ("Via", "here"))
    local, deployed = json.loads(flask.ask(ask).body), json.loads(gateway.ask(ask).body)
    assert {"Max-Forwards", "Content-Md5", "Via"} <= set(local)
    assert {"Max-Forwards", "Content-Md5"} & set(deployed) == set()
    assert deployed["Via"] == "here"


@shows("Method in a header")
def test_method_in_a_header(flask, gateway):
    ask = Ask("POST", "/text", (("X-HTTP-Method-Override", "GET"),))
    assert flask.ask(ask).status == 405
    assert gateway.ask(ask).status == 200


@shows("Semicolon in a query")
def test_semicolon_in_a_query(flask, gateway):
    ask = get("/query?a=1;b=2")
    assert json.loads(flask.ask(ask).body) == {"a": "1;b=2"}
    assert json.loads(gateway.ask(ask).body) == {"a": "1", "b": "2"}
    escaped = get("/query?a=1%3Bb=2")
    assert flask.ask(escaped).body == gateway.ask(escaped).body


@shows("Headers of the connection")
def test_headers_of_the_connection(flask, gateway):
    local, deployed = flask.ask(get("/text")), gateway.ask(get("/text"))
    assert local.header("Server")
    assert not deployed.header("Server")
    assert deployed.header("x-amzn-RequestId")
    assert deployed.header("x-amz-apigw-id")
    assert deployed.header("X-Amzn-Trace-Id")
    root = "Root=1-3152b799-8954dae64eda91bc9a23a7e8"
    (sent,) = gateway.ask(get("/text", ("X-Amzn-Trace-Id", root))).header("X-Amzn-Trace-Id")
    assert sent.startswith(root + ";Parent=")
    own = gateway.ask(get("/nope"))
    assert (own.status, own.header("X-Amzn-Trace-Id")) == (404, [])


@shows("Streamed answers")
def test_streamed_answers(flask, gateway):
    local, deployed = flask.ask(get("/generator")), gateway.ask(get("/generator"))
    assert local.body == deployed.body
    assert local.header("Transfer-Encoding") == ["chunked"]
    assert deployed.header("Content-Length") == [str(len(local.body))]


@shows("Length of a HEAD answer")
def test_length_of_a_head_answer(gateway):
    answer = gateway.ask(Ask("HEAD", "/item/a"))
    assert (answer.status, answer.body) == (200, b"")
    assert answer.header("X-Head") == ["yes"]
    assert answer.header("Content-Length") == ["0"]


@shows("Large requests")
def test_large_requests(flask, gateway):
    binary = ("Content-Type", "application/octet-stream")
    small = Ask("POST", "/length", (binary,), b"x" * 4_000_000)
    large = Ask("POST", "/length", (binary,), b"x" * 5_000_000)
    assert flask.ask(large).status == 200
    assert gateway.ask(small).status == 200
    refused = gateway.ask(large)
    assert (refused.status, refused.header("Access-Control-Allow-Origin")) == (413, [])


@shows("Long heads")
def test_long_heads(flask, gateway):
    long = get("/headers", ("Cookie", "a=" + "x" * 10_300))
    assert flask.ask(long).status == 200
    assert gateway.ask(get("/headers", ("Cookie", "a=" + "x" * 9_000))).status == 200
    assert gateway.ask(long).status == 431


@shows("Large answers")
def test_large_answers(flask, gateway):
    assert len(flask.ask(get("/blob?size=5000000")).body) == 5_000_000
    assert len(gateway.ask(get("/blob?size=4000000")).body) == 4_000_000
    answer = gateway.ask(get("/blob?size=5000000"))
    assert (answer.status, answer.body) == (500, b'{"message":"Internal Server Error"}')


@shows("Statuses that are none")
def test_statuses_that_are_none(flask, gateway):
    assert flask.ask(get("/status/600")).status == 600
    assert gateway.ask(get("/status/600")).status == 502


@shows("A query that is not UTF-8")
def test_query_that_is_not_utf_8(flask, gateway):
    assert flask.ask(get("/query?a=%FF")).body == b'{"a":"%FF"}\n'
    assert gateway.ask(get("/query?a=%FF")).body == b'{"a":"\\ufffd"}\n'


@shows("Repeated Cookie and Authorization headers")
def test_repeated_headers(flask, gateway):
    cookies = get("/headers", ("Cookie", "a=1"), ("Cookie", "b=2"))
    assert b'"cookies":{"a":"1,b=2"}' in flask.ask(cookies).body
    assert b'"cookies":{"a":"1","b":"2"}' in gateway.ask(cookies).body
    tokens = get("/private", ("Authorization", "wrong"), ("Authorization", "token"))
    assert flask.ask(tokens).status == 403
    assert gateway.ask(tokens).status == 200


@shows("The stage in the path")
def test_the_stage_in_the_path(flask, gateway):
    assert flask.ask(get("/links")).body == gateway.ask(get("/links")).body
    gateway_root = type(gateway)(gateway.ports, "")
    assert gateway_root.ask(get("/text")).status == 403
    assert gateway_root.ask(get("/dev/text")).status == 200
    assert b'"/dev/text"' in gateway_root.ask(get("/dev/links")).body


@pytest.mark.parametrize("name", ["special", "other"])
def test_a_literal_path_without_the_method_of_a_variable_one_is_no_difference(flask, gateway, name):
    ask = Ask("PUT", f"/item/{name}")
    assert flask.ask(ask).body == gateway.ask(ask).body == b'{"put":"%s"}\n' % name.encode()
