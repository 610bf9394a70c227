"""With versions of Flask and Werkzeug that nobody has verified, every event takes the WSGI way.

Such versions are made of the installed ones: their private names are other ones there, throughout,
and so is their version. What needs a private part fails with them.
"""

import ast
import importlib.metadata
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import flask
import pytest
import werkzeug

from coworks_runtime import TechMicroService, verified
from coworks_runtime.errors import EnvironmentVariableError
from tests.event_corpus import corpus_event

ROOT = Path(verified.__file__).parents[1]
RENAMED = {
    "flask": (
        "RequestContext",
        "_AppCtxGlobals",
        "_after_request_functions",
        "_cv_app",
        "_cv_request",
        "_got_first_request",
        "_load_plugin_commands",
        "_session",
        "_split_blueprint_path",
        "_blueprints",
    ),
    "werkzeug": (
        "_compile_builder",
        "_get_file_stream",
        "_load_form_data",
        "_matcher",
        "_on_close",
        "_remap",
        "_rules_by_endpoint",
        "_status_code",
    ),
}


def _other_version(folder, name, version):
    """A copy of a package with other private names, and another version."""
    module = {"flask": flask, "werkzeug": werkzeug}[name]
    copy = folder / name
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(Path(module.__file__).parent, copy, ignore=ignored)
    names = re.compile(rf"(?<![A-Za-z0-9])({'|'.join(RENAMED[name])})\b")
    for file in copy.rglob("*.py"):
        text = file.read_text(encoding="utf-8")
        file.write_text(names.sub(r"\1_of_later", text), encoding="utf-8")
    (folder / f"{name}-{version}.dist-info").mkdir()
    return folder


@pytest.fixture(scope="module", params=["flask", "werkzeug"])
def later(tmp_path_factory, request):
    """A folder with a later version of one of the two packages."""
    return _other_version(tmp_path_factory.mktemp("later"), request.param, "3.9.0rc1")


def _python(folder, *arguments, without=(), **variables):
    kept = {name: value for name, value in os.environ.items() if name not in without}
    path = os.pathsep.join([str(folder), str(ROOT)])
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**kept, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1", **variables},
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )


SHORT = """
import json, logging, sys
logging.basicConfig(level=logging.DEBUG)
from coworks_runtime import TechMicroService, entry

class Service(TechMicroService):
    @entry(no_auth=True)
    def get(self):
        return "answer"

app = Service()
for _ in range(2):
    answer = app(json.loads(sys.argv[1]), None)
print(answer["statusCode"], answer["body"], app.short_way, type(app.url_map).__name__)
print(sorted({"jinja2", "werkzeug.test"} & set(sys.modules)))
print(sorted(name for name in sys.modules if name.startswith("coworks_runtime.on_lambda.")))
"""


def test_the_handler_s_tests_pass(later):
    tests = "tests/runtime/on_lambda/test_handler.py"
    done = _python(later, "-m", "pytest", tests, "-q", "-p", "no:cacheprovider", "--no-header")
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert re.search(r"^\d\d+ passed", done.stdout.splitlines()[-1])


def _run(folder, tmp_path, **variables):
    (tmp_path / "script.py").write_text(SHORT)
    event = json.dumps(corpus_event("rest_get_root").event)
    lambda_ = {"AWS_LAMBDA_FUNCTION_NAME": "service"}
    measured = [name for name in os.environ if name.startswith("COVERAGE_")]
    done = _python(
        folder, str(tmp_path / "script.py"), event, without=measured, **lambda_, **variables
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines(), done.stderr


PRIVATE = {"eligibility", "event_context", "short_way", "short_answers", "hooks"}


def test_no_module_that_names_private_parts_is_imported(later, tmp_path):
    (answer, imported, modules), logged = _run(later, tmp_path)
    assert answer == "200 answer None Map"
    assert imported == "['jinja2', 'werkzeug.test']"  # nothing is late
    assert not {name.rpartition(".")[2] for name in ast.literal_eval(modules)} & PRIVATE
    name = next(later.glob("*.dist-info")).name.partition("-")[0]
    why = f"{name} 3.9.0rc1 is none of the verified (3.1)"
    assert logged.count(f"Every event takes the WSGI way: {why}") == 1
    assert logged.count("DEBUG:coworks_runtime.on_lambda.choice") == 1


def test_on_the_verified_versions_events_take_the_short_way(tmp_path):
    (answer, imported, modules), logged = _run(tmp_path, tmp_path)
    assert re.fullmatch(r"200 answer <coworks_runtime\S+ShortWay object at \w+> ServiceMap", answer)
    assert imported == "[]"
    assert {name.rpartition(".")[2] for name in ast.literal_eval(modules)} > PRIVATE
    assert "WSGI way" not in logged


def test_the_short_way_can_be_switched_off(tmp_path):
    (answer, imported, _), logged = _run(tmp_path, tmp_path, CWS_SHORT_WAY="0")
    assert answer == "200 answer None ServiceMap"
    assert imported == "[]"
    assert logged.count("Every event takes the WSGI way: CWS_SHORT_WAY is 0") == 1


@pytest.mark.parametrize(("value", "takes"), [(None, True), ("", True), ("1", True), ("0", False)])
def test_the_switch(monkeypatch, value, takes):
    monkeypatch.delenv("CWS_SHORT_WAY", raising=False)
    if value is not None:
        monkeypatch.setenv("CWS_SHORT_WAY", value)
    assert (TechMicroService(import_name=__name__).short_way is not None) is takes


@pytest.mark.parametrize("value", ["2", "no", "true", " 0"])
def test_the_switch_takes_no_other_value(monkeypatch, value):
    monkeypatch.setenv("CWS_SHORT_WAY", value)
    with pytest.raises(EnvironmentVariableError, match=r"CWS_SHORT_WAY must be 0 .* or 1"):
        TechMicroService(import_name=__name__)


@pytest.mark.parametrize(
    ("folders", "version"),
    [
        (["thing-3.1.4.dist-info"], "3.1.4"),
        (["Thing-3.1.4.dist-info", "thing_more-1.0.dist-info", "things-2.dist-info"], "3.1.4"),
        (["thing-4.dist-info"], "4"),
        (["thing-3.1.4.dist-info", "thing-3.2.0.dist-info"], ""),
        (["thing-3.1.4.egg-info"], ""),
        ([], ""),
    ],
)
def test_a_version_is_the_folder_s_beside_the_package(tmp_path, monkeypatch, folders, version):
    for name in ["thing", *folders]:
        (tmp_path / name).mkdir()
    (tmp_path / "thing" / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    assert verified.installed_version("thing") == version


def test_the_version_of_a_package_that_is_not_there_is_unknown():
    assert verified.installed_version("coworks_no_such_package") == ""


@pytest.mark.parametrize("name", ["flask", "werkzeug"])
def test_the_versions_are_the_installed_ones(name):
    assert verified.installed_version(name) == importlib.metadata.version(name)
    assert verified.is_verified()


@pytest.mark.parametrize(
    ("version", "minor"),
    [
        ("3.1.2", "3.1"),
        ("3.1", "3.1"),
        ("3.10.0", "3.10"),
        ("3.2.0rc1", "3.2"),
        ("4", "4"),
        ("", ""),
    ],
)
def test_minor_versions(version, minor):
    assert verified.minor_of(version) == minor
