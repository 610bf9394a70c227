"""What ``cws invoke --deployed`` shows of a streamed answer, which Lambda gives it as a whole."""

import io
import json

from coworks_runtime.cws.invoke import _call_there


class Lambda:
    """Lambda's client, which answers as the loop does."""

    def __init__(self, payload):
        self.payload = payload

    def invoke(self, **_):
        return {"Payload": io.BytesIO(self.payload)}


def test_a_stream_is_its_head_and_its_body():
    head = {"statusCode": 200, "multiValueHeaders": {"Content-Type": ["text/plain"]}}
    payload = json.dumps(head).encode() + b"\0" * 8 + "é\nlines\n".encode()
    shown = _call_there(Lambda(payload), "f", {})
    assert shown == f"{json.dumps(head, indent=2)}\né\nlines\n"


def test_other_answers_are_json():
    assert _call_there(Lambda(b'{"a":1}'), "f", {}) == '{\n  "a": 1\n}'
