"""Services that can't be described as they are: each is one clear error, and never an empty answer."""

import json
import os
import subprocess
import sys

import pytest

SERVICE = """
from coworks_runtime import TechMicroService, entry


class Books(TechMicroService):
    @entry(no_auth=True)
    def get(self):
        return "books"


app = Books(name="books")
"""


@pytest.fixture
def run(tmp_path):
    (tmp_path / "tech").mkdir()

    def run(source, app="books", **environment):
        (tmp_path / "tech" / "books.py").write_text(source)
        return subprocess.run(
            [sys.executable, "-m", "coworks_runtime.entry_map", app, "--project-dir", "tech"],
            cwd=tmp_path,
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    run.root = tmp_path
    return run


def refused(result):
    assert (result.returncode, result.stdout) == (1, "")
    assert "Traceback" not in result.stderr
    return result.stderr


@pytest.mark.parametrize(
    ("leaving", "told"),
    [
        ("import sys; sys.exit(0)", "SystemExit: 0"),
        ("import sys; sys.exit()", "SystemExit"),
        ("raise SystemExit('gone')", "SystemExit: gone"),
        ("exit(3)", "SystemExit: 3"),
        ("import os; os._exit(0)", "the process ended with status 0"),
        ("import os; os._exit(7)", "the process ended with status 7"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "by signal 9"),
        ("import os; os.execv('/bin/true', ['true'])", "the process ended with status 0"),
        ("class Odd(BaseException): pass\nraise Odd('base')", "Odd: base"),
        ("raise GeneratorExit", "GeneratorExit"),
    ],
)
def test_a_module_that_leaves(run, leaving, told):
    assert told in refused(run(f"{leaving}\n{SERVICE}"))


@pytest.mark.parametrize(
    ("source", "line", "told"),
    [
        ("import os\nos.environ['NOT_SET']", 2, "KeyError: 'NOT_SET'"),
        ("import json\n\njson.loads('{')", 3, "JSONDecodeError"),
        ("import ast\nast.parse('a = (')", 2, "SyntaxError"),
        ("import runpy\nrunpy.run_path('no.py')", 2, "FileNotFoundError"),
        ("def inner():\n    return [].pop()\ninner()", 2, "IndexError"),
        (
            "try:\n    1 / 0\nexcept ArithmeticError as e:\n    raise OSError('o') from e",
            4,
            "OSError: o",
        ),
        (
            "import xml.etree.ElementTree as t\nt.fromstring('<')",
            2,
            "ParseError",
        ),
    ],
)
def test_the_users_innermost_line_is_named(run, source, line, told):
    error = refused(run(f"{source}\n{SERVICE}"))
    assert told in error
    assert f"{run.root / 'tech' / 'books.py'}, line {line})" in error
    assert "frozen" not in error


def test_a_line_of_another_module_of_the_project(run):
    (run.root / "tech" / "settings.py").write_text("import os\n\nURL = os.environ['URL']\n")
    error = refused(run(f"import settings\n{SERVICE}"))
    assert f"{run.root / 'tech' / 'settings.py'}, line 3)" in error


def test_what_is_installed_in_the_project_is_not_the_users(run):
    packages = run.root / "tech" / ".venv" / "site-packages"
    packages.mkdir(parents=True)
    (packages / "broken.py").write_text("\n\n\nraise ValueError('inside')\n")
    source = f"import sys\nsys.path.append({str(packages)!r})\nimport broken\n{SERVICE}"
    assert "books.py, line 3)" in refused(run(source))


FORGOTTEN = SERVICE.replace(
    "    @entry", "    def __init__(self, **kwargs):\n        self.store = {}\n\n    @entry", 1
)


def test_a_forgotten_super_call(run):
    error = refused(run(FORGOTTEN))
    assert "Books.__init__ doesn't call super().__init__(**kwargs)" in error
    assert "books.py, line 6)" in error
    assert len(error.splitlines()) == 1


def test_a_late_super_call(run):
    source = FORGOTTEN.replace(
        "self.store = {}", "self.config['A'] = 1\n        super().__init__(**kwargs)"
    )
    error = refused(run(source))
    assert "Books.__init__ uses self.config" in error
    assert "before it calls super().__init__(**kwargs)" in error


@pytest.mark.parametrize("app", ["books.py", "books.py:app", "./books.py", "tech/books.py:app"])
def test_a_files_name_in_place_of_the_modules(run, app):
    error = refused(run(SERVICE, app))
    assert "without .py: '" in error
    assert "books:app'" in error
    assert "install" not in error


def test_a_module_found_elsewhere(run):
    (run.root / "lib").mkdir()
    (run.root / "lib" / "other.py").write_text(SERVICE)
    error = refused(run(SERVICE, "other", PYTHONPATH=str(run.root / "lib")))
    assert f"the module 'other' is imported from {run.root / 'lib' / 'other.py'}" in error
    assert f"outside the project folder {run.root / 'tech'}" in error


def test_a_module_of_pythons_own(run):
    assert "the module 'sys' is a module of Python's own" in refused(run(SERVICE, "sys"))


def test_a_linked_module_is_the_projects(run):
    (run.root / "shared").mkdir()
    (run.root / "shared" / "linked.py").write_text(SERVICE)
    (run.root / "tech" / "linked.py").symlink_to(run.root / "shared" / "linked.py")
    assert run(SERVICE, "linked").returncode == 0


def test_the_working_directory_is_the_project_folder(run):
    (run.root / "tech" / "data.txt").write_text("data")
    assert run(f"assert open('data.txt').read() == 'data'\n{SERVICE}").returncode == 0


@pytest.mark.parametrize(
    ("name", "way"),
    [
        ("tech/data.txt", "Use Path(__file__).parent / 'data.txt'"),
        ("beside.txt", "Use a file in the project folder"),
    ],
)
def test_a_path_from_the_project_root(run, name, way):
    (run.root / name).write_text("data")
    error = refused(run(f"open({name!r})\n{SERVICE}"))
    assert f"that is there seen from {run.root} only" in error
    assert way in error
    assert "books.py, line 1)" in error


def test_nothing_is_written_into_the_sources(run):
    (run.root / "tech" / "helper.py").write_text("VALUE = 1\n")
    environment = {"PYTHONDONTWRITEBYTECODE": ""}
    assert run(f"import helper\n{SERVICE}", **environment).returncode == 0
    assert sorted(file.name for file in (run.root / "tech").rglob("*")) == ["books.py", "helper.py"]


def test_a_thread_that_goes_on_does_not_keep_the_process(run):
    source = f"import threading, time\nthreading.Thread(target=time.sleep, args=(600,)).start()\n{SERVICE}"
    (entry,) = json.loads(run(source).stdout)
    assert entry["path"] == "/"


def test_values_of_dotenv_files_are_not_told(run):
    (run.root / ".env").write_text("TOKEN=top-secret\n")
    error = refused(run(f"import os\nint(os.environ['TOKEN'])\n{SERVICE}"))
    assert "<the value of TOKEN>" in error
    assert "top-secret" not in error


def test_entries_that_cannot_be_described(run):
    source = SERVICE.replace(
        "app = ", "    @property\n    def cors(self):\n        return {}['x']\n\napp = "
    )
    error = refused(run(source))
    assert "KeyError: 'x'" in error
    assert len(error.splitlines()) == 1
