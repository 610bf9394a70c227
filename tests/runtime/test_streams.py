"""Entries that stream: what they answer, when their code runs, and how they end."""

import http.client
import json
import queue
import threading
from types import SimpleNamespace

import pytest
from flask import Response, abort, after_this_request, g, request, stream_with_context

from coworks_runtime import Blueprint, TechMicroService, entry
from coworks_runtime.errors import EntryError


class Streams(TechMicroService):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.log = []
        self.teardown_request(lambda error: self.log.append(("torn down", type(error).__name__)))

        @self.after_request
        def mark(response):
            response.headers["X-Hook"] = "seen"
            return response

    @entry(no_auth=True, stream=True)
    def get_texts(self, *, n: int = 3):
        """Some lines."""
        try:
            for i in range(n):
                self.log.append(i)
                yield f"é{i} of {request.args.get('n')}\n"
        finally:
            self.log.append("closed")

    @entry(no_auth=True, stream=True)
    def get_bytes(self):
        yield b"\x00\xff"
        yield memoryview(b"ab")
        yield bytearray(b"c")
        yield "é"

    @entry(no_auth=True, stream=True, binary_headers={"Content-Type": "image/x", "X-Image": "1"})
    def get_image(self):
        yield b"\x89"
        yield b"PNG"

    @entry(no_auth=True, stream="text/event-stream")
    def get_events(self):
        yield "data: 1\n\n"
        yield "data: 2\n\n"

    @entry(no_auth=True, stream=True, status=202)
    def get_items(self):
        return ["a", "b", "c"]

    @entry(no_auth=True, stream=True)
    def get_whole(self):
        return iter(["a", "b"]), 201, {"Content-Type": "text/csv", "X-Own": "1"}

    @entry(no_auth=True, stream=True)
    def get_response(self):
        def pieces():
            yield request.path
            yield "!"

        return Response(stream_with_context(pieces()), 206, mimetype="text/x")

    @entry(no_auth=True, stream=True)
    def get_dict(self):
        return {"no": "stream"}, 404

    @entry(no_auth=True, stream=True)
    def get_text(self):
        return "no stream"

    @entry(no_auth=True, stream=True)
    def get_nothing(self):
        return None

    @entry(no_auth=True, stream=True)
    def get_empty(self):
        return iter(())

    @entry(no_auth=True, stream=True)
    def get_late_header(self):
        @after_this_request
        def add(response):
            response.headers["X-Late"] = "in time"
            return response

        g.word = "kept"
        yield "one "
        yield g.word

    @entry(no_auth=True, stream=True)
    def get_refused(self, *, kind: str = "error"):
        if kind == "abort":
            abort(409, "not now")
        if kind == "error":
            raise ValueError("secret")
        yield "never"

    @entry(no_auth=True, stream=True)
    def get_wrong(self, *, at: int = 0):
        for i in range(3):
            yield {"a": 1} if i == at else "x"

    @entry(no_auth=True, stream=True)
    async def get_async(self):
        try:
            for i in range(3):
                yield f"{i} {request.path} "
        finally:
            self.log.append("closed")

    @entry(stream=True)
    def get_protected(self):
        yield "seen"

    @entry(no_auth=True, stream=True)
    def post_lines(self, lines: list[str] = ()):
        yield from lines


TEXT, BYTES = "text/plain; charset=utf-8", "application/octet-stream"


@pytest.mark.parametrize(
    ("path", "status", "content_type", "body"),
    [
        ("/texts?n=2", 200, TEXT, "é0 of 2\né1 of 2\n".encode()),
        ("/texts?n=0", 200, TEXT, b""),
        ("/bytes", 200, BYTES, b"\x00\xffabc\xc3\xa9"),
        ("/image", 200, "image/x", b"\x89PNG"),
        ("/events", 200, "text/event-stream; charset=utf-8", b"data: 1\n\ndata: 2\n\n"),
        ("/items", 202, TEXT, b"abc"),
        ("/whole", 201, "text/csv", b"ab"),
        ("/response", 206, "text/x; charset=utf-8", b"/response!"),
        ("/dict", 404, "application/json", b'{"no":"stream"}'),
        ("/text", 200, TEXT, b"no stream"),
        ("/nothing", 204, None, b""),
        ("/empty", 200, TEXT, b""),
        ("/async", 200, TEXT, b"0 /async 1 /async 2 /async "),
        ("/refused?kind=abort", 409, "application/json", b'{"message":"not now"}'),
        ("/texts?n=x", 422, "application/json", None),
        ("/protected", 403, "application/json", b'{"message":"Forbidden"}'),
        ("/refused", 500, "application/json", b'{"message":"Internal Server Error"}'),
        ("/wrong", 500, "application/json", b'{"message":"Internal Server Error"}'),
    ],
)
def test_what_a_stream_answers_is_the_same_everywhere(call, path, status, content_type, body):
    answer = call(Streams()).get(path)
    assert (answer.status, answer.header("Content-Type")) == (status, content_type)
    assert answer.header("X-Hook") == (None if status == 403 else "seen")
    if body is not None:
        is_json = content_type == "application/json"
        assert (answer.body.strip() if is_json else answer.body) == body


def test_headers_can_be_set_until_the_first_piece(call):
    answer = call(Streams()).get("/late/header")
    assert (answer.header("X-Late"), answer.text) == ("in time", "one kept")


def test_a_streamed_body_is_read_from_the_request(call):
    assert call(Streams()).json("POST", "/lines", {"lines": ["a", "b"]}).text == "ab"


def test_the_request_is_torn_down_after_the_last_piece(call):
    app = Streams()
    assert call(app).get("/texts?n=2").status == 200
    assert app.log == [0, 1, "closed", ("torn down", "NoneType")]


def test_a_request_after_a_stream_is_as_ever(call):
    app = Streams()
    caller = call(app)
    for path in ("/texts", "/text", "/empty", "/refused", "/wrong?at=1", "/text"):
        answer = None
        try:
            answer = caller.get(path)
        except http.client.IncompleteRead:
            assert path == "/wrong?at=1"
    assert answer.text == "no stream"
    assert sum(isinstance(one, tuple) for one in app.log) == 6


def wsgi(app, path, query="", method="GET"):
    environ = {"REQUEST_METHOD": method, "PATH_INFO": path, "wsgi.url_scheme": "http"}
    environ |= {"SERVER_NAME": "a", "SERVER_PORT": "80", "QUERY_STRING": query}
    return app.wsgi_app(environ, lambda *_: None)


def test_what_fails_in_the_middle_has_begun():
    app = Streams()
    pieces = iter(wsgi(app, "/wrong", "at=2"))
    assert [next(pieces), next(pieces)] == [b"x", b"x"]
    with pytest.raises(TypeError, match=r"entry 'get_wrong' of Streams: .* gave a dict"):
        next(pieces)
    assert app.log == [("torn down", "UnencodableAnswerError")]


def test_a_buffered_stream_that_fails_in_the_middle_is_a_500():
    app = Streams()
    event = {"httpMethod": "GET", "path": "/wrong", "resource": "/wrong"}
    event |= {
        "queryStringParameters": {"at": "2"},
        "multiValueQueryStringParameters": {"at": ["2"]},
    }
    payload = app(event, SimpleNamespace(aws_request_id="r"))
    assert (payload["statusCode"], json.loads(payload["body"])) == (
        500,
        {"message": "Internal Server Error"},
    )


@pytest.mark.parametrize("read", [0, 1, 2])
@pytest.mark.parametrize("path", ["/texts", "/async"])
def test_a_stream_that_is_left_is_closed(path, read):
    app = Streams()
    body = wsgi(app, path)
    pieces = iter(body)
    for _ in range(read):
        next(pieces)
    assert "closed" not in app.log
    body.close()
    assert app.log[-2:] == ["closed", ("torn down", "GeneratorExit")]


def test_the_head_request_of_a_stream_has_no_body():
    app = Streams()
    body = wsgi(app, "/texts", method="HEAD")
    assert list(body) == []
    body.close()
    assert app.log == [0, "closed", ("torn down", "GeneratorExit")]


class Paced(TechMicroService):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.steps = queue.Queue()

    @entry(no_auth=True, stream=True)
    def get(self):
        for i in range(3):
            self.steps.get(timeout=60)
            yield f"{i}"


def test_pieces_arrive_as_they_are_given():
    from werkzeug.serving import make_server

    app = Paced()
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        app.steps.put(None)
        connection.request("GET", "/")
        response = connection.getresponse()
        for i in range(3):  # each is read before the next one may be made
            assert response.read(1) == str(i).encode()
            app.steps.put(None)
        connection.close()
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.mark.parametrize("stream", [1, None, "events", b"text/plain"])
def test_a_wrong_option_is_refused(stream):
    with pytest.raises(EntryError, match=r"@entry\(stream=.*media type"):
        entry(stream=stream)


def test_two_media_types_are_refused():
    with pytest.raises(EntryError, match="binary_headers has a Content-Type too"):
        entry(stream="text/csv", binary_headers={"content-type": "text/x"})


def test_a_head_streams_nothing():
    class Head(TechMicroService):
        @entry(stream=True)
        def head_x(self):
            yield "x"

    with pytest.raises(EntryError, match=r"entry 'head_x' of .*Head: a HEAD has no body to stream"):
        Head()


def test_the_entry_map_tells_streams():
    app = Streams()

    @app.route("/plain")
    @entry(stream=True)
    def plain():
        return Response(iter(["a"]))

    told = {e.endpoint: e.stream for e in app.entry_map()}
    assert (told["get_texts"], told["get_events"], told["plain"]) == (
        True,
        "text/event-stream",
        True,
    )


def test_blueprints_stream(call):
    class Parts(Blueprint):
        @entry(no_auth=True, stream=True)
        def get(self):
            yield "of a blueprint"

    app = TechMicroService("bare")
    app.register_blueprint(Parts("parts"), url_prefix="/parts")
    assert call(app).get("/parts").text == "of a blueprint"


def test_answers_are_not_checked_in_a_stream(monkeypatch):
    monkeypatch.setenv("CWS_CHECK_ANSWERS", "1")
    client = Streams().test_client()
    assert client.get("/items").text == "abc"
    assert client.get("/text").text == "no stream"
