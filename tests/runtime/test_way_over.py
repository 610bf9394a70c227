"""What services written for CoWorks find here."""

import io
import logging
import tomllib
import types
from pathlib import Path

import pytest

import coworks_runtime
from coworks_runtime import Blueprint, TechMicroService, entry
from coworks_runtime.blueprint.profiler_blueprint import Profiler


class Moved(TechMicroService):
    def token_authorizer(self, token):
        return True

    @entry(no_auth=True)
    def get(self):
        return "root"

    @entry(no_auth=True)
    def post_content(self, value):
        return value

    @entry(no_auth=True)
    def put_content(self, value):
        return value

    @entry(no_auth=True)
    def post_named(self, *, name=""):
        return name


class Admin(Blueprint):
    @entry(no_auth=True)
    def get(self):
        self.logger.warning("asked")
        return "admin"


def test_routes_are_the_rules():
    app = Moved()
    assert "/" in app.routes
    assert set(app.routes) == {"/", "/content/<value>", "/named"}
    assert next(r.endpoint for r in app.registered_routes) == "get"


@pytest.mark.parametrize("prefix", ["admin", "/admin"])
@pytest.mark.parametrize("where", ["constructor", "registration"])
def test_a_prefix_may_lack_its_slash(call, prefix, where):
    app = Moved()
    if where == "constructor":
        app.register_blueprint(Admin(url_prefix=prefix))
    else:
        app.register_blueprint(Admin(), url_prefix=prefix)
    assert call(app).get("/admin").text == "admin"


def test_a_blueprint_logs_as_its_service(caplog):
    app = Moved(name="moved")
    blueprint = Admin()
    app.register_blueprint(blueprint, url_prefix="admin")
    assert blueprint.logger.name == "admin"
    with caplog.at_level(logging.WARNING):
        app.test_client().get("/admin")
    assert [(r.name, r.message) for r in caplog.records] == [(app.logger.name, "asked")]


def test_the_version():
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())
    assert coworks_runtime.__version__ == project["project"]["version"]
    with pytest.raises(AttributeError, match="no attribute 'other'"):
        coworks_runtime.other  # noqa: B018 - asking is what is tried


def test_the_profiler_writes_to_a_stream():
    output = io.StringIO()
    app = Moved()
    app.register_blueprint(Profiler(app, output=output), url_prefix="/profile")
    app.test_client().get("/")
    assert "PATH: '/'" in output.getvalue()


@pytest.mark.parametrize(
    "name", ["init_app", "init_cli", "_check_token", "_token_handler", "header_autorizer_token"]
)
@pytest.mark.parametrize("base", [TechMicroService, Blueprint])
def test_what_is_overridden_in_vain_is_told(name, base):
    cls = types.new_class("Old", (base,), {}, lambda body: body.update({name: lambda self: None}))
    with pytest.warns(UserWarning, match=f"Old.{name} is never called here.*: "):
        cls()


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/content/1", 200),
        ("POST", "/content/1?a=1", 422),
        ("PUT", "/content/1?value=2", 422),
        ("POST", "/named?name=x", 200),
    ],
)
def test_a_query_that_nobody_reads_is_a_mistake(call, method, path, status):
    answer = call(Moved()).request(method, path)
    assert answer.status == status
    if status == 422:
        assert "Parameter" in answer.json["message"]
