"""What a service has registered runs on the short way as on the WSGI way: all of it, in order."""

import threading
from datetime import timedelta
from io import BytesIO

import pytest
from flask import (
    Flask,
    after_this_request,
    copy_current_request_context,
    current_app,
    g,
    has_app_context,
    has_request_context,
    session,
    signals,
    stream_with_context,
)
from flask import Response as FlaskResponse
from flask.globals import request_ctx
from flask.json.provider import DefaultJSONProvider
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from werkzeug.exceptions import Conflict
from werkzeug.routing import Rule

from coworks_runtime import Blueprint, TechMicroService, entry, request
from coworks_runtime.events import MalformedEvent
from coworks_runtime.routing.url_map import ServiceMap
from tests.runtime.conftest import LambdaCaller, WsgiLambdaCaller, rest_event

SIGNALS = (
    "appcontext_pushed",
    "request_started",
    "got_request_exception",
    "request_finished",
    "request_tearing_down",
    "appcontext_tearing_down",
    "appcontext_popped",
)
TARGETS = [
    "/", "/item/5", "/item/zero", "/own", "/own/inner", "/own/inner/5", "/refused", "/crash",
    "/conflict", "/chunks", "/closing", "/none", "/answered", "/read", "/written", "/lasting",
    "/vary", "/later", "/swapped", "/twice", "/lower", "/gzip", "/unchanged", "/away", "/copied",
    "/bytes", "/json", "/empty",
]  # fmt: skip


class Inner(Blueprint):
    @entry(no_auth=True)
    def get(self, uid=None):
        return {"uid": uid, "blueprints": request.blueprints}

    @entry(no_auth=True)
    def get_(self, number: int):
        return [number]


class Own(Blueprint):
    @entry(no_auth=True)
    def get(self):
        return request.blueprint


class Watched(TechMicroService):
    """A service that tells all that happens around its entries."""

    def __init__(self):
        super().__init__()
        self.log = []
        inner, own = Inner(), Own()
        own.register_blueprint(inner, url_prefix="/inner")
        self.watch("service", self)
        self.watch("own", own)
        self.watch("inner", inner)
        self.register_blueprint(own, url_prefix="/own")
        self.teardown_appcontext(self.tell("teardown app"))

    def token_authorizer(self, token):
        return token == "yes"

    def tell(self, what, *, gives=False):
        def hook(*values):
            shown = [getattr(value, "status_code", type(value).__name__) for value in values]
            self.log.append((what, *shown, has_request_context(), has_app_context()))
            return values[0] if gives else None

        return hook

    def watch(self, name, scaffold):
        scaffold.url_value_preprocessor(self.tell(f"values {name}"))
        scaffold.before_request(self.tell(f"before {name}"))
        scaffold.before_request(self.tell(f"also before {name}"))
        scaffold.after_request(self.tell(f"after {name}", gives=True))
        scaffold.after_request(self.tell(f"also after {name}", gives=True))
        scaffold.teardown_request(self.tell(f"teardown {name}"))

    @entry(no_auth=True)
    def get(self):
        return "text"

    @entry(no_auth=True)
    def get_item(self, number: int):
        return {"number": number}

    @entry
    def get_refused(self):
        return "never"

    @entry(no_auth=True)
    def get_crash(self):
        raise RuntimeError

    @entry(no_auth=True)
    def get_conflict(self):
        raise Conflict

    @entry(no_auth=True)
    def get_chunks(self):
        def chunks():
            for number in range(2):
                self.log.append(("chunk", has_request_context()))
                yield f"{request.path}{number}"

        return stream_with_context(chunks())

    @entry(no_auth=True)
    def get_closing(self):
        response = current_app.make_response("closes")
        response.call_on_close(lambda: self.log.append(("closed", has_request_context())))
        return response

    @entry(no_auth=True)
    def get_none(self):
        return None

    @entry(no_auth=True)
    def get_answered(self):
        return "not this"

    @entry(no_auth=True)
    def get_read(self):
        return str(session.get("user"))

    @entry(no_auth=True)
    def get_written(self):
        session["user"] = "ada"
        return "written"

    @entry(no_auth=True)
    def get_lasting(self):
        session.permanent = True
        return "lasting"

    @entry(no_auth=True)
    def get_vary(self):
        return str(session.get("user")), {"vary": "Accept"}

    @entry(no_auth=True)
    def get_later(self):
        @after_this_request
        def add(response):
            self.log.append(("later", response.status_code))
            response.headers["X-Later"] = "yes"
            return response

        return "text"

    @entry(no_auth=True)
    def get_swapped(self):
        @after_this_request
        def swap(response):
            return Swapped(b"swapped", status=202)

        return "text"

    @entry(no_auth=True)
    def get_twice(self):
        return "text", [("X-Twice", "1"), ("X-Twice", "2"), ("x-twice", "3")]

    @entry(no_auth=True)
    def get_lower(self):
        response = FlaskResponse(b"\xff")
        del response.headers["Content-Type"]
        response.headers["content-type"] = "application/octet-stream"
        return response

    @entry(no_auth=True)
    def get_gzip(self):
        return "packed", {"Content-Encoding": "gzip"}

    @entry(no_auth=True)
    def get_unchanged(self):
        return "", 304, {"ETag": '"a"'}

    @entry(no_auth=True)
    def get_away(self):
        return "", 302, {"Location": "/é"}

    @entry(no_auth=True)
    def get_bytes(self):
        return b"\x00\xff"

    @entry(no_auth=True)
    def get_json(self):
        return ["é", None]

    @entry(no_auth=True)
    def get_empty(self):
        return ""

    @entry(no_auth=True)
    def get_copied(self):
        seen = []
        g.value = "outer"
        session.get("user")

        @copy_current_request_context
        def work():
            seen.append((request.path, dict(session), "value" in g))

        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        return repr(seen)


class Swapped(FlaskResponse):
    default_mimetype = "text/plain"


class Answering(Watched):
    def __init__(self):
        super().__init__()
        self.before_request(lambda: ("answered", 201) if request.path == "/answered" else None)
        self.url_value_preprocessor(self.double)

    @staticmethod
    def double(endpoint, values):
        if values and "number" in values:
            values["number"] *= 2


class Keyed(Watched):
    def __init__(self):
        super().__init__()
        self.secret_key = "key"
        self.permanent_session_lifetime = timedelta(days=1)


class Async(Watched):
    def __init__(self):
        super().__init__()

        @self.before_request
        async def before():
            self.log.append(("async before", request.path))

        @self.after_request
        async def after(response):
            response.headers["X-Async"] = "yes"
            return response

        @self.teardown_request
        async def teardown(error):
            self.log.append(("async teardown", type(error).__name__))


class Failing(Watched):
    def __init__(self):
        super().__init__()

        @self.after_request
        def fail(response):
            if request.path == "/json":
                raise LookupError
            return response


class MySession(SecureCookieSession):
    pass


class MyInterface(SecureCookieSessionInterface):
    session_class = MySession

    def open_session(self, app, request):
        app.log.append(("opened", request.path))
        if request.path == "/conflict":
            raise OSError
        return MySession() if request.path != "/none" else None

    def save_session(self, app, session, response):
        app.log.append(("saved", dict(session), response.status_code))
        response.headers["X-Saved"] = "yes"


class OwnSessions(Keyed):
    def __init__(self):
        super().__init__()
        self.session_interface = MyInterface()


class SavesOnly(Keyed):
    def __init__(self):
        super().__init__()
        self.session_interface = type(
            "Saves", (SecureCookieSessionInterface,), {"save_session": MyInterface.save_session}
        )()


class NeverOpens(SecureCookieSessionInterface):
    def open_session(self, app, request):
        raise OSError

    def save_session(self, app, session, response):
        app.log.append(("saved", session))


class FailsToOpen(Watched):
    def __init__(self):
        super().__init__()
        self.session_interface = NeverOpens()
        self.register_error_handler(500, lambda error: ("failed", 500))


class WritesLate(Keyed):
    def __init__(self):
        super().__init__()

        @self.after_request
        def write(response):
            if request.path == "/json":
                session["late"] = 1
            if request.path == "/item/5":
                str(session.get("late"))
            return response


class Forgets(Watched):
    def __init__(self):
        super().__init__()
        self.after_request(lambda response: None if request.path == "/json" else response)


class FailsTwice(Watched):
    def __init__(self):
        super().__init__()

        @self.errorhandler(500)
        def fail(error):
            self.log.append(("handler", type(error).__name__))
            raise LookupError


class AnswersOddly(Watched):
    """Its hooks give what Flask takes, though nobody expects it."""

    def __init__(self):
        super().__init__()
        self.after_request(self.odd)

    @staticmethod
    def odd(response):
        match request.path:
            case "/json":
                return lambda environ, start: start("207 Odd", [("X-Odd", "1")]) and [b"odd"]
            case "/bytes":
                return Calls(b"called")
            case "/own":
                response.headers = {"Content-Type": "text/plain"}
        return response


class Calls(FlaskResponse):
    def __call__(self, environ, start_response):
        start_response("203 Called", [("X-Method", environ["REQUEST_METHOD"])])
        return [b"by itself"]


class PushesMore(Watched):
    def __init__(self):
        super().__init__()
        self.before_request(lambda: self.app_context().push() if request.path == "/" else None)


class ChangesRequests(Watched):
    def __init__(self):
        super().__init__()
        self.before_request(self.change)

    def change(self):
        request.environ.update(SCRIPT_NAME="/other", REMOTE_ADDR="::1")
        self.log.append((request.url, request.remote_addr, self.url_for("get_item", number=3)))


class Unwatched(Watched):
    def watch(self, name, scaffold):
        pass


class UnwatchedKeyed(Unwatched):
    def __init__(self):
        super().__init__()
        self.secret_key = "key"


def observed(cls, caller_class, target, headers=None):
    """The answer, and all that was told until it was there."""
    app = cls()
    told = []

    def receiver(name):
        def receive(sender, **values):
            told.append(name)
            app.log.append((name, sorted(values), has_request_context(), has_app_context()))

        return receive

    receivers = [(getattr(signals, name), receiver(name)) for name in SIGNALS]
    caller = caller_class(app)
    for signal, receive in receivers:
        signal.connect(receive, app)
    answer = caller.request("GET", target, b"", headers)
    without_times = sorted((n, v if n != "Set-Cookie" else "") for n, v in answer.headers)
    assert not has_app_context()
    return answer.status, without_times, answer.body, app.log


@pytest.mark.parametrize(
    "cls",
    [
        Watched,
        Answering,
        Keyed,
        Async,
        Failing,
        OwnSessions,
        SavesOnly,
        FailsToOpen,
        WritesLate,
        Forgets,
        FailsTwice,
        AnswersOddly,
        PushesMore,
        ChangesRequests,
        Unwatched,
        UnwatchedKeyed,
    ],
)
@pytest.mark.parametrize("target", TARGETS)
def test_all_runs_in_the_same_order(cls, target):
    one = observed(cls, LambdaCaller, target)
    assert one == observed(cls, WsgiLambdaCaller, target)
    assert one[3]


@pytest.mark.parametrize("cls", [Keyed, UnwatchedKeyed, OwnSessions])
@pytest.mark.parametrize("first", ["/written", "/lasting"])
@pytest.mark.parametrize("target", ["/", "/read", "/written", "/none", "/crash", "/vary"])
@pytest.mark.parametrize("name", ["Cookie", "cookie", "COOKIE"])
def test_a_session_s_cookie_is_read_and_refreshed(cls, first, target, name):
    set_cookie = LambdaCaller(cls()).get(first).header("Set-Cookie") or "other=1"
    headers = {name: set_cookie.partition(";")[0]}
    one = observed(cls, LambdaCaller, target, headers)
    assert one == observed(cls, WsgiLambdaCaller, target, headers)


def test_a_lasting_session_is_refreshed_though_nothing_reads_it():
    caller = LambdaCaller(UnwatchedKeyed())
    cookie = caller.get("/lasting").header("Set-Cookie").partition(";")[0]
    assert "Expires=" in caller.get("/json", Cookie=cookie).header("Set-Cookie")


def test_a_session_that_nothing_reads_is_not_told_of():
    caller = LambdaCaller(UnwatchedKeyed())
    assert caller.get("/json").header("Vary") is None
    assert caller.get("/read").header("Vary") == "Cookie"


def test_no_environ_is_made_for_hooks_and_sessions():
    app = Keyed()
    seen = []
    app.teardown_request(
        lambda error: seen.append("environ" in vars(request._get_current_object()))
    )
    LambdaCaller(app).get("/read")
    LambdaCaller(app).get("/own/inner/5")
    assert seen == [False, False]


def test_a_teardown_may_be_the_first_to_read_the_request():
    app, read = Watched(), []

    @app.teardown_request
    def look(error):
        read.append((request.headers["Host"], request.files["f"].stream))

    body = b'--X\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\nx\r\n--X--'
    headers = {"Content-Type": "multipart/form-data; boundary=X"}
    assert LambdaCaller(app).request("GET", "/", body, headers).text == "text"
    ((host, stream),) = read
    assert host == "api.test"
    assert stream.closed


def test_an_own_provider_reads_json():
    class Doubles(DefaultJSONProvider):
        def loads(self, text, **options):
            return [super().loads(text, **options)] * 2

    class Reads(TechMicroService):
        json_provider_class = Doubles

        @entry(no_auth=True)
        def post(self, **values):
            return request.get_json()

    sent = ("POST", "/", b'{"a":1}', {"Content-Type": "application/json"})
    assert both(Reads, sent)[0][2] == b'[{"a":1},{"a":1}]\n'


def test_a_request_looks_the_same_in_a_log():
    class Shows(TechMicroService):
        @entry(no_auth=True)
        def get(self):
            return [repr(request), repr(request_ctx._get_current_object())]

    (answer,) = both(Shows, ("GET", "/"))
    assert b"<Request 'https://api.test/" in answer[2]


def test_hooks_may_be_taken_away():
    app = Watched()
    caller = LambdaCaller(app)
    caller.get("/")
    app.before_request_funcs.clear()
    app.log.clear()
    caller.get("/")
    assert not [line for line in app.log if "before" in line[0]]


def test_a_view_may_be_replaced():
    app = Watched()
    caller = LambdaCaller(app)
    assert caller.get("/").text == "text"
    app.view_functions["get"] = lambda: "replaced"
    assert caller.get("/", Authorization="yes").text == "replaced"


def test_what_stops_the_process_reaches_the_teardowns():
    class Stopping(Watched):
        @entry(no_auth=True)
        def get_stop(self):
            raise KeyboardInterrupt

    logs = []
    for caller_class in (LambdaCaller, WsgiLambdaCaller):
        app = Stopping()
        with pytest.raises(KeyboardInterrupt):
            caller_class(app).get("/stop")
        logs.append(app.log)
    assert logs[0] == logs[1]
    assert ("teardown service", "KeyboardInterrupt", True, True) in logs[0]


def test_teardowns_hear_nothing_of_an_error_that_is_to_be_ignored():
    class Ignoring(Watched):
        def should_ignore_error(self, error):
            return isinstance(error, RuntimeError)

    one = observed(Ignoring, LambdaCaller, "/crash")
    assert one == observed(Ignoring, WsgiLambdaCaller, "/crash")
    assert ("teardown service", "NoneType", True, True) in one[3]


@pytest.mark.parametrize("mimetype", ["application/json", "application/vnd.api+json"])
def test_the_json_provider_s_media_type_counts(mimetype):
    app = Unwatched()
    app.json.mimetype = mimetype
    assert LambdaCaller(app).get("/json").header("Content-Type") == mimetype


def test_a_declared_head_has_no_body():
    class Heads(TechMicroService):
        @entry(no_auth=True)
        def head_item(self):
            return "five!"

    for caller_class in (LambdaCaller, WsgiLambdaCaller):
        answer = caller_class(Heads()).request("HEAD", "/item")
        assert (answer.body, answer.header("Content-Length")) == (b"", "5")


def test_rules_added_past_flask_are_seen():
    app = Unwatched()
    app.url_map.add(Rule("/item/zero", endpoint="zero"))
    app.view_functions["zero"] = lambda: "the literal"
    event = rest_event(app, "GET", "/item/zero", headers=[("Authorization", "yes")])
    assert app(event, None)["body"] == "the literal"


def both(make, *requests):
    """What two services of one kind answer, one of them the WSGI way."""
    answers = []
    for caller_class in (LambdaCaller, WsgiLambdaCaller):
        caller = caller_class(make())
        given = [caller.request(*each) for each in requests]
        answers.append([(a.status, sorted(a.headers), a.body) for a in given])
    assert answers[0] == answers[1]
    return answers[0]


class Numbers(Blueprint):
    @entry(no_auth=True)
    def get_number(self, number, lang="none"):
        return {"number": number, "lang": lang, "values": repr(request.view_args)}


@pytest.mark.parametrize(
    ("options", "path"),
    [
        ({"url_prefix": "/b", "url_defaults": {"lang": "en"}}, "/b/number/5"),
        ({"url_prefix": "/<int:tenant>"}, "/7/number/5"),
        ({"url_prefix": "/<int:tenant>"}, "/seven/number/5"),
        ({"url_prefix": "/<any(a,b):tenant>"}, "/c/number/5"),
        ({"url_prefix": "/<tenant>"}, "/7/number/5"),
        ({"url_prefix": "/b", "subdomain": "x"}, "/b/number/5"),
    ],
)
def test_rules_of_other_kinds_are_werkzeug_s(options, path):
    def make():
        app, numbers = TechMicroService(), Numbers()
        numbers.url_value_preprocessor(lambda _, values: values.pop("tenant", None))
        app.register_blueprint(numbers, **options)
        return app

    both(make, ("GET", path))


@pytest.mark.parametrize(
    ("rule", "options", "target"),
    [
        ("/page", {"defaults": {"number": "1"}}, "/page"),
        ("/page", {"defaults": {"number": "1"}}, "/item/1"),
        ("/other/<int:number>", {}, "/other/five"),
        ("/other/<number>", {"redirect_to": "/item/<number>"}, "/other/5"),
    ],
)
def test_an_entry_s_further_rules_are_werkzeug_s(rule, options, target):
    def make():
        app = Unwatched()
        app.add_url_rule(rule, "get_item", app.view_functions["get_item"], **options)
        return app

    both(make, ("GET", target))


def test_a_rule_of_another_kind_may_claim_an_entry_s_url():
    def make():
        app = Unwatched()
        app.register_blueprint(Numbers(), url_prefix="/<tenant>")
        app.add_url_rule("/<int:n>/<path:rest>", "plain", lambda n, rest: f"plain {n}")
        app.add_url_rule("/<int:n>/<a>/<b>", "other", lambda n, a, b: f"other {n}")
        return app

    headers = {"Authorization": "yes"}
    both(make, ("GET", "/5/number/7", b"", headers), ("GET", "/a/number/7", b"", headers))


@pytest.mark.parametrize("config", [{}, {"MAX_CONTENT_LENGTH": 3}])
@pytest.mark.parametrize(
    "change",
    [
        lambda: None,
        lambda: setattr(request, "max_content_length", 3),
        lambda: setattr(request, "args", {"a": "b"}),
        lambda: setattr(request, "query_string", b"a=changed"),
        lambda: setattr(request, "stream", BytesIO(b'{"a": "streamed"}')),
        lambda: request.environ.update(CONTENT_TYPE="text/plain"),
    ],
)
def test_a_hook_may_change_what_comes(config, change):
    class Takes(TechMicroService):
        @entry(no_auth=True)
        def get(self, a=None):
            return {"a": a}

        @entry(no_auth=True)
        def post(self, a=None):
            return {"a": a}

    def make():
        app = Takes()
        app.before_request(change)
        LambdaCaller(app).get("/")
        app.config.update(config)
        return app

    headers = {"Content-Type": "application/json"}
    both(make, ("POST", "/", b'{"a": "sent"}', headers))
    if change.__code__.co_names[:1] != ("BytesIO",):
        both(make, ("GET", "/?a=sent&a=twice"), ("GET", "/?a=one"))


def test_what_an_entry_does_to_its_values_stays_there():
    class Appends(TechMicroService):
        @entry(no_auth=True)
        def get(self, **values):
            values["a"].append("more")
            return request.args.getlist("a")

    assert both(Appends, ("GET", "/?a=1&a=2"))[0][2] == b'["1","2"]\n'


def test_a_patched_flask_runs(monkeypatch):
    seen = []
    inner = Flask.process_response

    def patched(self, response):
        seen.append(request.path)
        return inner(self, response)

    monkeypatch.setattr(Flask, "process_response", patched)
    LambdaCaller(Unwatched()).get("/json")
    assert seen == ["/json"]


@pytest.mark.parametrize("name", ["dumps", "response"])
def test_a_patched_json_provider_runs(name):
    def make():
        app = Unwatched()
        ours = {"dumps": lambda value, **_: "patched", "response": lambda _: Swapped("patched")}
        setattr(app.json, name, ours[name])
        return app

    assert b"patched" in both(make, ("GET", "/json"))[0][2]


def test_a_key_may_be_the_class_s():
    class HasKey(Unwatched):
        secret_key = "the class's"

    cookie = LambdaCaller(HasKey()).get("/lasting").header("Set-Cookie").partition(";")[0]
    answer = LambdaCaller(HasKey()).get("/json", Cookie=cookie)
    assert "Expires=" in answer.header("Set-Cookie")


def test_a_session_is_opened_before_the_route_is_known():
    class Looks(SecureCookieSessionInterface):
        def open_session(self, app, request):
            app.log.append((request.endpoint, request.view_args))
            return super().open_session(app, request)

    def make():
        app = Keyed()
        app.session_interface = Looks()
        return app

    for caller_class in (LambdaCaller, WsgiLambdaCaller):
        app = make()
        caller_class(app).get("/item/5")
        assert (None, None) in app.log


def test_a_session_may_be_exchanged():
    class Exchanges(Unwatched):
        @entry(no_auth=True)
        def get_exchanged(self):
            request_ctx._session = SecureCookieSession({"user": "new"})
            return str(session["user"])

    def make():
        app = Exchanges()
        app.secret_key = "key"
        return app

    assert LambdaCaller(make()).get("/exchanged").text == "new"


def test_a_malformed_event_leaves_nothing_behind():
    class Reads(TechMicroService):
        @entry(no_auth=True)
        def get(self):
            g.user = request.headers.get("user")
            return "text"

    app = Reads()
    event = {**rest_event(app, "GET", "/"), "multiValueHeaders": {"user": {"not": "a text"}}}
    with pytest.raises(MalformedEvent, match="header user"):
        app(event, None)
    assert not has_app_context()
    assert not has_request_context()


class TestServiceMap:
    def test_rules_of_entries_are_compiled_when_they_match(self):
        app = Unwatched()
        assert not next(app.url_map.all_rules())._parts
        assert app.test_client().get("/item/5").json == {"number": 5}
        assert all(rule._parts for rule in app.url_map.all_rules())

    def test_events_compile_none(self):
        app = Unwatched()
        assert LambdaCaller(app).get("/item/5").json == {"number": 5}
        assert not any(rule._parts for rule in app.url_map.all_rules())

    def test_a_rule_s_variables_are_known_before(self):
        rule = Unwatched().url_map.rules_of("get_item")[0]
        assert rule.arguments == {"number"}
        assert rule.map is not None

    def test_links_are_made_before(self):
        app = Unwatched()
        with app.test_request_context():
            assert app.url_for("get_item", number=1) == "/item/1"

    def test_rules_keep_their_order(self):
        app = Unwatched()
        app.add_url_rule("/plain", "plain", lambda: "plain")
        assert [rule.endpoint for rule in app.url_map.iter_rules()][-1] == "plain"
        answer = app.test_client().get("/plain", headers={"Authorization": "yes"})
        assert answer.text == "plain"

    def test_a_rule_can_be_looked_at_before(self):
        def rules():
            app = Unwatched()
            return [next(iter(app.url_map.rules_of(e))) for e in ("get_item", "get_json")]

        assert "'/item/<number>'" in repr(rules()[0])
        one, other = rules()
        assert one != other
        assert rules()[0].build({"number": 5}) == ("", "/item/5")

    @pytest.mark.parametrize("prefix", ["/<", "/<int:", "/<nothing:a>", "/<a"])
    def test_a_malformed_prefix_is_told_at_once(self, prefix):
        app = TechMicroService()
        with pytest.raises((ValueError, LookupError)):
            app.register_blueprint(Own(), url_prefix=prefix)

    def test_threads_find_all_rules(self):
        for _ in range(20):
            app, found = Unwatched(), []
            barrier = threading.Barrier(4)

            def ask(app=app, found=found, barrier=barrier):
                barrier.wait()
                found.append(app.test_client().get("/item/5").status_code)

            threads = [threading.Thread(target=ask) for _ in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert found == [200] * 4

    def test_a_service_may_have_its_own(self):
        class OwnMap(ServiceMap.__base__):
            pass

        class OwnRule(Rule):
            pass

        class HasOwnMap(Unwatched):
            url_map_class = OwnMap

        class HasOwnRule(Unwatched):
            url_rule_class = OwnRule

        for cls in (HasOwnMap, HasOwnRule):
            assert LambdaCaller(cls()).get("/item/5").json == {"number": 5}
            assert cls().test_client().get("/own/inner/5").json is not None
