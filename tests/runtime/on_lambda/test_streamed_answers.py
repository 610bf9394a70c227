"""What the loop sends for entries that stream, to a Runtime API that keeps it as it comes."""

import base64
import json
import os

import pytest

from tests.event_corpus import corpus_event
from tests.runtime.fake_runtime_api import FakeRuntimeApi, start

SERVICE = '''
import functools, os, pathlib, time
from flask import Response, abort, g, request
from coworks_runtime import Blueprint, TechMicroService, entry

HERE = pathlib.Path(os.environ["LAMBDA_TASK_ROOT"])

def wait_for(name):
    end = time.monotonic() + 60
    while not (HERE / name).exists():
        assert time.monotonic() < end
        time.sleep(0.005)

class Service(TechMicroService):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.teardown_request(lambda error: print(f"torn down: {type(error).__name__}"))

    @entry(no_auth=True)
    def get(self):
        return "whole"

    @entry(no_auth=True, stream="text/event-stream")
    def get_paced(self):
        for i in range(3):
            if i:
                wait_for(f"go{i}")
            yield f"data: {i}\\n\\n"

    @entry(no_auth=True, stream=True)
    def get_item(self, key):
        yield f"{request.path} "
        yield ""
        yield f"{key}"

    @entry(stream=True)
    def get_protected(self):
        yield "x"

    @entry(no_auth=True, stream=True)
    def get_failing(self, *, after: int):
        for i in range(after):
            yield f"{i}"
        raise ConnectionResetError("é of its own")

    @entry(no_auth=True, stream=True)
    def get_cookies(self):
        r = Response(iter(["a", "b"]), 201, headers=[("X-Two", "1"), ("X-Two", "2")])
        r.set_cookie("a", "1")
        r.set_cookie("b", "2")
        return r

    @entry(no_auth=True, stream=True)
    def get_dict(self):
        return {"é": 1}

    @entry(no_auth=True, stream=True)
    def get_bytes(self):
        return b"\\x00\\xff", 203

    @entry(no_auth=True, stream=True)
    def get_endless(self):
        try:
            while True:
                yield b"x" * 1000
        finally:
            print("closed")

    @entry(no_auth=True, stream=True)
    def get_much(self, *, mb: int):
        block = b"m" * (1 << 20)
        for _ in range(mb):
            yield block

app = Service()

@app.route("/plain")
@entry(no_auth=True, stream=True)
def plain():
    def pieces():
        yield "p1 "
        yield "p2"
    return pieces()

@app.route("/late")
@entry(no_auth=True, stream=True)
def late():
    def pieces():
        raise ValueError("late")
        yield
    return pieces()

class Middle:
    """Middleware that starts with its first piece, and writes."""
    def __init__(self, inner):
        self.inner = inner
    def __call__(self, environ, start_response):
        def starting(status, headers, exc_info=None):
            write = start_response(status, [*headers, ("X-Middle", "1")], exc_info)
            write(b"written ")
            return write
        yield from self.inner(environ, starting)

wrapped = Service()
wrapped.wsgi_app = Middle(wrapped.wsgi_app)

@functools.wraps(app)
def decorated(event, context):
    return app(event, context)
'''


def event(path, resource=None, variables=None, query=None):
    made = corpus_event("rest_get_root").event
    made |= {"path": path, "resource": resource or path, "httpMethod": "GET"}
    made |= {"pathParameters": variables, "multiValueQueryStringParameters": None}
    made["queryStringParameters"] = None
    if query:
        made["multiValueQueryStringParameters"] = {name: [v] for name, v in query.items()}
    made["requestContext"] |= {"path": "/dev" + path, "resourcePath": resource or path}
    made["requestContext"].pop("authorizer", None)
    return made


class Function:
    def __init__(self, folder, handler="service.app", **options):
        environment = options.pop("environment", {})
        self.api = FakeRuntimeApi(**options)
        self.process = start("ours", self.api, folder, handler, CWS_STAGE="dev", **environment)
        self.number = 0

    def __enter__(self):
        return self

    def give(self, given):
        self.number += 1
        self.api.give(given, f"r{self.number}")

    def post(self, given):
        self.give(given)
        return self.api.post()

    def stop(self):
        self.process.terminate()
        return self.process.communicate(timeout=60)[0].decode()

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()
        self.api.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("streams")
    (folder / "service.py").write_text(SERVICE)
    return folder


@pytest.fixture(scope="module")
def function(folder):
    with Function(folder) as function:
        yield function


def test_a_stream_goes_out_as_it_is_made(folder, function):
    seen = []

    def on_chunk(post):
        seen.append(post.chunks[-1])
        if b"data: 0" in seen[-1]:
            assert not (folder / "go1").exists()
            (folder / "go1").touch()
        elif b"data: 1" in seen[-1]:
            (folder / "go2").touch()

    function.api.on_chunk = on_chunk
    post = function.post(event("/paced"))
    function.api.on_chunk = None
    assert post.path == f"invocation/r{function.number}/response"
    assert post.headers["transfer-encoding"] == "chunked"
    assert post.headers["lambda-runtime-function-response-mode"] == "streaming"
    assert post.headers["content-type"] == "application/vnd.awslambda.http-integration-response"
    head, body = post.split()
    assert head == {
        "statusCode": 200,
        "multiValueHeaders": {"Content-Type": ["text/event-stream; charset=utf-8"]},
    }
    assert body == b"data: 0\n\ndata: 1\n\ndata: 2\n\n"
    assert (len(seen), post.trailers) == (4, {})


@pytest.mark.parametrize(
    ("given", "status", "content_type", "body"),
    [
        (event("/item/k", "/item/{p1}", {"p1": "k"}), 200, "text/plain", b"/item/k k"),
        (event("/dict"), 200, "application/json", b'{"\\u00e9":1}'),
        (event("/bytes"), 203, "application/octet-stream", b"\x00\xff"),
        (event("/plain"), 200, "text/html", b"p1 p2"),
        (event("/protected"), 403, "application/json", b'{"message":"Forbidden"}'),
        (event("/failing", query={"after": "x"}), 422, "application/json", None),
        (
            event("/failing", query={"after": "0"}),
            500,
            "application/json",
            b'{"message":"Internal Server Error"}',
        ),
        (event("/late"), 500, "application/json", b'{"message":"Internal Server Error"}'),
    ],
)
def test_all_that_a_streamed_entry_answers_has_the_form_of_a_stream(
    function, given, status, content_type, body
):
    head, got = function.post(given).split()
    assert head["statusCode"] == status
    assert head["multiValueHeaders"]["Content-Type"][0].startswith(content_type)
    assert "Content-Length" not in head["multiValueHeaders"]
    assert body is None or got.strip() == body


def test_headers_and_cookies_are_in_the_head(function):
    head, body = function.post(event("/cookies")).split()
    assert (head["statusCode"], body) == (201, b"ab")
    assert head["multiValueHeaders"]["X-Two"] == ["1", "2"]
    assert head["multiValueHeaders"]["Set-Cookie"] == ["a=1; Path=/", "b=2; Path=/"]


def test_other_entries_are_answered_whole(function):
    post = function.post(event("/"))
    assert "lambda-runtime-function-response-mode" not in post.headers
    assert (post.headers["content-type"], post.json["body"]) == ("application/json", "whole")


def test_what_breaks_off_is_told_in_trailers(folder):
    with Function(folder) as function:
        post = function.post(event("/failing", query={"after": "3"}))
        assert post.split()[1] == b"012"
        kind = post.trailers["lambda-runtime-function-error-type"]
        error = json.loads(base64.b64decode(post.trailers["lambda-runtime-function-error-body"]))
        assert (kind, error["errorMessage"]) == ("ConnectionResetError", "é of its own")
        assert 'in get_failing\n    raise ConnectionResetError("é' in error["stackTrace"][-1]
        assert function.post(event("/")).json["body"] == "whole"
        log = function.stop()
        assert "[ERROR] ConnectionResetError: é of its own" in log
        assert "torn down: ConnectionResetError" in log


def test_a_stream_that_nobody_takes_is_closed(folder):
    with Function(folder, on_chunk=lambda post: len(post.chunks) == 3) as function:
        function.post(event("/endless"))
        assert function.post(event("/")).json["body"] == "whole"
        log = function.stop()
        assert "closed\ntorn down: GeneratorExit\n" in log
        assert "[ERROR]" not in log


def test_streams_pass_middleware_and_decorators(folder):
    with Function(folder, "service.wrapped") as function:
        head, body = function.post(event("/item/k", "/item/{p1}", {"p1": "k"})).split()
        assert head["multiValueHeaders"]["X-Middle"] == ["1"]
        assert body == b"written /item/k k"
    with Function(folder, "service.decorated") as function:
        assert function.post(event("/plain")).split()[1] == b"p1 p2"


@pytest.mark.parametrize("mode", ["RESPONSE_STREAM", None])
def test_a_function_url_that_streams_gets_all_answers_so(folder, mode):
    url = corpus_event("function_url_get").event | {"rawPath": "/cookies", "rawQueryString": ""}
    url["requestContext"]["http"] |= {"path": "/cookies", "method": "GET"}
    environment = {} if mode is None else {"CWS_FUNCTION_URL": mode}
    with Function(folder, environment=environment) as function:
        post = function.post(url)
        whole = function.post(url | {"rawPath": "/"})
        assert function.post(corpus_event("http_api_get_root").event).json["statusCode"] == 200
    if mode is None:
        assert (post.json["body"], whole.json["body"]) == ("ab", "whole")
        return
    head, body = post.split()
    assert head["cookies"] == ["a=1; Path=/", "b=2; Path=/"]
    assert head["headers"]["X-Two"] == "1,2"
    assert body == b"ab"
    assert whole.split()[1] == b"whole"


def test_without_the_loop_the_answer_is_whole(folder):
    api = FakeRuntimeApi()
    process = start("aws", api, folder, "service.app", CWS_STAGE="dev")
    try:
        api.give(event("/item/k", "/item/{p1}", {"p1": "k"}))
        assert api.post().json["body"] == "/item/k k"
    finally:
        process.kill()
        process.communicate()
        api.close()


def peak_of(pid):
    with open(f"/proc/{pid}/status") as status:
        lines = dict(line.split(":", 1) for line in status)
    return int(lines["VmHWM"].split()[0]) / 1024


@pytest.mark.parametrize(
    "mb",
    [
        64,
        pytest.param(
            1024,
            marks=pytest.mark.skipif(
                "COWORKS_LONG" not in os.environ, reason="a gigabyte: make streams"
            ),
        ),
    ],
)
def test_memory_stays_flat_however_long_a_stream_is(folder, mb):
    taken = 0

    def take(post):
        nonlocal taken
        taken += len(post.chunks.pop())

    with Function(folder, on_chunk=take) as function:
        function.post(event("/much", query={"mb": "1"}))
        before = peak_of(function.process.pid)
        taken = 0
        function.post(event("/much", query={"mb": str(mb)}))
        assert taken >= mb << 20
        assert peak_of(function.process.pid) < before + 12
