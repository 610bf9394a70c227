"""Work after the answer: the same by Flask's server and by API Gateway's asynchronous invocation."""

import json

import pytest

from tests.eventually import eventually
from tests.parity.cases import FORM, JSON, MULTIPART, ORIGIN_TWO, multipart, token
from tests.parity.side_by_side import Ask

TOKEN = token("context")


def later(path, into, *headers, body=None, **values):
    sent = json.dumps({"into": into, **values}).encode() if body is None else body
    return Ask("POST", path, (JSON, TOKEN, *headers), sent)


def asks(into):
    """Requests whose work writes what it was given into a file."""
    hostile = """"'\\ \\' $context.stage #end ${x} \\u0022 é😀"""
    form = (FORM, TOKEN)
    yield later("/later/plain", into)
    yield later("/later/it's%20%22%5C%22", into, say=hostile)
    yield later("/later/x?tag=a&tag=b'%22&tag=%C3%A9&tag=", into, ("X-Say", 'it\'s "said" \\ $n'))
    yield later("/later/x", into, ("X-Say", "one"), ("X-Say", "two"), ORIGIN_TWO)
    yield Ask("POST", "/later/form", form, f"into={into}&say=a%27b%22".encode())
    parts = [('name="into"', None, into.encode()), ('name="say"', None, b"it's \0\xc3\xa9")]
    yield multipart("/later/parts", *parts, headers=(MULTIPART, TOKEN))
    for kind, body in (("text/plain", b"it's \"\\ \xff\0"), ("application/octet-stream", b"")):
        headers = (("Content-Type", kind), ("X-Into", into))
        yield Ask("PUT", "/later/raw", headers, body)


COUNT = len([*asks("x")])


def done(file):
    """What the work has written, once it has."""
    eventually(file.exists, lambda: f"no work was done: {file}")
    return json.loads(file.read_text())


@pytest.mark.parametrize("number", range(COUNT))
def test_the_work_is_given_the_same(flask, gateway, gateway_of_documents, tmp_path, number):
    seen = []
    for name, backend in (
        ("flask", flask),
        ("gateway", gateway),
        ("document", gateway_of_documents),
    ):
        file = tmp_path / name
        ask = [*asks(str(file))][number]
        answer = backend.ask(ask)
        assert answer.status == 202, answer.body
        assert answer.header("Content-Type") == ["application/json"]
        given = done(file)
        assert json.loads(answer.body) == {"request_id": given.pop("request_id")}
        cors = answer.header("Access-Control-Allow-Origin")
        seen.append((given, cors))
    assert seen[0] == seen[1] == seen[2]


def test_a_caller_is_refused_before_the_202(flask, gateway):
    for backend in (flask, gateway):
        for headers, status in (((JSON,), 401), ((JSON, token("deny")), 403)):
            assert backend.ask(Ask("POST", "/later/x", headers, b"{}")).status == status


def test_a_wrong_value_is_a_202_and_no_work(flask, gateway, log_file):
    ask = Ask("POST", "/later/x", (JSON, TOKEN), b'{"unknown": 1}')
    for backend in (flask, gateway):
        assert backend.ask(ask).status == 202
    dropped = "POST /later/{value}, in the background, was dropped: 422"
    eventually(lambda: dropped in log_file.read_text(), log_file.read_text)


def test_a_body_beyond_the_limit_is_a_413(flask, gateway):
    ask = Ask("PUT", "/later/raw", (("Content-Type", "text/plain"),), b"x" * 900_000)
    for backend in (flask, gateway):
        assert backend.ask(ask).status == 413
