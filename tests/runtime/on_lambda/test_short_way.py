"""The short way answers what the WSGI way answers, and is taken where that is right only."""

from copy import deepcopy

import hypothesis.strategies as st
import pytest
from flask import (
    Flask,
    after_this_request,
    current_app,
    g,
    request_finished,
    session,
    stream_with_context,
)
from hypothesis import HealthCheck, given, settings
from werkzeug.wrappers import Response

from coworks_runtime import Blueprint, Cors, TechMicroService, entry, request
from coworks_runtime.wrappers import Request
from tests.event_corpus import corpus
from tests.runtime.conftest import LambdaCaller, WsgiLambdaCaller, rest_event


class Shelf(Blueprint):
    @entry(no_auth=True)
    def get(self):
        return request.blueprint


class Service(TechMicroService):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.register_blueprint(Shelf(), url_prefix="/shelf")

    def token_authorizer(self, token):
        return {"user": token} if token != "no" else False

    @entry(no_auth=True)
    def get(self, **values):
        return values

    @entry
    def get_me(self):
        return dict(request.authorizer)

    @entry(no_auth=True)
    def get_content(self, uid: int, name="x"):
        return {"uid": uid, "name": name, "path": request.path, "root": request.root_path}

    @entry(no_auth=True)
    def get_content_special(self, name="special"):
        return name

    @entry(no_auth=True)
    def get_file(self, *path):
        return list(path)

    @entry(no_auth=True)
    def post(self, **values):
        return values

    @entry(no_auth=True)
    def post_raw(self):
        return request.get_data() + request.mimetype.encode()

    @entry(no_auth=True)
    def post_form(self):
        return {**request.form, "data": request.get_data(as_text=True)}

    @entry(no_auth=True)
    def post_twice(self):
        return {
            "data": request.get_data(as_text=True),
            "stream": request.stream.read().decode(),
            "form": request.form,
            "again": request.get_data(as_text=True),
        }

    @entry(no_auth=True)
    def post_stream(self):
        return {"stream": request.stream.read().decode(), "data": request.get_data(as_text=True)}

    @entry(no_auth=True)
    def delete(self, a=None):
        return {"a": a}

    @entry(no_auth=True, binary_headers={"Content-Type": "image/png"})
    def get_png(self):
        return b"\x89PNG"

    @entry(no_auth=True)
    def get_bytes(self):
        return b"\x00\xff"

    @entry(no_auth=True)
    def get_none(self):
        return None

    @entry(no_auth=True)
    def get_tuple(self):
        return [1], 201, {"X-A": "b"}

    @entry(no_auth=True)
    def get_crash(self):
        raise RuntimeError

    @entry(no_auth=True)
    def get_environ(self):
        return {
            "host": request.host,
            "url": request.url,
            "scheme": request.scheme,
            "agent": request.user_agent.string,
            "remote": request.remote_addr,
            "cookies": dict(request.cookies),
            "args": request.args,
            "query": request.query_string.decode(),
            "link": current_app.url_for("get_content", uid=5, _external=True),
            "endpoint": request.endpoint,
            "method": request.environ["REQUEST_METHOD"],
            "same": request.environ["werkzeug.request"] is request._get_current_object(),
            "server": request.server,
        }

    @entry(no_auth=True)
    def get_later(self):
        g.value = "set"

        @after_this_request
        def add(response):
            response.headers["X-Later"] = g.value
            return response

        return "text"

    @entry(no_auth=True)
    def get_stream(self):
        return current_app.response_class(
            stream_with_context(request.path + str(n) for n in range(3))
        )

    @entry(no_auth=True)
    def get_away(self):
        return current_app.redirect("/content/5")

    @entry(no_auth=True)
    def get_foreign(self):
        return Response("werkzeug's own")


TARGETS = [
    ("GET", "/"),
    ("GET", "/?a=1&a=2&b=%C3%A9&c="),
    ("GET", "/me"),
    ("GET", "/content/5"),
    ("GET", "/content/5/"),
    ("GET", "/content/five"),
    ("GET", "/content/5?name=y"),
    ("GET", "/content/5?uid=6"),
    ("GET", "/content/%35"),
    ("GET", "/content/caf%C3%A9"),
    ("GET", "/content/special"),
    ("GET", "/content//special"),
    ("GET", "/file/a/b"),
    ("GET", "/shelf"),
    ("GET", "/png"),
    ("GET", "/bytes"),
    ("GET", "/none"),
    ("GET", "/tuple"),
    ("GET", "/crash"),
    ("GET", "/environ?q=1"),
    ("GET", "/later"),
    ("GET", "/stream"),
    ("GET", "/away"),
    ("GET", "/foreign"),
    ("GET", "/nowhere"),
    ("HEAD", "/"),
    ("HEAD", "/bytes"),
    ("OPTIONS", "/"),
    ("PUT", "/"),
    ("POST", "/"),
    ("POST", "/raw"),
    ("POST", "/form"),
    ("POST", "/twice"),
    ("POST", "/stream"),
    ("DELETE", "/"),
    ("DELETE", "/?a=1"),
]


class Hooked(Service):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.secret_key = "key"
        self.seen = []
        self.before_request(self._count)
        self.after_request(self._mark)
        self.teardown_request(lambda error: self.seen.append(("request", type(error))))
        self.teardown_appcontext(lambda error: self.seen.append(("app", type(error))))

    def _count(self):
        session["visits"] = session.get("visits", 0) + 1

    def _mark(self, response):
        response.headers["X-Path"] = request.path
        return response


class Shared(Service):
    cors = Cors(allow_origins=("https://a.test",))

    @entry(no_auth=True, no_cors=False)
    def get_shared(self):
        return "shared"


class Compact(Service):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.json.compact = False
        self.json.sort_keys = False


def _answers(cls, method, target, body=b"", headers=None):
    one, other = LambdaCaller(cls()), WsgiLambdaCaller(cls())
    return [caller.request(method, target, body, headers) for caller in (one, other)]


def _comparable(answer):
    # The time that a session's cookie is signed at differs from second to second.
    headers = sorted((n, v if n != "Set-Cookie" else "") for n, v in answer.headers)
    return answer.status, headers, answer.body


@pytest.mark.parametrize("cls", [Service, Hooked, Shared, Compact])
@pytest.mark.parametrize(("method", "target"), TARGETS)
def test_both_ways_answer_the_same(cls, method, target):
    one, other = _answers(cls, method, target, headers={"Origin": "https://a.test"})
    assert _comparable(one) == _comparable(other)


REQUESTS = st.tuples(
    st.sampled_from([Service, Hooked, Shared]),
    st.sampled_from(TARGETS),
    st.sampled_from([b"", b"{}", b'{"a":1}', b"[1]", b"{", b"a=1&b=2", b"\xff"]),
    st.dictionaries(
        st.sampled_from(["Content-Type", "content-type", "Authorization", "Cookie", "Accept"]),
        st.sampled_from(
            [
                "application/json",
                "Application/JSON; charset=utf-8",
                "text/plain",
                "no",
                "yes",
                "a=1",
                "application/x-www-form-urlencoded",
                "",
            ]
        ),
        max_size=3,
    ),
)


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(REQUESTS)
def test_both_ways_answer_generated_requests_the_same(made):
    cls, (method, target), body, headers = made
    one, other = _answers(cls, method, target, body, headers)
    assert _comparable(one) == _comparable(other)


@pytest.mark.parametrize(
    "item",
    [
        e
        for e in corpus()
        if e.expected.get("codec") == "REST API proxy event" and "malformed" not in e.expected
    ],
    ids=str,
)
def test_both_ways_answer_the_corpus_the_same(item):
    app, wrapped = Service(), Service()
    WsgiLambdaCaller(wrapped)
    assert app(item.event, None) == wrapped(item.event, None)


def _is_taken(app, target="/", method="GET", event=None):
    event = event or rest_event(app, method, target)
    way = app.short_way
    return way is not None and way.answer(deepcopy(event), None) is not None


def test_it_is_taken():
    app = Service()
    assert _is_taken(app)
    assert _is_taken(app, "/content/5")
    assert _is_taken(Hooked())


@pytest.mark.parametrize(
    "target", ["/content/%35", "/content//5", "/content/5/", "/file/a", "/nowhere"]
)
def test_it_is_not_taken_where_werkzeug_has_to_decide(target):
    assert not _is_taken(Service(), target)


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS"])
def test_it_is_not_taken_for_methods_that_flask_adds(method):
    assert not _is_taken(Service(), method=method)


def test_a_literal_of_another_route_is_werkzeug_s():
    app = Service()
    event = rest_event(app, "GET", "/content/special")
    event["resource"] = "/content/{uid}"
    assert not _is_taken(app, event=event)
    assert LambdaCaller(app).get("/content/special").text == "special"


@pytest.mark.parametrize(
    "change",
    [
        {"resource": None},
        {"resource": "/content/{uid}"},
        {"resource": "content"},
        {"requestContext": None},
        {"requestContext": {}},
        {"requestContext": {"path": "/dev/é"}},
    ],
)
def test_it_is_not_taken_for_an_event_that_tells_too_little(change):
    app = Service()
    assert not _is_taken(app, event={**rest_event(app, "GET", "/"), **change})


def test_a_resource_may_not_lie_about_the_path():
    app = Service()
    event = {**rest_event(app, "GET", "/bytes"), "resource": "/png"}
    assert not _is_taken(app, event=event)


def _with(**attributes):
    return type("Changed", (Service,), attributes)()


def test_it_is_not_taken_by_a_service_that_dispatches_in_its_own_way():
    class OwnRequest(Request):
        pass

    changed = [
        _with(dispatch_request=lambda self: "own"),
        _with(make_response=Flask.make_response),
        _with(request_class=OwnRequest),
    ]
    configured = Service()
    configured.config["TRUSTED_HOSTS"] = ["api.test"]
    patched = Service()
    patched.preprocess_request = lambda: None
    for app in [*changed, configured, patched]:
        assert not _is_taken(app)


def test_signals_are_sent():
    app, seen = Service(), []

    def listen(sender, response, **extra):
        seen.append(response.status_code)

    with request_finished.connected_to(listen, app):
        LambdaCaller(app).get("/content/5")
    LambdaCaller(app).get("/content/5")
    assert seen == [200]


def test_teardowns_get_the_error():
    app = Hooked()
    LambdaCaller(app).get("/crash")
    LambdaCaller(app).get("/none")
    assert app.seen == [
        ("request", RuntimeError), ("app", RuntimeError),
        ("request", type(None)), ("app", type(None)),
    ]  # fmt: skip


def test_sessions_go_on():
    caller = LambdaCaller(Hooked())
    cookie = caller.get("/none").header("Set-Cookie").partition(";")[0]
    one = caller.get("/none", Cookie=cookie).header("Set-Cookie")
    assert one.partition(".")[0] != f"{cookie}".partition(".")[0]


@pytest.mark.parametrize("target", ["/form", "/twice", "/stream"])
@pytest.mark.parametrize("media", ["application/x-www-form-urlencoded", "text/plain"])
def test_a_body_is_read_once(target, media):
    one, other = _answers(Service, "POST", target, b"a=1&b=2", {"Content-Type": media})
    assert one.status == 200
    assert _comparable(one) == _comparable(other)


@pytest.mark.parametrize("cookie", ["other=1", "session=forged"])
def test_a_session_begins_with_whatever_cookie(cookie):
    one, other = _answers(Hooked, "GET", "/none", headers={"Cookie": cookie})
    assert _comparable(one) == _comparable(other)
    assert one.header("Set-Cookie").startswith("session=")


def test_setup_is_over_after_the_first_event():
    app = Service()
    LambdaCaller(app).get("/")
    with pytest.raises(AssertionError, match="setup method"):
        app.before_request(lambda: None)


def test_an_error_in_a_hook_is_answered(caplog):
    app = Hooked()
    app.teardown_request(lambda error: 1 / 0)
    answer = LambdaCaller(app).get("/")
    assert (answer.status, answer.json) == (500, {"message": "Internal Server Error"})
    assert "ZeroDivisionError" in caplog.text


def test_contexts_are_gone_afterwards():
    LambdaCaller(Service()).get("/crash")
    LambdaCaller(Hooked()).get("/environ")
    assert not request
    assert not current_app


def test_it_runs_inside_a_context_of_the_same_service():
    app = Hooked()
    with app.app_context():
        g.kept = "yes"
        assert LambdaCaller(app).get("/content/5").status == 200
        assert g.kept == "yes"


def test_an_unknown_attribute_of_the_request_is_an_attribute_error():
    class Asks(TechMicroService):
        @entry(no_auth=True)
        def get(self):
            return str(hasattr(request, "nothing"))

    assert LambdaCaller(Asks()).get("/").text == "False"
