import gzip
import io
import json
import logging

import pytest
from flask import Response, abort, g, redirect, render_template_string, session, signals
from werkzeug.exceptions import Conflict
from werkzeug.middleware.proxy_fix import ProxyFix

from coworks_runtime import Blueprint, Cors, TechMicroService, entry, request

PNG = bytes(range(256))


class Answers(TechMicroService):
    @entry(no_auth=True)
    def get_text(self):
        return "café"

    @entry(no_auth=True)
    def get_dict(self):
        return {"a": 1}

    @entry(no_auth=True)
    def get_list(self):
        return [1, 2]

    @entry(no_auth=True)
    def get_bytes(self):
        return PNG

    @entry(no_auth=True, binary_headers={"Content-Type": "image/png", "X-Kind": "picture"})
    def get_png(self):
        return PNG

    @entry(no_auth=True, binary_headers={"Content-Type": "image/png", "X-Kind": "picture"})
    def get_png_tuple(self):
        return PNG, 201, {"content-type": "image/gif"}

    @entry(no_auth=True, binary_headers={"X-Kind": "picture"})
    def get_png_list(self):
        return PNG, [("X-Other", "1")]

    @entry(no_auth=True, binary_headers={"Content-Type": "image/png"})
    def get_png_status(self):
        return PNG, 201

    @entry(no_auth=True, binary_headers={"Content-Type": "image/png"})
    def get_png_not(self):
        return "text"

    @entry(no_auth=True)
    def get_none(self):
        return None

    @entry(no_auth=True)
    def get_none_status(self):
        return None, 202

    @entry(no_auth=True)
    def get_status(self):
        return "made", 201

    @entry(no_auth=True)
    def get_tuple(self):
        return {"a": 1}, 203, {"X-A": "b"}

    @entry(no_auth=True)
    def get_headers(self):
        return "x", {"X-A": "b"}

    @entry(no_auth=True)
    def get_response(self):
        return Response("x", status=206, mimetype="text/csv")

    @entry(no_auth=True)
    def get_generator(self):
        return (part for part in ("a", "b"))

    @entry(no_auth=True)
    def get_cookies(self):
        response = Response("x")
        response.set_cookie("a", "1")
        response.set_cookie("b", "2")
        return response

    @entry(no_auth=True)
    def get_gzip(self):
        return gzip.compress(b"x" * 99, mtime=0), {
            "Content-Encoding": "gzip",
            "Content-Type": "text/plain",
        }

    @entry(no_auth=True)
    def get_empty(self):
        return ""

    @entry(no_auth=True)
    def get_template(self):
        return render_template_string("<{{ x }}>", x="&")

    @entry(no_auth=True)
    def get_abort(self):
        abort(404, "No such book")

    @entry(no_auth=True)
    def get_conflict(self):
        raise Conflict

    @entry(no_auth=True)
    def get_teapot(self):
        abort(Response("short and stout", 418))

    @entry(no_auth=True)
    def get_crash(self):
        secret = "a-secret-value"
        raise RuntimeError(f"broken {secret}")

    @entry(no_auth=True)
    def get_wrong(self):
        return object()

    @entry(no_auth=True)
    def get_number(self):
        return 5

    @entry(no_auth=True)
    def get_redirect(self, to="/"):
        return redirect(to)

    @entry(no_auth=True)
    def get_header(self, value=""):
        return "x", {"X-Value": value}

    @entry(no_auth=True)
    def get_link(self, name=None):
        return self.url_for("get_text", _external=True)

    @entry(no_auth=True)
    def get_echo_headers(self):
        return request.headers.getlist("X-Many")

    @entry(no_auth=True)
    def get_big(self, size: int = 0):
        return b"\0" * size


@pytest.mark.parametrize(
    ("path", "status", "content_type", "body"),
    [
        ("/text", 200, "text/plain; charset=utf-8", "café".encode()),
        ("/dict", 200, "application/json", b'{"a":1}\n'),
        ("/list", 200, "application/json", b"[1,2]\n"),
        ("/bytes", 200, "application/octet-stream", PNG),
        ("/png", 200, "image/png", PNG),
        ("/png/tuple", 201, "image/gif", PNG),
        ("/png/list", 200, "application/octet-stream", PNG),
        ("/png/status", 201, "image/png", PNG),
        ("/png/not", 200, "text/plain; charset=utf-8", b"text"),
        ("/none", 204, None, b""),
        ("/none/status", 202, None, b""),
        ("/status", 201, "text/plain; charset=utf-8", b"made"),
        ("/tuple", 203, "application/json", b'{"a":1}\n'),
        ("/headers", 200, "text/plain; charset=utf-8", b"x"),
        ("/response", 206, "text/csv; charset=utf-8", b"x"),
        ("/generator", 200, "text/html; charset=utf-8", b"ab"),
        ("/gzip", 200, "text/plain", gzip.compress(b"x" * 99, mtime=0)),
        ("/empty", 200, "text/plain; charset=utf-8", b""),
        ("/template", 200, "text/plain; charset=utf-8", b"<&amp;>"),
        ("/abort", 404, "application/json", b'{"message":"No such book"}'),
        ("/conflict", 409, "application/json", b'{"message":"Conflict"}'),
        ("/teapot", 418, "text/html; charset=utf-8", b"short and stout"),
        ("/crash", 500, "application/json", b'{"message":"Internal Server Error"}'),
        ("/number", 200, "application/json", b"5\n"),
        ("/wrong", 500, "application/json", b'{"message":"Internal Server Error"}'),
        ("/unknown", 404, "application/json", b'{"message":"Not Found"}'),
        ("/dict?x=1", 422, "application/json", b'{"message":"Parameter \'x\': unknown"}'),
    ],
)
def test_what_an_entry_returns_is_the_answer(call, path, status, content_type, body):
    answer = call(Answers()).get(path)
    assert (answer.status, answer.header("Content-Type"), answer.body) == (
        status,
        content_type,
        body,
    )


def test_headers_that_an_entry_gives(call):
    caller = call(Answers())
    assert caller.get("/tuple").header("X-A") == "b"
    assert caller.get("/headers").header("X-A") == "b"
    assert caller.get("/png").header("X-Kind") == "picture"
    assert caller.get("/png/tuple").header("X-Kind") == "picture"
    assert caller.get("/png/list").header("X-Kind") == "picture"
    assert caller.get("/png/list").header("X-Other") == "1"
    assert caller.get("/cookies").all("Set-Cookie") == ["a=1; Path=/", "b=2; Path=/"]


def test_a_head_has_the_headers_of_the_get(call):
    answer = call(Answers()).request("HEAD", "/text")
    assert (answer.status, answer.body) == (200, b"")
    assert answer.header("Content-Length") == "5"


def test_a_method_that_no_entry_has(call):
    answer = call(Answers()).request("DELETE", "/text")
    assert (answer.status, answer.json) == (405, {"message": "Method Not Allowed"})


def test_repeated_headers_arrive(call):
    caller = call(Answers())
    answer = caller.request("GET", "/echo/headers", headers=[("X-Many", "1"), ("X-Many", "2")])
    assert answer.json == ["1,2"]


def test_an_exception_is_logged_with_its_traceback_and_not_told(call, caplog):
    caller = call(Answers())
    assert b"a-secret-value" not in caller.get("/crash").body
    (record,) = (r for r in caplog.records if r.levelno == logging.ERROR)
    assert "RuntimeError" in caplog.text
    assert "/crash [GET]" in record.getMessage()
    assert ("6f3c1c1e" in record.getMessage()) is (caller.name == "lambda")


@pytest.mark.parametrize(
    "target",
    [
        "/redirect?to=%0D%0ASet-Cookie:%20a=1",
        "/redirect?to=//evil.test%0d%0aX:1",
        "/header?value=a%0D%0AX-Injected:%201",
        "/../../etc/passwd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/text/%00",
        "/%ff%fe",
        "/text?%ff=%fe",
        "//text",
        "/text;x=1",
    ],
)
def test_hostile_requests_get_no_traceback_and_inject_nothing(call, target):
    answer = call(Answers()).get(target)
    assert answer.header("X-Injected") is None
    assert not answer.all("Set-Cookie")
    assert b"Traceback" not in answer.body
    if answer.status >= 500:
        assert answer.json == {"message": "Internal Server Error"}


class Hooked(TechMicroService):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.secret_key = "key"
        self.seen = []
        self.before_request(self._before)
        self.after_request(self._after)
        self.teardown_request(lambda error: self.seen.append("teardown"))
        self.register_error_handler(ZeroDivisionError, lambda error: ({"custom": True}, 499))
        self.register_error_handler(404, lambda error: ("nothing here", 404))
        self.context_processor(dict)

    def _before(self):
        g.value = "from before_request"
        if request.path == "/stop":
            return "stopped"
        return None

    def _after(self, response):
        response.headers["X-After"] = "yes"
        return response

    @entry(no_auth=True)
    def get(self):
        return g.value

    @entry(no_auth=True)
    def get_stop(self):
        raise AssertionError

    @entry(no_auth=True)
    def get_divide(self):
        return 1 / 0

    @entry(no_auth=True)
    def get_visits(self):
        session["visits"] = session.get("visits", 0) + 1
        return str(session["visits"])


def test_hooks_error_handlers_and_sessions_run(call):
    app = Hooked()
    caller = call(app)
    answer = caller.get("/")
    assert (answer.text, answer.header("X-After")) == ("from before_request", "yes")
    assert caller.get("/stop").text == "stopped"
    answer = caller.get("/divide")
    assert (answer.status, answer.json) == (499, {"custom": True})
    answer = caller.get("/nowhere")
    assert (answer.status, answer.text) == (404, "nothing here")
    first = caller.get("/visits")
    cookie = first.header("Set-Cookie").partition(";")[0]
    assert (first.text, caller.get("/visits", Cookie=cookie).text) == ("1", "2")
    assert app.seen.count("teardown") == 6


def test_signals_are_sent(call):
    app, seen = Hooked(), []

    def listen(sender, **extra):
        seen.append(sender)

    with signals.request_started.connected_to(listen, app):
        call(app).get("/")
    assert seen == [app]


class Upper:
    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        if environ["PATH_INFO"] == "/fail":
            raise RuntimeError("in the middleware")
        if environ["PATH_INFO"] == "/write":
            start_response("200 OK", [("Content-Type", "text/plain")])(b"written, ")
            return [b"returned"]
        return [chunk.upper() for chunk in self.app(environ, start_response)]


def test_middleware_around_wsgi_app_runs(call):
    app = Hooked()
    app.wsgi_app = Upper(ProxyFix(app.wsgi_app))
    caller = call(app)
    assert caller.get("/").text == "FROM BEFORE_REQUEST"
    assert caller.get("/write").text == "written, returned"


def test_what_middleware_raises_is_a_500(caplog):
    from .conftest import LambdaCaller

    app = Hooked()
    app.wsgi_app = Upper(app.wsgi_app)
    answer = LambdaCaller(app).get("/fail")
    assert (answer.status, answer.json) == (500, {"message": "Internal Server Error"})
    assert "in the middleware" in caplog.text


def test_an_answer_over_the_limit_is_a_clear_500(caplog):
    from .conftest import LambdaCaller

    caller = LambdaCaller(Answers())
    assert caller.get("/big?size=4000000").status == 200
    answer = caller.get("/big?size=5000000")
    assert (answer.status, answer.json) == (500, {"message": "Internal Server Error"})
    assert "Lambda carries 6291456 at most" in caplog.text


class Open(TechMicroService):
    cors = Cors(
        allow_origins=("https://a.test", "https://b.test"),
        allow_credentials=True,
        expose_headers=("X-A",),
    )

    @entry(no_auth=True, no_cors=False)
    def get_shared(self, value: int = 0):
        return str(value)

    @entry(no_cors=False)
    def post_shared(self):
        return ""

    @entry(no_auth=True)
    def put_shared(self):
        return ""

    @entry(no_auth=True)
    def get_own(self):
        return ""


def _cors(answer):
    return {n: v for n, v in answer.headers if n.startswith("Access-Control") or n == "Vary"}


B = {
    "Access-Control-Allow-Origin": "https://b.test",
    "Access-Control-Allow-Credentials": "true",
    "Vary": "Origin",
}
ERROR = {
    "Access-Control-Allow-Origin": "https://a.test",
    "Access-Control-Allow-Credentials": "true",
    "Access-Control-Expose-Headers": "X-A",
}


def test_preflight(call):
    caller = call(Open())
    answer = caller.request("OPTIONS", "/shared", headers={"Origin": "https://b.test"})
    assert (answer.status, answer.body, answer.header("Content-Type")) == (204, b"", None)
    assert _cors(answer) == {
        **B,
        "Access-Control-Allow-Methods": "GET,POST",
        "Access-Control-Allow-Headers": "Content-Type,Authorization",
        "Access-Control-Max-Age": "600",
    }
    other = caller.request("OPTIONS", "/shared", headers={"Origin": "https://evil.test"})
    assert other.header("Access-Control-Allow-Origin") == "https://a.test"
    assert _cors(caller.request("OPTIONS", "/own")) == {}


def test_answers_of_cors_entries(call):
    caller = call(Open())
    exposed = {**B, "Access-Control-Expose-Headers": "X-A"}
    assert _cors(caller.get("/shared", Origin="https://b.test")) == exposed
    assert _cors(caller.get("/shared?value=x", Origin="https://b.test")) == exposed
    assert _cors(caller.get("/own", Origin="https://b.test")) == {}
    assert _cors(caller.request("PUT", "/shared", headers={"Origin": "https://b.test"})) == {}


def test_errors_that_no_entry_answers_have_the_gateway_s_cors_headers(call):
    assert _cors(call(Open()).get("/nowhere", Origin="https://b.test")) == ERROR


def test_an_entry_s_own_cors_header_wins(call):
    class Own(TechMicroService):
        @entry(no_auth=True, no_cors=False)
        def get(self):
            return "", {"Access-Control-Allow-Origin": "null"}

        @entry(no_auth=True, no_cors=False)
        def get_star(self):
            return ""

    caller = call(Own())
    assert _cors(caller.get("/")) == {"Access-Control-Allow-Origin": "null"}
    assert _cors(caller.get("/star")) == {"Access-Control-Allow-Origin": "*"}


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"allow_credentials": True}, ValueError, "name the origins"),
        ({"allow_origins": ()}, ValueError, "name an origin"),
        ({"allow_origins": "https://a.test"}, TypeError, "must be a tuple"),
    ],
)
def test_wrong_cors_is_refused(options, error, text):
    with pytest.raises(error, match=text):
        Cors(**options)


def test_cors_of_blueprints(call):
    class Bp(Blueprint):
        @entry(no_auth=True, no_cors=False)
        def get(self):
            return io.BytesIO(b"stream")

        @entry(no_auth=True, no_cors=False)
        def get_json(self):
            return json.loads("[]")

    app = TechMicroService()
    app.register_blueprint(Bp(), url_prefix="/bp")
    answer = call(app).get("/bp/json")
    assert _cors(answer) == {"Access-Control-Allow-Origin": "*"}
