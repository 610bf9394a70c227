"""Plain Flask routes on a service: Flask's answers, public ones, pages with assets."""

import functools
import os
import subprocess
import sys
import types

import flask
import pytest
from flask.views import MethodView
from werkzeug.exceptions import HTTPException

from coworks_runtime import Blueprint, TechMicroService, entry, request
from coworks_runtime.errors import EntryError


class Open(TechMicroService):
    """Lets everybody in who has a token."""

    def token_authorizer(self, token):
        return True

    @entry
    def get_entry(self):
        return "<b>text</b>"


TOKEN = {"Authorization": "t"}


def views(app):
    app.add_url_rule("/text", "text", lambda: flask.render_template_string("<h1>x</h1>"))
    app.add_url_rule("/bytes", "bytes", lambda: b"raw")
    app.add_url_rule("/object", "object", lambda: {"a": 1})
    app.add_url_rule("/none", "none", lambda: None)
    app.add_url_rule("/tuple", "tuple", lambda: ("made", 201, {"X-Own": "1"}))
    return app


def test_plain_views_answer_as_in_flask(call):
    ours, flasks = call(views(Open())), views(flask.Flask(__name__)).test_client()
    for path in ("/text", "/bytes", "/object", "/tuple"):
        answer, expected = ours.get(path, **TOKEN), flasks.get(path)
        assert (answer.status, answer.body) == (expected.status_code, expected.data)
        assert answer.header("Content-Type") == expected.headers["Content-Type"]
    assert ours.get("/none", **TOKEN).status == flasks.get("/none").status_code == 500
    assert ours.get("/entry", **TOKEN).header("Content-Type") == "text/plain; charset=utf-8"


def test_hooks_and_handlers_answer_as_in_flask(call):
    app = Open()

    @app.before_request
    def before():
        return "<i>hook</i>" if "hook" in request.args else None

    @app.errorhandler(418)
    def teapot(error):
        return "<i>teapot</i>", 418

    app.add_url_rule("/teapot", "teapot", lambda: flask.abort(418))
    caller = call(app)
    for path, body in (("/entry?hook=1", "<i>hook</i>"), ("/teapot", "<i>teapot</i>")):
        answer = caller.get(path, **TOKEN)
        assert (answer.text, answer.header("Content-Type")) == (body, "text/html; charset=utf-8")


def failing():
    class Failing(Open):
        @entry
        def get_gone(self):
            flask.abort(410, "it went")

        @entry
        def get_key(self):
            return flask.request.args["missing"]

        @entry
        def get_wrong(self):
            raise ZeroDivisionError

    return Failing()


@pytest.mark.parametrize("kind", [Exception, HTTPException])
def test_a_handler_of_all_errors_sees_http_errors(call, kind):
    app = failing()
    app.register_error_handler(kind, lambda error: (f"seen {type(error).__name__}", 299))
    caller = call(app)
    assert caller.get("/gone", **TOKEN).text == "seen Gone"
    assert caller.get("/nowhere", **TOKEN).text == "seen NotFound"
    wrong = caller.get("/wrong", **TOKEN)
    assert wrong.text == (
        "seen ZeroDivisionError" if kind is Exception else "seen InternalServerError"
    )


def test_json_is_the_last_resort(call):
    caller = call(failing())
    assert caller.get("/gone", **TOKEN).json == {"message": "it went"}
    assert caller.get("/nowhere", **TOKEN).json == {"message": "Not Found"}
    assert caller.get("/wrong", **TOKEN).json == {"message": "Internal Server Error"}


@pytest.mark.parametrize(
    ("trap", "path", "status"),
    [
        ("TRAP_HTTP_EXCEPTIONS", "/gone", 500),
        ("TRAP_BAD_REQUEST_ERRORS", "/key", 500),
        ("TRAP_BAD_REQUEST_ERRORS", "/gone", 410),
    ],
)
def test_errors_are_trapped_as_in_flask(call, caplog, trap, path, status):
    app = failing()
    app.config[trap] = True
    assert call(app).get(path, **TOKEN).status == status


def test_a_redirect_of_the_router_stays_one(call):
    app = Open()
    app.add_url_rule("/old", "old", lambda: "", redirect_to="/entry")
    answer = call(app).get("/old", **TOKEN)
    assert answer.status == 308
    assert answer.header("Location").endswith("/entry")


class Timed(Open):
    def token_authorizer(self, token):
        return token == "t"

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.seen = []
        self.before_request(self._start)
        self.after_request(self._end)

    def _start(self):
        self.seen.append("before")
        flask.g.start = 1

    def _end(self, response):
        self.seen.append("after")
        response.headers["X-Start"] = str(flask.g.start)
        return response

    @entry(no_cors=False)
    def get_shared(self):
        return ""


@pytest.mark.parametrize(("headers", "status"), [({}, 401), ({"Authorization": "u"}, 403)])
def test_a_refused_request_meets_no_hook_and_no_handler(call, headers, status):
    app = Timed()
    app.register_error_handler(Exception, lambda error: ("seen", 299))
    app.config["TRAP_HTTP_EXCEPTIONS"] = True
    caller = call(app)
    for path in ("/entry", "/shared"):
        answer = caller.get(path, **headers)
        assert answer.status == status
        assert set(answer.json) == {"message"}
    assert app.seen == []
    assert caller.get("/entry", Authorization="t").header("X-Start") == "1"


def test_a_preflight_meets_no_hook():
    app = Timed()
    answer = app.test_client().options("/shared", headers={"Origin": "https://a.test"})
    assert answer.status_code == 204
    assert app.seen == []


class Marked(TechMicroService):
    def token_authorizer(self, token):
        return token == "t"


def test_a_marked_view_is_public(call):
    app = Marked()

    @app.route("/below")
    @entry(no_auth=True)
    def below():
        return "below"

    @entry(no_auth=True)
    @app.route("/above")
    def above():
        return "above"

    @app.route("/closed")
    def closed():
        return "closed"

    class Viewed(MethodView):
        decorators = (entry(no_auth=True),)

        def get(self):
            return "viewed"

    app.add_url_rule("/viewed", view_func=Viewed.as_view("viewed"))
    caller = call(app)
    for name in ("below", "above", "viewed"):
        assert caller.get(f"/{name}").text == name
    assert caller.get("/closed").status == 401
    assert {e.path: e.no_auth for e in app.entry_map()} == {
        "/above": True,
        "/below": True,
        "/closed": False,
        "/viewed": True,
    }


def test_a_marked_view_has_cors_and_stages(call, monkeypatch):
    app = Marked()

    @app.route("/shared", methods=["PUT"])
    @entry(no_auth=True, no_cors=False)
    def shared():
        return "shared"

    @app.route("/prod")
    @entry(no_auth=True, stage="prod")
    def prod():
        return "prod"

    @entry(no_auth=True, stage="prod")
    @app.route("/late")
    def late():
        return "late"

    caller = call(app)
    assert caller.request("PUT", "/shared").header("Access-Control-Allow-Origin") == "*"
    assert app.test_client().options("/shared").headers["Access-Control-Allow-Methods"] == "PUT"
    assert [caller.get("/prod").status, caller.get("/late").status] == [404, 404]
    assert [e.path for e in app.entry_map()] == ["/shared"]


def test_binary_headers_are_an_entry_s():
    app = Marked()
    with pytest.raises(EntryError, match="/picture"):
        app.route("/picture")(entry(binary_headers={"Content-Type": "image/png"})(lambda: b""))


def third_party():
    docs = flask.Blueprint("docs", __name__)
    docs.add_url_rule("/docs", "index", lambda: "docs")
    docs.add_url_rule("/docs/more", "more", lambda: "more")
    return docs


@pytest.mark.parametrize(
    ("public", "opened"),
    [
        (("docs.*",), {"/docs", "/docs/more"}),
        (("docs.index",), {"/docs"}),
        (["own"], {"/own"}),
        (("*",), {"/docs", "/docs/more", "/own"}),
        ((), set()),
    ],
)
def test_the_service_opens_what_others_register(call, public, opened):
    class Public(Open):
        public_endpoints = public

    app = Public()
    app.register_blueprint(third_party())
    app.add_url_rule("/own", "own", lambda: "own")
    caller = call(app)
    paths = {"/docs", "/docs/more", "/own", "/entry"}
    assert {path for path in paths if caller.get(path).status == 200} == opened
    assert {e.path for e in app.entry_map() if e.no_auth} == opened


@pytest.mark.parametrize(
    ("public", "why"),
    [
        (("doc.*",), r"'doc\.\*'.*no plain Flask route \(there are: docs.index, docs.more\)"),
        (("get_entry",), r"'get_entry', an entry: write @entry\(no_auth=True\)"),
        ("docs.index", r"must be a tuple"),
    ],
)
def test_a_name_that_opens_nothing_is_an_error(public, why):
    class Public(Open):
        public_endpoints = public

    app = Public()
    app.register_blueprint(third_party())
    with pytest.raises(EntryError, match=why):
        app.entry_map()
    assert app.test_client().get("/docs").status_code == 500


def test_a_name_that_opens_nothing_is_told_to_who_deploys(tmp_path):
    (tmp_path / "web.py").write_text(
        "from coworks_runtime import TechMicroService\n"
        "class Web(TechMicroService):\n"
        "    public_endpoints = ('nothing',)\n"
        "app = Web()\n"
    )
    command = [sys.executable, "-m", "coworks_runtime.entry_map", "web:app"]
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1
    assert "public_endpoints names 'nothing'" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_where_one_of_two_plain_routes_is_public_the_service_asks_for_the_other(call):
    class Public(Open):
        public_endpoints = ("by_id",)

    app = Public()
    app.add_url_rule("/u/<name>", "by_name", lambda name: "name")
    app.add_url_rule("/u/<int:number>", "by_id", lambda number: "id")
    assert [(e.path, e.no_auth) for e in app.entry_map()][1:] == [("/u/{name}", True)]
    caller = call(app)
    assert caller.get("/u/5").text == "id"
    assert caller.get("/u/five").status == 401


@pytest.fixture
def site(tmp_path, monkeypatch):
    """A service whose module has a static folder beside it."""
    (tmp_path / "static").mkdir()
    (tmp_path / "static" / "style.css").write_text("h1 { color: red }")
    module = types.ModuleType("site_of_a_test")
    module.__file__ = str(tmp_path / "site_of_a_test.py")
    monkeypatch.setitem(sys.modules, module.__name__, module)

    class Site(TechMicroService):
        __module__ = module.__name__
        public_endpoints = ("static", "home")

    def make():
        app = Site()
        app.add_url_rule("/", "home", lambda: flask.url_for("static", filename="style.css"))
        return app

    make.folder = tmp_path / "static"
    return make


def fetch(app, path):
    with app.test_client().get(path) as answer:
        answer.get_data()
        return answer


def test_a_page_has_its_assets(call, site):
    caller = call(site())
    link = caller.get("/").text
    assert link == ("/static/style.css" if caller.name == "local" else "/dev/static/style.css")
    answer = caller.get("/static/style.css")
    assert (answer.status, answer.text) == (200, "h1 { color: red }")
    assert answer.header("Content-Type") == "text/css; charset=utf-8"
    assert answer.header("Last-Modified") is None
    again = caller.get("/static/style.css", **{"If-None-Match": answer.header("ETag")})
    assert (again.status, again.body) == (304, b"")
    assert caller.get("/static/other.css").status == 404
    assert caller.get("/static/../site_of_a_test.py").status == 404
    part = caller.get("/static/style.css", Range="bytes=0-1")
    assert (part.status, part.text) == (206, "h1")


def test_a_tag_tells_the_content_and_not_the_time(site):
    file = site.folder / "style.css"
    tags = []
    for content in ("h1 { color: red }", "h1 { color: tan }", "h1 { color: red }"):
        file.write_text(content)
        os.utime(file, (315532800 + len(tags), 315532800 + len(tags)))
        tags.append(fetch(site(), "/static/style.css").headers["ETag"])
    assert tags[0] == tags[2] != tags[1]


def test_browsers_keep_files_as_long_as_the_service_says(site):
    app = site()
    assert fetch(app, "/static/style.css").headers["Cache-Control"] == "no-cache"
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = 60
    assert "max-age=60" in fetch(app, "/static/style.css").headers["Cache-Control"]


def test_an_entry_below_static_leaves_the_folder_out(site):
    class Own(type(site())):
        __module__ = "site_of_a_test"
        public_endpoints = ()

        @entry(no_auth=True)
        def get_static(self, name):
            return f"own {name}"

    app = Own()
    assert not app.has_static_folder
    assert fetch(app, "/static/style.css").text == "own style.css"


def test_the_static_folder_of_a_blueprint_is_tagged_by_content(site, tmp_path):
    class Pages(Blueprint):
        pass

    app = site()
    app.public_endpoints = ("static", "pages.*")
    app.register_blueprint(Pages(static_folder=str(tmp_path / "static")), url_prefix="/pages")
    answer = fetch(app, "/pages/static/style.css")
    assert answer.headers["ETag"] == fetch(app, "/static/style.css").headers["ETag"]


def test_the_static_folder_of_others_blueprints_is_tagged_by_content(site, tmp_path, call):
    class Own(flask.Blueprint):
        def send_static_file(self, filename):
            return f"own {filename}"

    app = site()
    app.public_endpoints = ("static", "pages.*", "own.*")
    inner = flask.Blueprint("inner", "pages", static_folder=str(tmp_path / "static"))
    pages = flask.Blueprint("pages", "pages", static_folder=str(tmp_path / "static"))
    pages.register_blueprint(inner, url_prefix="/inner")
    app.register_blueprint(pages, url_prefix="/pages")
    own = Own("own", "own", static_folder=str(tmp_path / "static"))
    app.register_blueprint(own, url_prefix="/own")
    caller = call(app)
    tag = caller.get("/static/style.css").header("ETag")
    for path in ("/pages/static/style.css", "/pages/inner/static/style.css"):
        answer = caller.get(path)
        assert answer.header("ETag") == tag
        assert answer.header("Last-Modified") is None
        assert caller.get(path, **{"If-None-Match": tag}).status == 304
    assert caller.get("/pages/static/none.css").status == 404
    assert caller.get("/own/static/a").text == "own a"
    assert app.view_functions["pages.static"].__name__ == "send_static_file"


def test_trusted_hosts_set_late_count(call):
    app = Open()
    caller = call(app)
    assert caller.get("/entry", **TOKEN).status == 200
    app.config["TRUSTED_HOSTS"] = ["good.test"]
    assert caller.get("/entry", **TOKEN).status == 400


def test_a_patched_call_of_flask_meets_every_request(call, monkeypatch):
    app = Open()
    caller = call(app)
    assert caller.get("/entry", **TOKEN).status == 200
    calls = []
    original = flask.Flask.__call__

    def patched(self, environ, start_response):
        calls.append(environ["PATH_INFO"])
        return original(self, environ, start_response)

    monkeypatch.setattr(flask.Flask, "__call__", patched)
    assert caller.get("/entry", **TOKEN).text == "<b>text</b>"
    assert calls == ["/entry"]


def test_a_service_can_be_decorated_as_a_handler():
    def handler(event, context):
        return event, context

    assert functools.wraps(Open(name="shop"))(handler).__name__ == "shop"
