"""In Lambda, parts of Flask are imported late: only the time and ``sys.modules`` tell.

Each use runs in a process of its own: here, Flask and pytest have long imported everything.
"""

import inspect
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import coworks_runtime
from tests.event_corpus import corpus_event

ROOT = Path(coworks_runtime.__file__).parents[1]
LATE = [
    "base64",
    "click",
    "flask.cli",
    "flask.templating",
    "hashlib",
    "jinja2",
    "mimetypes",
    "pkgutil",
    "pprint",
    "werkzeug.formparser",
    "werkzeug.serving",
    "werkzeug.test",
]
OURS = """
    arguments authorization authorization.authorize bound_entry cors entry environment errors
    events events.answer events.codec events.environ events.paths events.rest events.shapes
    observing observing.failures observing.observed observing.wanted on_event
    on_lambda on_lambda.choice on_lambda.eligibility on_lambda.event_context
    on_lambda.event_request on_lambda.handler on_lambda.hooks on_lambda.known_routes
    on_lambda.late_patterns on_lambda.lazy_imports on_lambda.short_answers on_lambda.short_way
    on_lambda.wsgi_way routed_flask routing routing.naming routing.route_table routing.url_map
    service static_files superseded values values.answers values.binary_headers
    values.conversion values.encoding values.json_provider values.names values.parameters
    values.plain values.scalars values.sources verified wrappers
"""
"""All modules of the runtime that a first answer of plain types needs. Each takes a tenth of a
millisecond of every start: what most services don't need is imported where it is used."""
NEVER = ["asyncio", "email.utils", "http.server", "ssl", "tempfile"]
UNWANTED = [
    "aws_cdk",
    "aws_xray_sdk",
    "boto3",
    "botocore",
    "dotenv",
    "markdown",
    "pydantic",
    "requests",
    "yaml",
]


def _python(*arguments, cwd, stdin="", measured=True, **more):
    # What measures coverage in a process imports modules there.
    kept = {n: v for n, v in os.environ.items() if measured or not n.startswith("COVERAGE_")}
    done = subprocess.run(
        [sys.executable, "-W", "error", *arguments],
        cwd=cwd,
        env={**kept, "PYTHONPATH": str(ROOT), "AWS_LAMBDA_FUNCTION_NAME": "service", **more},
        input=stdin,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def run(tmp_path):
    """Run a script in a new process, which imports a module first."""

    def run(source, *arguments, first="coworks_runtime", **options):
        (tmp_path / "script.py").write_text(f"import {first}\n{source}")
        return _python("script.py", *arguments, cwd=tmp_path, **options)

    return run


ANSWERS = """
import json, sys
from pathlib import Path
from coworks_runtime import TechMicroService, entry

class Service(TechMicroService):
    @entry(no_auth=True)
    def get(self, **query):
        return f"{len(query)} in the query"

    @entry(no_auth=True)
    def get_content(self, uid, **query):
        return {"uid": uid, **query}

    @entry(no_auth=True)
    def post(self, *, value: int):
        return {"value": value}

app = Service()
if "wsgi" in sys.argv:
    inner = app.wsgi_app
    app.wsgi_app = lambda environ, start_response: inner(environ, start_response)
answer = app(json.loads(Path("event.json").read_text()), None)
print(json.dumps([answer["statusCode"], sorted(sys.modules)]))
"""


@pytest.mark.parametrize("way", ["short", "wsgi"])
@pytest.mark.parametrize("event", ["rest_get_root", "rest_post_json"])
def test_a_rest_api_s_first_answer_needs_none_of_it(run, tmp_path, event, way):
    (tmp_path / "event.json").write_text(json.dumps(corpus_event(event).event))
    status, modules = json.loads(run(ANSWERS, way, measured=False))
    assert status == 200
    assert [name for name in [*LATE, *NEVER, *UNWANTED] if name in modules] == []


def test_a_first_answer_needs_few_modules_of_the_runtime(run, tmp_path):
    (tmp_path / "event.json").write_text(json.dumps(corpus_event("rest_get_root").event))
    _, modules = json.loads(run(ANSWERS, measured=False))
    prefix = "coworks_runtime."
    assert [n.removeprefix(prefix) for n in modules if n.startswith(prefix)] == sorted(OURS.split())


def test_a_first_answer_compiles_few_patterns(run, tmp_path):
    (tmp_path / "event.json").write_text(json.dumps(corpus_event("rest_get_root").event))
    counts = "print(len(re._cache) - before)"
    told = run(f"{ANSWERS}\n{counts}", first="json, re\nbefore = len(re._cache)", measured=False)
    assert int(told.splitlines()[-1]) <= 4  # some fifty, if they were compiled by Flask's import


@pytest.mark.parametrize("event", ["http_api_get_root", "alb_get"])
def test_nor_does_the_first_answer_of_another_shape(run, tmp_path, event):
    (tmp_path / "event.json").write_text(json.dumps(corpus_event(event).event))
    status, modules = json.loads(run(ANSWERS, measured=False))
    assert status == 200
    assert [name for name in [*LATE, *NEVER, *UNWANTED] if name in modules] == []


@pytest.mark.parametrize("before", ["enable", "disable"])
def test_garbage_is_collected_afterwards_as_before(run, before):
    told = run(
        f"import gc\ngc.{before}()\nimport coworks_runtime\nprint(gc.isenabled())", first="sys"
    )
    assert told.strip() == str(before == "enable")


FLASK_FIRST = """
import sys
import coworks_runtime
assert set(sys.argv[1:]) <= set(sys.modules)
for module in [m for m in sys.modules.values() if m is not coworks_runtime.on_lambda.lazy_imports]:
    for name, value in list(vars(module).items()):
        assert type(value).__module__ != "coworks_runtime.on_lambda.lazy_imports", (module, name)
for group in flask.Flask("x").cli, flask.Blueprint("x", "x").cli, coworks_runtime.Blueprint().cli:
    assert type(group) is flask.cli.AppGroup
"""


def test_where_flask_came_first_nothing_is_late(run):
    run(FLASK_FIRST, *LATE, first="flask")


# What a user can look at, in every module that Flask's import imports. Of a function, a class or a
# module it says which one it is; in place of what stands for one, what it stands for.
DESCRIBES = """
import importlib, json, sys
from inspect import isclass, ismodule, isroutine

import msgspec

PACKAGES = {"click", "email", "flask", "itsdangerous", "jinja2", "msgspec", "werkzeug"}
late = sys.modules.get("coworks_runtime.on_lambda.lazy_imports")
stand_ins = []

def described(where, value):
    if late and issubclass(type(value), late._LazyModule | late._LazyName):
        stand_ins.append(where)
        value = value.imported()
    if ismodule(value):
        return ["module", value.__name__]
    if isclass(value) or isroutine(value):
        module = getattr(value, "__module__", None)
        return [type(value).__name__, module, getattr(value, "__qualname__", None)]
    return [type(value).__name__]

names = json.loads(sys.stdin.read()) or [
    name for name in sorted(sys.modules) if name.partition(".")[0] in PACKAGES
]
modules = {name: importlib.import_module(name) for name in names}
result = {"names": names, "dir": {}, "content": {}, "star": {}, "packages": [], "classes": {}}
result["stand_ins"] = stand_ins
for name, module in modules.items():
    result["dir"][name] = dir(module)
    if hasattr(module, "__path__"):
        result["packages"].append(name)
    for attribute in dir(module):
        if attribute.startswith("__"):
            continue
        taken = {}
        exec(f"from {name} import {attribute} as taken", taken)
        where = f"{name}:{attribute}"
        result["content"][where] = described(where, taken["taken"])
        if isclass(taken["taken"]) and taken["taken"].__module__ == name:
            result["classes"][where] = {
                n: described(f"{where}.{n}", getattr(taken["taken"], n, None))
                for n in dir(taken["taken"])
            }
    star = {}
    exec(f"from {name} import *", star)
    result["star"][name] = sorted(set(star) - {"__builtins__"})
print(json.dumps(result))
"""


@pytest.fixture(scope="module")
def looked_at(tmp_path_factory):
    """All that can be looked at where Flask came first, and where the runtime did."""
    folder = tmp_path_factory.mktemp("looked_at")

    def look(first, names):
        script = f"import {first}\n{DESCRIBES}"
        told = _python("-c", script, cwd=folder, stdin=json.dumps(names), measured=False)
        return json.loads(told)

    plain = look("flask", [])
    return plain, look("coworks_runtime", plain["names"])


def test_every_name_is_the_same_thing(looked_at):
    plain, late = looked_at
    assert {"flask.app", "werkzeug.serving", "jinja2.nodes", "msgspec.json"} <= set(plain["names"])
    assert len(plain["content"]) > 2000
    assert plain["content"] == late["content"]
    assert plain["classes"] == late["classes"]


def test_dir_lists_the_same_names(looked_at):
    plain, late = looked_at
    # How a package imports late: nobody imports these, and a star leaves them out.
    hooks = {"__all__", "__dir__", "__getattr__"}
    for name in plain["names"]:
        assert [n for n in late["dir"][name] if n in plain["dir"][name] or n not in hooks] == (
            plain["dir"][name]
        ), name


def test_a_star_takes_the_same_names(looked_at):
    plain, late = looked_at
    assert plain["star"] == late["star"]


def test_what_is_late_stays_hidden_in_the_modules_that_imported_it(looked_at):
    # `flask.app` uses what `click` is: who wants to have it takes it from `click`. Packages are
    # what users import from, and nothing there is other than it was, nor is a class's attribute.
    plain, late = looked_at
    assert plain["stand_ins"] == []
    for where in late["stand_ins"]:
        module, _, _ = where.partition(":")
        assert module not in plain["packages"]
        assert where not in plain["classes"]
        _, origin, *_ = plain["content"][where]
        assert origin != module


def test_packages_give_the_submodules_that_they_would_have(run):
    told = "print(json.dumps([n for n in sorted(sys.modules) if '.' in n and '._' not in n]))"
    names = json.loads(run(f"import json, sys\n{told}", first="flask", measured=False))
    looks = (
        "parent, _, child = name.rpartition('.')\n    parent in had and getattr(had[parent], child)"
    )
    run(f"import sys\nhad = dict(sys.modules)\nfor name in {names}:\n    {looks}")


LATE_AS_YET = """
import sys
assert not {"click", "flask.cli", "flask.templating", "jinja2"} & set(sys.modules)
"""


@pytest.mark.parametrize(
    "source",
    [
        "import email.utils\nemail.utils.formatdate()",
        "from email import utils\nutils.formatdate()",
        "import email\nemail.utils.formatdate()",
        "from email.message import EmailMessage\nEmailMessage()['To'] = 'a@b.test'",
        "import hashlib\nassert hashlib.sha256(b'').digest_size == 32",
        "from hashlib import sha1\nassert sha1(b'').digest_size == 20",
        "import hmac, secrets, difflib\nassert hmac.new(b'k', b'', 'sha1').digest_size == 20",
        "import jinja2.sandbox\njinja2.sandbox.SandboxedEnvironment().from_string('').render()",
        "from jinja2 import Environment\nclass Own(Environment): pass\nOwn()",
        "from jinja2 import BaseLoader\nclass Own(BaseLoader): pass\nOwn()",
        "import importlib\nimportlib.import_module('jinja2.ext').Extension.tags",
        "from importlib.util import find_spec\nassert find_spec('jinja2').name == 'jinja2'",
        "import sys, jinja2\nassert sys.modules['jinja2'].nodes is jinja2.nodes",
        "import click\n@click.group()\ndef own(): pass\nassert isinstance(own, click.Group)",
        "import flask\nassert flask.cli.AppGroup.__base__.__name__ == 'Group'",
        "from flask import cli\nassert cli.FlaskGroup",
        "from flask.cli import AppGroup, with_appcontext\nclass Own(AppGroup): pass\nOwn()",
        "from flask import *\nassert render_template.__module__ == templating.__name__",
        "from flask import render_template\nassert render_template.__name__ == 'render_template'",
        "import flask.templating as own, flask\nassert own.stream_template is flask.stream_template",
        "import werkzeug\nassert werkzeug.run_simple is werkzeug.serving.run_simple",
        "from werkzeug import run_simple, serving\nassert run_simple is serving.run_simple",
        "import werkzeug, werkzeug.test\nassert werkzeug.Client is werkzeug.test.Client",
        "from werkzeug import Client\nclass Own(Client): pass\nOwn(None)",
        "from werkzeug.formparser import FormDataParser\nclass Own(FormDataParser): pass\nOwn()",
        "from werkzeug.urls import iri_to_uri\nassert iri_to_uri('/é') == '/%C3%A9'",
        "import msgspec\nassert type(msgspec.inspect.type_info(int)).__name__ == 'IntType'",
        "from msgspec.inspect import IntType, type_info\nassert type_info(int) == IntType()",
        "import msgspec\nassert msgspec.json.schema(int) == {'type': 'integer'}",
    ],
)
def test_imports(run, source):
    run(LATE_AS_YET + source)


def templates():
    import sys
    from pathlib import Path

    import flask
    from flask import Flask, render_template, stream_template, stream_template_string

    Path("templates").mkdir()
    Path("templates/page.html").write_text("{% macro m() %}m{% endmacro %}<{{ name }}>")
    app = Flask("__main__")
    with app.test_request_context("/here"):
        assert flask.render_template("page.html", name="&") == "<&amp;>"
        assert render_template("page.html", name="a") == "<a>"
        assert "".join(stream_template("page.html", name="a")) == "<a>"
        assert flask.render_template_string("{{ request.path }}{{ g.x }}") == "/here"
        assert "".join(stream_template_string("{{ config.TESTING }}")) == "False"
        assert flask.get_template_attribute("page.html", "m")() == "m"
    assert flask.render_template is sys.modules["flask.templating"].render_template


def environments_of_templates():
    from flask import Flask, templating

    assert Flask.jinja_environment is templating.Environment
    assert Flask("x").jinja_environment is templating.Environment

    class Environment(templating.Environment):
        pass

    class Own(Flask):
        jinja_environment = Environment
        jinja_options = {"trim_blocks": True}

    assert Own.jinja_environment is Environment
    assert type(Own("x").jinja_env) is Environment
    assert Own("x").jinja_env.trim_blocks
    assert type(Flask("x").jinja_env) is templating.Environment
    assert isinstance(Flask("x").jinja_env.loader, templating.DispatchingJinjaLoader)


def what_templates_know():
    from flask import Blueprint, Flask, render_template, template_rendered

    app = Flask("x")
    rendered = []
    template_rendered.connect(lambda _, template, **__: rendered.append(template.name), weak=False)
    app.jinja_env.filters["twice"] = lambda value: value * 2
    app.jinja_env.globals["here"] = "global"
    app.add_template_test(lambda value: value == "a", "an_a")
    app.context_processor(lambda: {"own": "processed"})

    @app.template_filter()
    def loud(value):
        return value.upper()

    import jinja2

    class Loader(jinja2.BaseLoader):
        def get_source(self, environment, template):
            text = "{{ 'a'|twice|loud }} {{ here }} {{ own }} {{ below }} {{ 'a' is an_a }}"
            return text, None, None

    app.jinja_loader = Loader()
    blueprint = Blueprint("b", "x")
    blueprint.context_processor(lambda: {"below": "deep"})
    blueprint.add_url_rule("/", view_func=lambda: render_template("own"), endpoint="own")
    app.register_blueprint(blueprint)
    assert app.test_client().get("/").text == "AA global processed deep True"
    assert rendered == ["own"]
    assert isinstance(Flask("x", template_folder="t").jinja_loader, jinja2.FileSystemLoader)


def sessions():
    from flask import Flask, flash, get_flashed_messages, session

    app = Flask("x")
    app.secret_key = "secret"

    @app.route("/")
    def count():
        session["count"] = session.get("count", 0) + 1
        session.permanent = True
        flash(f"message {session['count']}")
        return str(session["count"])

    app.add_url_rule("/told", "told", get_flashed_messages)
    client = app.test_client()
    assert [client.get("/").text for _ in range(3)] == ["1", "2", "3"]
    assert client.get("/told").json == ["message 1", "message 2", "message 3"]
    assert client.get_cookie("session").expires
    with client.session_transaction() as current:
        current["count"] = 10
    assert client.get("/").text == "11"
    client.set_cookie("session", client.get_cookie("session").value[:-2] + "xx")
    assert client.get("/").text == "1"
    app.config.update(SECRET_KEY="new", SECRET_KEY_FALLBACKS=["secret"])
    assert client.get("/").text == "2"


def signatures():
    from hashlib import sha256

    from itsdangerous import BadSignature, Signer, URLSafeTimedSerializer
    from werkzeug.security import check_password_hash, gen_salt, generate_password_hash

    dumped = URLSafeTimedSerializer("key").dumps([1])
    assert URLSafeTimedSerializer("key").loads(dumped) == [1]
    try:
        URLSafeTimedSerializer("other").loads(dumped)
    except BadSignature:
        dumped = None
    assert dumped is None
    signer = Signer("key", digest_method=sha256)
    assert signer.unsign(signer.sign("text")) == b"text"
    for method in ("scrypt:1024:8:1", "pbkdf2:sha256:2"):
        assert check_password_hash(generate_password_hash("word", method), "word")
    assert len(gen_salt(8)) == 8


def commands_of_an_app():
    from flask import Flask

    app = Flask("x")

    @app.cli.command()
    def plain():
        """Says so."""
        import click
        from flask import current_app

        click.echo(f"plain {current_app.name}")

    import click

    @app.cli.command("named")
    @click.argument("name")
    def other(name):
        click.echo(f"named {name}")

    @click.command()
    def added():
        click.echo("added")

    app.cli.add_command(added)
    app.cli.commands["again"] = added
    runner = app.test_cli_runner()
    assert runner.invoke(args=["plain"]).output == "plain x\n"
    assert runner.invoke(args=["named", "me"]).output == "named me\n"
    assert runner.invoke(args=["added"]).output == runner.invoke(args=["again"]).output == "added\n"
    assert runner.invoke(plain).output == "plain x\n"
    assert "Says so." in runner.invoke(args=["--help"]).output
    assert app.cli.list_commands(click.Context(app.cli)) == ["added", "again", "named", "plain"]


def commands_of_blueprints():
    import flask

    import coworks_runtime

    app = coworks_runtime.TechMicroService()

    def register(blueprint, **options):
        @blueprint.cli.command("greet")
        def greet():
            import click

            click.echo(f"greeted by {blueprint.name}")

        app.register_blueprint(blueprint, **options)

    register(coworks_runtime.Blueprint("one"))
    register(coworks_runtime.Blueprint("two", cli_group="second"))
    register(coworks_runtime.Blueprint("three"), cli_group=None)
    register(flask.Blueprint("four", "x"))
    app.register_blueprint(flask.Blueprint("none", "x"))
    runner = app.test_cli_runner()
    assert runner.invoke(args=["one", "greet"]).output == "greeted by one\n"
    assert runner.invoke(args=["second", "greet"]).output == "greeted by two\n"
    assert runner.invoke(args=["greet"]).output == "greeted by three\n"
    assert runner.invoke(args=["four", "greet"]).output == "greeted by four\n"
    assert sorted(app.cli.commands) == ["four", "greet", "one", "second"]


def looks_at_groups():
    from flask import Blueprint, Flask

    assert repr(Flask("x").cli) == "<AppGroup x>"

    import click
    import flask.cli

    import coworks_runtime

    assert str(coworks_runtime.Blueprint("b").cli) == "<AppGroup b>"
    assert Flask("x").cli.__class__ is flask.cli.AppGroup
    assert {"command", "group", "get_command"} <= set(dir(Flask("x").cli))
    assert hasattr(Blueprint("b", "x").cli, "list_commands")
    assert not hasattr(Blueprint("b", "x").cli, "no_such_thing")
    assert callable(Flask("x").cli)
    assert Flask("x").cli.name == "x"
    group = Flask("x").cli
    group.help = "Help."
    group.name = "renamed"
    assert len({group, group}) == 1
    assert group.to_info_dict(click.Context(group))["help"] == "Help."
    assert group.name == "renamed"
    app = Flask("x")

    @app.cli.group()
    def nested():
        pass

    info = flask.cli.ScriptInfo(create_app=lambda: app)
    nested.add_command(click.Command("deep", callback=lambda: "from below"))
    assert app.cli(["nested", "deep"], standalone_mode=False, obj=info) == "from below"
    everything = click.Group("all", commands={"web": app.cli})
    assert everything(["web", "nested", "deep"], standalone_mode=False) == "from below"


def is_a_group():
    import flask

    import coworks_runtime

    def groups():
        apps = flask.Flask("x"), coworks_runtime.TechMicroService("x")
        blueprints = flask.Blueprint("x", "x"), coworks_runtime.Blueprint("x")
        return [owner.cli for owner in (*apps, *blueprints)]

    first, second, third, fourth, fifth = (groups() for _ in range(5))

    import click
    from flask.cli import AppGroup

    assert all(isinstance(group, AppGroup) for group in first)
    assert all(isinstance(group, AppGroup) for group in first)
    assert all(isinstance(group, click.Group) for group in second)
    assert all(isinstance(group, int | click.Command) for group in third)
    assert not any(isinstance(group, click.Argument) for group in fourth)
    for group in fifth:
        match group:
            case click.Group(commands=commands):
                assert commands == {}
            case other:
                assert other is None


def copies_of_groups():
    import copy

    from flask import Blueprint, Flask
    from flask.cli import AppGroup

    for group in Flask("x").cli, Blueprint("x", "x").cli:
        for copied in copy.copy(group), copy.deepcopy(group):
            assert type(copied) is AppGroup
            copied.name = "y"
            assert repr(copied) == "<AppGroup y>"
            assert repr(group) == "<AppGroup x>"
    assert copy.deepcopy(Blueprint("x", "x")).cli.name == "x"


def servers():
    import threading
    import time
    from urllib.request import urlopen

    import werkzeug
    from werkzeug.serving import WSGIRequestHandler, make_server, run_simple

    import coworks_runtime
    from tests.ports import free_port

    assert werkzeug.run_simple is run_simple

    class Quiet(WSGIRequestHandler):
        def log(self, *args):
            pass

    class Service(coworks_runtime.TechMicroService):
        @coworks_runtime.entry(no_auth=True)
        def get(self, *, a):
            return coworks_runtime.request.url

    def answer(port):
        end = time.monotonic() + 60
        while time.monotonic() < end:
            try:
                with urlopen(f"http://127.0.0.1:{port}/?a=%C3%A9", timeout=60) as response:
                    return response.read().decode()
            except OSError:
                time.sleep(0.02)
        return None

    def start(function, *args, **kwargs):
        threading.Thread(target=function, args=args, kwargs=kwargs, daemon=True).start()

    server = make_server("127.0.0.1", 0, Service(), request_handler=Quiet)
    start(server.serve_forever, 0.01)
    assert answer(server.port) == f"http://127.0.0.1:{server.port}/?a=é"
    server.shutdown()
    server.server_close()
    port = free_port()
    start(run_simple, "127.0.0.1", port, Service(), request_handler=Quiet)
    assert answer(port) == f"http://127.0.0.1:{port}/?a=é"
    port = free_port()
    start(Service().run, port=port, request_handler=Quiet)
    assert answer(port) == f"http://127.0.0.1:{port}/?a=é"


def clients():
    import werkzeug
    from flask import Flask, testing
    from werkzeug.test import Client, EnvironBuilder, create_environ, run_wsgi_app

    app = Flask("x")
    app.add_url_rule("/", "root", lambda: "text")
    assert werkzeug.Client is Client
    assert Client(app).get("/").text == "text"
    assert isinstance(app.test_client(), testing.FlaskClient)
    assert EnvironBuilder("/a", query_string={"b": "é"}).get_request().args["b"] == "é"
    assert run_wsgi_app(app, create_environ())[1] == "200 OK"
    assert werkzeug.Request.from_values(data={"a": "b"}, method="POST").form["a"] == "b"


def forms():
    from io import BytesIO

    from flask import Request

    def request(cls, content_type, body):
        environ = {
            "REQUEST_METHOD": "POST",
            "CONTENT_TYPE": content_type,
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": BytesIO(body),
        }
        return cls(environ)

    urlencoded = "application/x-www-form-urlencoded", b"a=1&a=2&b=%C3%A9"
    assert request(Request, *urlencoded).form.to_dict(flat=False) == {"a": ["1", "2"], "b": ["é"]}
    large = b"x" * 600_000
    multipart = (
        "multipart/form-data; boundary=X",
        b'--X\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n'
        b'--X\r\nContent-Disposition: form-data; name="f"; filename="f.bin"\r\n\r\n'
        + large
        + b"\r\n--X--\r\n",
    )
    current = request(Request, *multipart)
    assert current.form.to_dict() == {"a": "1"}
    file = current.files["f"]
    assert (file.filename, file.read()) == ("f.bin", large)
    file.close()

    from werkzeug import formparser
    from werkzeug.exceptions import RequestEntityTooLarge

    assert Request.form_data_parser_class is formparser.FormDataParser
    assert current.form_data_parser_class is formparser.FormDataParser
    assert isinstance(current.make_form_data_parser(), formparser.FormDataParser)

    class Parser(formparser.FormDataParser):
        def _parse_urlencoded(self, *args):
            stream, form, files = super()._parse_urlencoded(*args)
            return stream, self.cls([*form.items(multi=True), ("own", "1")]), files

    class Own(Request):
        form_data_parser_class = Parser
        max_form_parts = 1

    assert request(Own, *urlencoded).form["own"] == "1"
    try:
        refused = not request(Own, *multipart).form
    except RequestEntityTooLarge:
        refused = True
    assert refused is True


def forms_of_a_service():
    from io import BytesIO

    from coworks_runtime import TechMicroService, entry, request

    class Service(TechMicroService):
        @entry(no_auth=True)
        def post(self, *, name, file=None):
            return {"name": name, "file": file.read().decode() if file else None}

        @entry(no_auth=True)
        def post_plain(self, **_values):
            return request.form.to_dict()

    client = Service().test_client()
    assert client.post("/", data={"name": "é"}).json == {"name": "é", "file": None}
    assert client.post("/plain", data={"a": "b"}).json == {"a": "b"}
    answer = client.post("/", data={"name": "é", "file": (BytesIO(b"content"), "f.txt")})
    assert answer.json == {"name": "é", "file": "content"}


def locations():
    from flask import Flask, Request, redirect, request, url_for

    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": "/é".encode().decode("latin-1"),
        "QUERY_STRING": "q=%C3%BC",
        "SERVER_NAME": "xn--n3h.test",
        "SERVER_PORT": "80",
        "wsgi.url_scheme": "http",
    }
    assert Request(environ).url == "http://☃.test/é?q=ü"
    app = Flask("x")
    app.add_url_rule("/é/<name>", "page", lambda name: name + request.query_string.decode())
    app.add_url_rule("/go", "go", lambda: redirect("/é?q=ü"))
    app.add_url_rule("/slash/", "slash", lambda: "")
    client = app.test_client()
    assert client.get("/go").headers["Location"] == "/%C3%A9?q=%C3%BC"
    assert client.get("/slash?a=%C3%A9").headers["Location"] == "http://localhost/slash/?a=%C3%A9"
    app.response_class.autocorrect_location_header = True
    assert client.get("/go").headers["Location"] == "http://localhost/%C3%A9?q=%C3%BC"
    with app.test_request_context():
        assert url_for("page", name="ü", q=["1", "é"]) == "/%C3%A9/%C3%BC?q=1&q=%C3%A9"


def dates_and_etags():
    from datetime import UTC, datetime

    from flask import Response
    from werkzeug.http import generate_etag, http_date, parse_date

    moment = datetime(2024, 2, 29, 12, tzinfo=UTC)
    response = Response("content")
    response.add_etag()
    assert response.get_etag() == ("040f06fd774092478d450774f5ba30c5da78acc8", False)
    assert generate_etag(b"content") == response.get_etag()[0]
    response.set_cookie("c", "v", expires=moment)
    assert response.headers["Set-Cookie"] == "c=v; Expires=Thu, 29 Feb 2024 12:00:00 GMT; Path=/"
    response.last_modified = moment
    assert response.headers["Last-Modified"] == http_date(moment) == http_date(moment.timestamp())
    assert response.last_modified == parse_date("Thu, 29 Feb 2024 12:00:00 GMT") == moment
    response.retry_after = 5
    environ = {"REQUEST_METHOD": "GET", "HTTP_IF_NONE_MATCH": response.headers["ETag"]}
    assert response.make_conditional(environ).status_code == 304


def files():
    from io import BytesIO
    from pathlib import Path

    from flask import Flask, send_file, send_from_directory

    Path("static").mkdir()
    Path("static/é.txt").write_text("content")
    app = Flask("__main__")
    app.add_url_rule("/file", "file", lambda: send_file("static/é.txt", as_attachment=True))
    app.add_url_rule("/bytes", "bytes", lambda: send_file(BytesIO(b"b"), download_name="b.bin"))
    app.add_url_rule("/from/<path:p>", "from", lambda p: send_from_directory("static", p))
    client = app.test_client()
    with client.get("/file") as answer:
        assert answer.text == "content"
        assert answer.headers["Content-Disposition"].endswith("filename*=UTF-8''%C3%A9.txt")
        assert answer.last_modified
    with client.get("/file", headers={"If-None-Match": answer.headers["ETag"]}) as again:
        assert again.status_code == 304
    with client.get("/from/é.txt", headers={"Range": "bytes=1-2"}) as part:
        assert (part.status_code, part.text) == (206, "on")
    with client.get("/static/é.txt") as static, client.get("/bytes") as other:
        assert (static.text, other.text) == ("content", "b")
    assert client.get("/from/../script.py").status_code == 404


def unknown_endpoints():
    from flask import Flask, url_for
    from werkzeug.routing import BuildError

    app = Flask("x")
    app.add_url_rule("/<name>", "library", lambda name: name)
    with app.test_request_context():
        try:
            url_for("libary")
        except BuildError as error:
            message = str(error)
    assert message == "Could not build url for endpoint 'libary'. Did you mean 'library' instead?"


def errors_that_explain_themselves():
    import flask

    app = flask.Flask("x")
    app.config["EXPLAIN_TEMPLATE_LOADING"] = True

    from jinja2 import TemplateNotFound

    with app.app_context():
        try:
            flask.render_template("missing.html")
        except TemplateNotFound as error:
            name = error.name
    assert name == "missing.html"
    for module in ("email", "flask", "msgspec", "werkzeug"):
        try:
            exec(f"from {module} import no_such_thing")
            message = None
        except ImportError as error:
            message = str(error).partition(" (")[0]
        assert message == f"cannot import name 'no_such_thing' from '{module}'"
        assert not hasattr(__import__(module), "no_such_thing")


def replaced_functions():
    import flask
    import werkzeug
    from pytest import MonkeyPatch  # noqa: PT013 - of this process

    import coworks_runtime

    calls = []
    with MonkeyPatch.context() as patch:
        patch.setattr(flask, "render_template", lambda name: f"instead of {name}")
        patch.setattr("flask.cli.show_server_banner", lambda *_: calls.append("banner"))
        patch.setattr("werkzeug.serving.run_simple", lambda *_, **__: calls.append("run"))
        patch.setattr(werkzeug, "Client", "instead")
        from flask import render_template

        assert render_template("page") == "instead of page"
        coworks_runtime.TechMicroService().run()
        assert calls == ["banner", "run"]
    assert flask.render_template is flask.templating.render_template
    assert werkzeug.Client is werkzeug.test.Client
    assert werkzeug.serving.run_simple.__name__ == flask.cli.run_simple.__name__ == "run_simple"
    assert calls == ["banner", "run"]


def names_taken_while_replaced():
    import flask
    import werkzeug
    from pytest import MonkeyPatch  # noqa: PT013 - of this process

    with MonkeyPatch.context() as patch:
        patch.setattr("flask.templating.render_template", "instead")
        patch.setattr("werkzeug.serving.run_simple", "instead")
        while_replaced = flask.render_template, werkzeug.run_simple
        assert all(while_replaced)
    assert flask.render_template is flask.templating.render_template
    assert werkzeug.run_simple is werkzeug.serving.run_simple


def threads():
    import sys
    import threading
    from io import BytesIO

    import flask
    import werkzeug

    from coworks_runtime import TechMicroService, entry, request

    class Service(TechMicroService):
        @entry(no_auth=True)
        def get_page(self):
            return flask.render_template_string("{{ 'a'|upper }}")

        @entry(no_auth=True)
        def post_form(self):
            return request.form["a"]

    def wsgi(method, path, body=b""):
        environ = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "CONTENT_TYPE": "application/x-www-form-urlencoded",
            "CONTENT_LENGTH": str(len(body)),
            "SERVER_NAME": "x.test",
            "SERVER_PORT": "80",
            "wsgi.url_scheme": "http",
            "wsgi.input": BytesIO(body),
        }
        return b"".join(app(environ, lambda *_: None)).decode()

    def command(number):
        group = flask.Blueprint("b", "x").cli
        group.command("c")(lambda: None)
        return "A" if list(group.commands) == ["c"] else group.commands

    def one_import(number):
        import click
        import jinja2
        from werkzeug.serving import run_simple
        from werkzeug.test import Client

        assert werkzeug.Client is Client
        assert all((werkzeug.run_simple, jinja2.Environment, click.Group, run_simple))
        return "A"

    app = Service()
    uses = [
        lambda _: wsgi("GET", "/page"),
        lambda _: wsgi("POST", "/form", b"a=A"),
        command,
        one_import,
        lambda _: flask.Flask.jinja_environment(app).from_string("A").render(),
    ]
    barrier = threading.Barrier(20)
    results = []

    def use(number):
        barrier.wait()
        results.append(uses[number % len(uses)](number))

    sys.setswitchinterval(1e-5)
    several = [threading.Thread(target=use, args=(number,)) for number in range(20)]
    for thread in several:
        thread.start()
    for thread in several:
        thread.join(60)
    assert results == ["A"] * 20


def groups_of_threads():
    import threading
    import time

    import flask

    group = flask.Blueprint("x", "x").cli

    from flask.cli import AppGroup

    init = AppGroup.__init__

    def slowly(self, *args, **kwargs):
        time.sleep(0.05)
        init(self, *args, **kwargs)
        time.sleep(0.05)

    AppGroup.__init__ = slowly
    barrier = threading.Barrier(8)

    def add(name):
        barrier.wait()
        group.command(name)(lambda: None)

    several = [threading.Thread(target=add, args=(name,)) for name in "abcdefgh"]
    for thread in several:
        thread.start()
    for thread in several:
        thread.join(60)
    assert sorted(group.commands) == list("abcdefgh")


def hooks_on_flask_s_import():
    calls = []

    def called(wrapped, _, args, kwargs):
        calls.append(wrapped.__name__)
        return wrapped(*args, **kwargs)

    import wrapt

    # As those who trace applications do, whose code comes before the service's.
    @wrapt.when_imported("flask")
    def flask_is_there(_):
        wrapt.wrap_function_wrapper("flask", "render_template_string", called)
        wrapt.wrap_function_wrapper("flask.templating", "_render", called)

    import coworks_runtime

    assert coworks_runtime
    import flask

    with flask.Flask("x").app_context():
        assert flask.render_template_string("text") == "text"
    assert calls == ["render_template_string", "_render"]


def context_processors():
    from flask import Flask

    app = Flask("x")
    (processor,) = app.template_context_processors[None]
    assert processor.__name__ == "_default_template_ctx_processor"

    from flask.templating import _default_template_ctx_processor

    app.template_context_processors[None].remove(_default_template_ctx_processor)


def names_that_flask_has_itself():
    from flask.app import Environment
    from werkzeug.wrappers.request import FormDataParser

    class Own(Environment):
        pass

    class Parser(FormDataParser):
        pass

    assert Own.__mro__[1].__name__ == "Environment"
    assert Parser.__mro__[1].__name__ == "FormDataParser"


def stars_after_other_imports():
    import flask.views

    taken = {}
    exec("from flask import *", taken)
    assert taken["views"] is flask.views


def warnings_of_flask_s_own():
    import warnings

    import flask

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert flask.__version__
    assert [warning.filename for warning in caught] == [__file__]


def patterns():
    import copy
    import pickle
    import re

    from werkzeug.http import _etag_re as late
    from werkzeug.routing.rules import _part_re

    other = re.compile(late.pattern, late.flags)
    assert isinstance(late, re.Pattern)
    assert type(late).__name__ == "Pattern"
    assert late == other
    assert late != _part_re
    assert hash(late) == hash(other)
    assert repr(late) == repr(other)
    assert copy.copy(late) == copy.deepcopy(late) == pickle.loads(pickle.dumps(late)) == other
    assert [m.start() for m in late.finditer("a,b")] == [m.start() for m in other.finditer("a,b")]
    assert re.sub(late, "", 'W/"a"') == re.sub(other, "", 'W/"a"')
    assert type(re.compile("a")) is not type(late)
    assert type(re.compile) is type(lambda: None)


USES = [
    templates,
    environments_of_templates,
    what_templates_know,
    sessions,
    signatures,
    commands_of_an_app,
    commands_of_blueprints,
    looks_at_groups,
    servers,
    clients,
    forms,
    forms_of_a_service,
    locations,
    dates_and_etags,
    files,
    unknown_endpoints,
    errors_that_explain_themselves,
    replaced_functions,
    threads,
    is_a_group,
    copies_of_groups,
    groups_of_threads,
    names_taken_while_replaced,
    context_processors,
    names_that_flask_has_itself,
    stars_after_other_imports,
    warnings_of_flask_s_own,
    patterns,
]


def _call(use):
    return f"{inspect.getsource(use)}\n{use.__name__}()"


@pytest.mark.parametrize("use", USES, ids=lambda use: use.__name__)
def test_use(run, use):
    run(LATE_AS_YET + _call(use))


def test_hooks_on_flask_s_import_find_flask(run):
    run(_call(hooks_on_flask_s_import), first="sys")


SERVICE = """
import coworks_runtime
import click

class Service(coworks_runtime.TechMicroService):
    @coworks_runtime.entry(no_auth=True)
    def get(self):
        return "Hello world.\\n"

app = Service()

@app.cli.command()
@click.argument("name")
def greet(name):
    click.echo(f"Hello {name} from {app.test_client().get('/').text}")
"""


def test_flask_s_command_runs_a_service_s(tmp_path):
    (tmp_path / "service.py").write_text(SERVICE)
    flask = "-m", "flask", "--app", "service"
    assert _python(*flask, "greet", "you", cwd=tmp_path) == "Hello you from Hello world.\n\n"
    assert "GET      /" in _python(*flask, "routes", cwd=tmp_path)
