"""Heads of requests as clients send them, right and wrong, by a socket to the real server."""

import json
import socket

import pytest

from coworks_cdk.local.gateway.head import BadHead, target_of
from tests.local.assemblies import method, resource, service

ECHO = """
import json
def handler(event, context):
    value = event["headers"].get("X-Value")
    told = {"path": event["path"], "value": value, "q": event["queryStringParameters"]}
    return {"statusCode": 200, "body": json.dumps(told)}
"""


@pytest.fixture
def ask(serve):
    """Sends bytes, and gives the status line and the rest of what comes."""
    anything = resource(
        "AWS::ApiGateway::Resource",
        RestApiId={"Ref": "Api"},
        ParentId={"Fn::GetAtt": ["Api", "RootResourceId"]},
        PathPart="{any+}",
    )
    below = method(resource_id={"Ref": "Anything"})
    served = serve(ECHO, service(Root=method(), Anything=anything, Below=below))
    (server,) = served.session.servers.values()

    def ask(data):
        with socket.create_connection(("127.0.0.1", server.port), timeout=60) as connection:
            connection.sendall(data)
            received = b""
            while more := connection.recv(1 << 16):
                received += more
        line, _, rest = received.partition(b"\r\n")
        return line.decode(), rest

    ask.served = served
    return ask


def get(target, *lines):
    return "\r\n".join(
        [f"GET {target} HTTP/1.1", *lines, "Connection: close", "Host: here", "", ""]
    ).encode()


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("/dev/a?b=c", ("/dev/a", "b=c")),
        ("/dev/http://other/a?b=://c?d", ("/dev/http://other/a", "b=://c?d")),
        ("//dev", ("//dev", "")),
        ("http://here:80/dev/a?b", ("/dev/a", "b")),
        ("HTTPS://here?b=/c", ("/", "b=/c")),
        ("http://here", ("/", "")),
    ],
)
def test_the_target_of_a_request(target, expected):
    assert target_of(target) == expected


@pytest.mark.parametrize("target", ["*", "dev/a", "here:443", "", "?secret", "1http://here/"])
def test_a_target_that_is_none(target):
    with pytest.raises(BadHead, match="neither a path nor a URL") as refused:
        target_of(target)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    "target", ["/dev/http://other/x?y=1", "http://here/dev/http://other/x?y=1"]
)
def test_a_url_in_the_path_is_of_the_path(ask, target):
    line, rest = ask(get(target))
    assert line == "HTTP/1.1 200 OK"
    told = json.loads(rest.partition(b"\r\n\r\n")[2])
    assert (told["path"], told["q"]) == ("/http://other/x", {"y": "1"})


def test_a_value_of_several_lines_is_one(ask):
    _, rest = ask(get("/dev/", "X-Value: a\r\n \t b"))
    assert json.loads(rest.partition(b"\r\n\r\n")[2])["value"] == "a b"


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (get("/dev/", "no header"), "400 Bad Request"),
        (get("/dev/", "X-Value : x"), "400 Bad Request"),
        (get("/dev/", " X-Value: x"), "400 Bad Request"),
        (get("*"), "400 Bad Request"),
        (get("/dev/a b?secret"), "400 Bad Request"),
        (b"GET /dev/ HTTX/1.1\r\n\r\n", "400 Bad Request"),
        (b"GET /dev/ HTTP/3.0\r\n\r\n", "505 HTTP Version Not Supported"),
        (get("/dev/", "X-Value: " + "x" * 10_240), "431 Request Header Fields Too Large"),
        (get("/dev/" + "x" * 10_240), "431 Request Header Fields Too Large"),
        (get("/dev/", "X-Value: " + "x" * 70_000), "431 Request Header Fields Too Large"),
        (get("/dev/", *(f"X-{n}: x" for n in range(101))), "431 Request Header Fields Too Large"),
    ],
)
def test_a_head_that_cannot_be_read(ask, data, status):
    line, rest = ask(data)
    assert line == f"HTTP/1.1 {status}"
    head, _, body = rest.partition(b"\r\n\r\n")
    assert json.loads(body) == {"message": status.partition(" ")[2]}
    assert b"x-amzn-RequestId: " in head
    assert b"Server: " not in head
    assert ask.served.logged("a request can't be read: ")
    assert "secret" not in ask.served.log


def test_a_multipart_head_is_none_of_these(ask):
    line, _ = ask(get("/dev/", "Content-Type: multipart/form-data; boundary=x"))
    assert line == "HTTP/1.1 200 OK"
