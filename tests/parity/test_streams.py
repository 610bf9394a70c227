"""Streams through the local gateway: in order, under load, and where they end early."""

import http.client
import json
import os
import shutil
import socket
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from coworks_cdk.local.log import Log
from coworks_cdk.local.session import Session, Settings
from tests.eventually import eventually

HEAD = "Host: x\r\n\r\n"


class Stream:
    """An answer that is read as it comes."""

    def __init__(self, backend, path):
        self.connection = http.client.HTTPConnection(
            "127.0.0.1", backend.ports["Streaming"], timeout=60
        )
        self.connection.request("GET", backend.prefix + path)
        self.response = self.connection.getresponse()

    def read(self, size=None):
        return self.response.read(size)

    def close(self):
        self.connection.close()


@pytest.fixture(params=["flask", "gateway", "gateway_of_documents"])
def backend(request):
    return request.getfixturevalue(request.param)


def test_a_piece_arrives_before_the_next_is_made(backend, tmp_path):
    stream = Stream(backend, f"/paced?folder={tmp_path}")
    assert stream.response.status == 200
    for i in range(3):
        assert stream.read(1) == str(i).encode()
        assert i == 2 or not (tmp_path / "closed").exists()
        (tmp_path / f"{i + 1}").touch()
    assert stream.read() == b""
    eventually((tmp_path / "closed").exists)
    stream.close()


def test_a_caller_who_leaves_ends_the_stream(backend, tmp_path):
    stream = Stream(backend, f"/endless?folder={tmp_path}")
    assert stream.read(100_000) == b"x" * 100_000
    stream.response.close()
    stream.close()
    eventually((tmp_path / "closed").exists)
    after = Stream(backend, "/")
    assert json.loads(after.read()) == {"whole": True}
    after.close()


def test_what_fails_after_three_pieces_breaks_off(gateway, log_file):
    stream = Stream(gateway, "/failing")
    assert stream.response.status == 200
    with pytest.raises(http.client.IncompleteRead) as broken:
        stream.read()
    assert broken.value.partial == b"123"
    stream.close()
    for line in ("the answer broke off: after three", "[ERROR] ValueError: after three"):
        eventually(lambda line=line: line in log_file.read_text(), log_file.read_text)
    after = Stream(gateway, "/texts?n=1")
    assert after.read() == "é0 /texts\n".encode()
    after.close()


def test_old_clients_get_a_body_that_ends_with_the_connection(gateway):
    with socket.create_connection(("127.0.0.1", gateway.ports["Streaming"]), 60) as client:
        client.sendall(f"GET {gateway.prefix}/texts HTTP/1.0\r\n{HEAD}".encode())
        answer = b"".join(iter(lambda: client.recv(1 << 16), b""))
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"chunked" not in head
    assert body.decode() == "".join(f"é{i} /texts\n" for i in range(3))


def test_fifty_streams_at_once_are_all_right(gateway):
    def one(number):
        stream = Stream(gateway, f"/texts?n={number}")
        body = stream.read().decode()
        stream.close()
        return body

    with ThreadPoolExecutor(50) as pool:
        bodies = list(pool.map(one, range(50)))
    assert bodies == ["".join(f"é{i} /texts\n" for i in range(n)) for n in range(50)]


@pytest.fixture(scope="module")
def impatient(assembly, tmp_path_factory):
    """The same services, whose functions may take two seconds."""
    copy = tmp_path_factory.mktemp("impatient") / "cdk.out"
    shutil.copytree(assembly, copy, symlinks=True)
    for file in copy.glob("*.template.json"):
        template = json.loads(file.read_text())
        for resource in template["Resources"].values():
            if resource["Type"] == "AWS::Lambda::Function":
                resource["Properties"]["Timeout"] = 2
        file.write_text(json.dumps(template))
    log = copy.parent / "log"
    with log.open("w") as stream:
        settings = Settings(copy, services=("Streaming",), port=0)
        with Session(settings, Log(stream, "text")) as session:
            (server,) = session.servers.values()
            yield server.port, log


@pytest.mark.parametrize("after", [0, 2])
def test_what_never_yields_is_ended(impatient, after):
    port, log = impatient
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", f"/dev/stuck?after={after}")
    response = connection.getresponse()
    if after == 0:
        assert response.status == 502
        assert json.loads(response.read()) == {"message": "Internal Server Error"}
    else:
        with pytest.raises(http.client.IncompleteRead) as broken:
            response.read()
        assert broken.value.partial == b"01"
    connection.close()
    line = "Task timed out after 2.00 seconds"
    eventually(lambda: line in log.read_text(), log.read_text)


@pytest.mark.skipif(
    "COWORKS_LONG" not in os.environ, reason="a gigabyte: make streams (COWORKS_LONG=1)"
)
def test_memory_stays_flat_over_a_gigabyte(gateway):
    def peak():
        with open("/proc/self/status") as status:
            return next(int(line.split()[1]) >> 10 for line in status if line.startswith("VmHWM"))

    def take(mb):
        stream = Stream(gateway, f"/much?mb={mb}")
        taken = 0
        while piece := stream.read(1 << 16):
            taken += len(piece)
        stream.close()
        return taken

    take(8)
    before = peak()
    assert take(1024) == 1 << 30
    assert peak() < before + 16


def test_many_streams_leave_no_threads_behind(gateway):
    before = threading.active_count()
    for _ in range(10):
        stream = Stream(gateway, "/texts")
        stream.read()
        stream.close()
    eventually(lambda: threading.active_count() <= before + 2, threading.enumerate)


def test_who_reads_no_streams_gets_all_of_one(gateway):
    port = gateway.ports["Streaming"]
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", "/2015-03-31/functions/")
    (name,) = [f["FunctionName"] for f in json.loads(connection.getresponse().read())["Functions"]]
    event = {"httpMethod": "GET", "path": "/texts", "resource": "/texts", "headers": {}}
    for path, failed in (("/texts", False), ("/failing", True)):
        event |= {"path": path, "resource": path}
        connection.request("POST", f"/2015-03-31/functions/{name}/invocations", json.dumps(event))
        response = connection.getresponse()
        payload = response.read()
        assert (response.getheader("X-Amz-Function-Error") == "Unhandled") is failed
        if failed:
            assert json.loads(payload)["errorMessage"] == "after three"
        else:
            head, _, body = payload.partition(b"\0" * 8)
            assert json.loads(head)["statusCode"] == 200
            assert body.decode() == "".join(f"é{i} /texts\n" for i in range(3))
    connection.close()
