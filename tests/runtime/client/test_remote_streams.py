"""Clients of entries that stream: pieces as they arrive, errors as ever."""

import queue
import threading
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
from werkzeug.exceptions import Conflict
from werkzeug.serving import make_server

from coworks_runtime import Blueprint, TechMicroService, entry
from coworks_runtime.client import remote


class Streams(TechMicroService):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.steps = queue.Queue()
        self.closed = threading.Event()

    @entry(no_auth=True, stream=True)
    def get_paced(self, *, n: int = 3) -> Iterator[str]:
        try:
            for i in range(n):
                self.steps.get(timeout=60)
                yield f"é{i}"
        finally:
            self.closed.set()

    @entry(no_auth=True, stream=True)
    def get_bytes(self):
        yield b"\x00"
        yield b"\xff"

    @entry(no_auth=True, stream="text/event-stream")
    def get_events(self):
        yield "data: 1\n\n"

    @entry(no_auth=True, stream=True)
    async def get_awaited(self) -> AsyncIterator[str]:
        yield "a"
        yield "b"

    @entry(no_auth=True, stream=True)
    def get_list(self) -> tuple[list[str], int]:
        return ["a", "b"], 202

    @entry(no_auth=True, stream=True)
    def get_refused(self):
        raise Conflict("not now")
        yield

    @entry(no_auth=True, stream=True)
    def get_dict(self) -> dict[str, int]:
        return {"a": 1}

    @entry(no_auth=True, stream=True)
    def get_nothing(self) -> None:
        return None

    @entry(no_auth=True, stream=True)
    def get_broken(self) -> Iterator[str]:
        yield "1"
        raise ValueError("broken")


@pytest.fixture
def served():
    app = Streams()
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield app, f"http://127.0.0.1:{server.port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_pieces_arrive_while_the_rest_is_made(served):
    app, url = served
    app.steps.put(None)
    with remote(app, url) as client:
        pieces = client.get_paced(n=2)
        assert next(pieces) == "é0"
        app.steps.put(None)
        assert list(pieces) == ["é1"]


def test_a_stream_that_is_left_ends_where_it_is_made(served):
    app, url = served
    for _ in range(3):
        app.steps.put(None)
    with remote(app, url) as client:
        with client.get_paced(n=1_000_000) as pieces:
            assert next(pieces).startswith("é0")
        for _ in range(1000):
            app.steps.put(None)
        assert app.closed.wait(60)


@pytest.fixture(params=["test client", "httpx"])
def client(request):
    app = Streams()
    if request.param == "test client":
        yield remote(app, app.test_client())
    else:
        transport = httpx.WSGITransport(app=app)
        with httpx.Client(transport=transport, base_url="http://x") as carrier:
            yield remote(app, carrier)


def test_texts_are_texts_and_bytes_bytes(client):
    assert b"".join(client.get_bytes()) == b"\x00\xff"
    assert "".join(client.get_events()) == "data: 1\n\n"


def test_whatever_can_be_iterated_is_a_stream(client):
    assert "".join(client.get_awaited()) == "ab"
    assert "".join(client.get_list()) == "ab"


def test_what_is_no_stream_is_read_as_ever(client):
    assert client.get_dict() == {"a": 1}
    assert client.get_nothing() is None


def test_errors_arrive_when_it_is_called(client):
    with pytest.raises(Conflict, match="not now"):
        client.get_refused()


def test_a_stream_that_breaks_off_says_so(served):
    app, url = served
    with remote(app, url) as client, pytest.raises(httpx.RemoteProtocolError):
        list(client.get_broken())


def test_blueprints_stream():
    class Parts(Blueprint):
        @entry(no_auth=True, stream=True)
        def get(self):
            yield "part"

    app = TechMicroService("bare")
    app.register_blueprint(Parts("parts"), url_prefix="/parts")
    assert list(remote(app, app.test_client()).parts.get()) == ["part"]
