"""Lambda's Runtime API, as the runtime client sees it."""

import http.client
import json
import socket
import threading

import pytest

from coworks_cdk.local.function.runtime_api import Invocation, Result, RuntimeApi, failure
from tests.eventually import eventually

PREFIX = "/2018-06-01/runtime"


@pytest.fixture
def api():
    runtime = RuntimeApi("arn:of:function", 5.0)
    yield runtime
    runtime.close()


def call(api, method, path, body=None):
    connection = http.client.HTTPConnection(api.address, timeout=60)
    try:
        connection.request(method, PREFIX + path, body)
        response = connection.getresponse()
        return response.status, response.headers, response.read()
    finally:
        connection.close()


def test_an_invocation(api):
    invocation = Invocation(b'{"a": 1}', "Root=1")
    api.submit(invocation)
    status, headers, body = call(api, "GET", "/invocation/next")
    assert (status, body) == (200, b'{"a": 1}')
    assert headers["Lambda-Runtime-Aws-Request-Id"] == invocation.id
    assert headers["Lambda-Runtime-Invoked-Function-Arn"] == "arn:of:function"
    assert headers["Lambda-Runtime-Trace-Id"] == "Root=1"
    assert call(api, "POST", f"/invocation/{invocation.id}/response", iter([b"a", b"b"]))[0] == 202
    assert invocation.future.result(60) == Result(b"ab")
    assert call(api, "POST", f"/invocation/{invocation.id}/response", b"late")[0] == 400


def test_an_invocation_that_fails(api):
    invocation = Invocation(b"{}", "")
    api.submit(invocation)
    call(api, "GET", "/invocation/next")
    error = json.dumps({"errorMessage": "no"}).encode()
    call(api, "POST", f"/invocation/{invocation.id}/error", error)
    result = invocation.future.result(60)
    assert result.failed
    assert result.message == "no"


@pytest.mark.parametrize(
    "body",
    [
        "Content-Length: 100\r\n\r\n{",
        "Transfer-Encoding: chunked\r\n\r\n64\r\n{",
        "Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n",
    ],
)
def test_an_answer_that_breaks_off_is_none(api, body):
    invocation = Invocation(b"{}", "")
    api.submit(invocation)
    call(api, "GET", "/invocation/next")
    host, _, port = api.address.partition(":")
    head = f"POST {PREFIX}/invocation/{invocation.id}/response HTTP/1.1\r\n"
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall((head + body).encode())
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(100) == b""
    assert not invocation.future.done()


def test_an_error_at_start(api):
    assert call(api, "POST", "/init/error", b'{"errorMessage": "no"}')[0] == 202
    assert api.init_error == Result(b'{"errorMessage": "no"}', failed=True)


def test_what_is_not_served(api):
    assert call(api, "GET", "/restore/other")[0] == 404


def test_closing_ends_who_waits():
    runtime = RuntimeApi("arn", 1.0)
    ended = threading.Event()

    def wait():
        with pytest.raises(http.client.RemoteDisconnected):
            call(runtime, "GET", "/invocation/next")
        ended.set()

    threading.Thread(target=wait).start()
    eventually(lambda: runtime.initialized)
    runtime.close()
    assert ended.wait(60)


def test_only_the_first_result_counts():
    invocation = Invocation(b"", "")
    assert invocation.finish(failure("first", "Type"))
    assert not invocation.finish(failure("second", "Type"))
    assert invocation.future.result(0).message == "first"


@pytest.mark.parametrize("payload", [b"{", b"[]", b"{}"])
def test_errors_without_a_message(payload):
    assert Result(payload, failed=True).message is None
