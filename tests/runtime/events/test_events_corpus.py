"""Each event of the corpus gives the environ that its file says."""

import json
import re
import sys
from wsgiref.validate import check_environ

import pytest

from coworks_runtime import events
from coworks_runtime.events import token
from tests.event_corpus import CorpusEvent, corpus

CORPUS = corpus()
CONTEXT = object()


def test_the_corpus_covers_the_shapes():
    assert len(CORPUS) >= 32
    codecs = {event.expected.get("codec") for event in CORPUS}
    assert len(codecs - {None}) == 3
    for event in CORPUS:
        kinds = {"foreign", "authorizer_event", "codec"} & event.expected.keys()
        assert len(kinds) == 1, event.name
        numbers = set(re.findall(r"\b\d{12}\b", json.dumps(event.event)))
        assert numbers <= {"123456789012"}, event.name


@pytest.mark.parametrize("case", CORPUS, ids=str)
def test_event(case: CorpusEvent):
    event, expected = case.event, case.expected
    codec = events.codec_of(event)
    assert token.is_authorizer_event(event) == ("authorizer_event" in expected)
    if "codec" not in expected:
        assert codec is None
        if "authorizer_event" in expected:
            assert token.parse_arn(event["methodArn"])._asdict() == expected["authorizer_event"]
        return
    assert codec is not None
    assert codec.name == expected["codec"]
    if "malformed" in expected:
        with pytest.raises(events.MalformedEvent, match=expected["malformed"]):
            codec.environ(event, CONTEXT)
        return
    environ = codec.environ(event, CONTEXT)
    facts = expected.get("environ", {})
    assert {name: environ.get(name) for name in facts} == facts
    assert not set(expected.get("absent", ())) & environ.keys()
    if "authorizer" in expected:
        assert codec.authorizer(event) == expected["authorizer"]
    body = environ["wsgi.input"].read()
    assert environ["CONTENT_LENGTH"] == str(len(body))
    if case.body is not None:
        assert body == case.body
    assert environ["coworks.aws_event"] is event
    assert environ["coworks.aws_context"] is CONTEXT
    assert environ["wsgi.errors"] is sys.stderr
    assert event == case.event, "the event is left as it was"


@pytest.mark.parametrize("case", [case for case in CORPUS if case.is_request], ids=str)
def test_environ_is_wsgi(case: CorpusEvent):
    codec = events.codec_of(case.event)
    environ = codec.environ(case.event, None)
    # wsgiref wants a dict of str that Latin-1 can write, and complains of what PEP 3333 forbids.
    for value in environ.values():
        if isinstance(value, str):
            value.encode("latin-1")
    if environ["SCRIPT_NAME"] == "/":
        pytest.fail("SCRIPT_NAME has no slash at its end")
    check_environ(environ)
