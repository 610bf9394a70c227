"""What a service calls with boto3 and requests, as the X-Ray daemon is told of it."""

import json
import socket
import threading
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.eventually import eventually
from tests.lambda_process import TRACE_ID, LambdaProcess
from tests.moto_process import moto_process
from tests.runtime.conftest import rest_event

SERVICE = """
import os

from coworks_runtime.extension.xray import XRay
from aws_xray_sdk.core import patch, xray_recorder

patch(["boto3", "requests"])

import boto3
import requests
from botocore.exceptions import ClientError

from coworks_runtime import TechMicroService, entry, on_event

PEER = os.environ["PEER"]


class Shop(TechMicroService):
    def token_authorizer(self, token):
        return token == "planted-token"

    @entry
    def get_order(self, number: int):
        buckets = boto3.client("s3").list_buckets()["Buckets"]
        answer = requests.get(f"{PEER}/price?key=planted-key", headers={"X-Key": "planted-key"})
        return {"buckets": len(buckets), "price": answer.json()}

    @entry(no_auth=True)
    def get_failing(self):
        try:
            boto3.client("s3").get_object(Bucket="nowhere", Key="none")
        except ClientError as error:
            kind = error.response["Error"]["Code"]
        return {"aws": kind, "peer": requests.get(f"{PEER}/missing").status_code}

    @entry(no_auth=True)
    def get_unreachable(self):
        requests.get("http://127.0.0.1:1/")

    @entry(no_auth=True, stream=True)
    def get_pieces(self):
        for _ in range(2):
            yield requests.get(f"{PEER}/price").text

    @on_event("aws:sqs")
    def take(self, event, context):
        boto3.client("sqs").list_queues()


app = Shop(name="shop")
XRay(app, xray_recorder)
"""


class Peer(BaseHTTPRequestHandler):
    def do_GET(self):
        found = self.path.startswith("/price")
        self.server.traces.append(self.headers.get("X-Amzn-Trace-Id"))
        self.send_response(200 if found else 404)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"42")

    def log_message(self, *_):
        pass


@contextmanager
def peer():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Peer)
    server.traces = []
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Bare:
    registered_routes = ()


def event(path, **headers):
    made = rest_event(Bare(), "GET", path, b"", list(headers.items()))
    made["resource"] = "/order/{number}" if path.startswith("/order/") else path
    return made


class Traced:
    """A service in a process of its own, and the daemon that it tells."""

    def __init__(self, process, daemon, server):
        self.process, self._daemon, self.peer = process, daemon, server
        self._datagrams = []

    @property
    def sent(self):
        return "".join(self._datagrams)

    def call(self, made, *names):
        """Its answer; the subsegments that it sent, at least as many as the names."""
        before = len(self._datagrams)
        answer = self.process.call(made)

        def told():
            try:
                while True:
                    self._datagrams.append(self._daemon.recv(1 << 16).decode())
            except BlockingIOError:
                new = self._datagrams[before:]
            found = [json.loads(datagram.partition("\n")[2]) for datagram in new]
            return sorted(s["name"] for s in found) == sorted(names) and found

        return answer, eventually(told, lambda: f"{self.sent}\n{self.process.printed()}")


@contextmanager
def traced(folder, moto, *, loop=False):
    (folder / "shop.py").write_text(SERVICE)
    with ExitStack() as stack:
        daemon = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        daemon.bind(("127.0.0.1", 0))
        daemon.setblocking(False)
        server = stack.enter_context(peer())
        process = LambdaProcess(
            folder,
            "shop.app",
            loop=loop,
            AWS_XRAY_DAEMON_ADDRESS=f"127.0.0.1:{daemon.getsockname()[1]}",
            **{**moto.environment, "AWS_SECRET_ACCESS_KEY": "planted-secret"},
            PEER=f"http://127.0.0.1:{server.server_port}",
            NO_PROXY="127.0.0.1",
        )
        yield Traced(stack.enter_context(process), daemon, server)


@pytest.fixture(scope="module")
def moto():
    with moto_process() as server:
        yield server


@pytest.fixture(scope="module")
def shop(tmp_path_factory, moto):
    with traced(tmp_path_factory.mktemp("xray"), moto) as service:
        yield service


def below(found, name):
    """The subsegments below the one of an entry, by name."""
    [own] = [segment for segment in found if segment["name"] == name]
    others = [segment for segment in found if segment is not own]
    assert {segment["parent_id"] for segment in others} == {own["id"]}
    assert {segment["trace_id"] for segment in found} == {TRACE_ID}
    return own, {segment["name"]: segment for segment in others}


def test_calls_hang_below_the_entry_that_makes_them(shop):
    made = event("/order/7", Authorization="planted-token")
    answer, found = shop.call(made, "get_order", "s3", "127.0.0.1")
    assert json.loads(answer["body"]) == {"buckets": 0, "price": 42}
    own, calls = below(found, "get_order")
    assert own["http"]["response"]["status"] == 200
    s3, price = calls["s3"], calls["127.0.0.1"]
    assert (s3["namespace"], s3["aws"]["operation"]) == ("aws", "ListBuckets")
    assert s3["http"]["response"]["status"] == 200
    assert (price["namespace"], price["http"]["request"]["method"]) == ("remote", "get")
    assert price["http"]["request"]["url"].endswith("/price")
    assert price["http"]["response"]["status"] == 200
    # Whom it calls hangs its own segment below the call.
    assert f"Root={TRACE_ID};Parent={price['id']};Sampled=1" in shop.peer.traces[-1]
    assert "planted" not in shop.sent


def test_calls_that_are_refused_are_errors_of_the_calls_alone(shop):
    answer, found = shop.call(event("/failing"), "get_failing", "s3", "127.0.0.1")
    assert json.loads(answer["body"]) == {"aws": "NoSuchBucket", "peer": 404}
    own, calls = below(found, "get_failing")
    assert not {"error", "fault"} & own.keys()
    assert [calls[name]["http"]["response"]["status"] for name in ("s3", "127.0.0.1")] == [404, 404]
    assert calls["127.0.0.1"]["error"] is True


def test_a_peer_that_cannot_be_reached_is_a_fault_of_both(shop):
    answer, found = shop.call(event("/unreachable"), "get_unreachable", "127.0.0.1")
    assert answer["statusCode"] == 500
    own, calls = below(found, "get_unreachable")
    assert own["fault"] is calls["127.0.0.1"]["fault"] is True


def test_calls_of_a_method_that_takes_an_event_hang_below_it(shop):
    answer, found = shop.call({"Records": [{"eventSource": "aws:sqs"}]}, "take", "sqs")
    assert answer is None
    _, calls = below(found, "take")
    assert calls["sqs"]["aws"]["operation"] == "ListQueues"


def test_calls_between_the_pieces_of_an_answer_hang_below_its_entry(tmp_path, moto):
    with traced(tmp_path, moto, loop=True) as shop:
        answer, found = shop.call(event("/pieces"), "get_pieces", "127.0.0.1", "127.0.0.1")
    assert answer["body"] == "4242"
    below(found, "get_pieces")
