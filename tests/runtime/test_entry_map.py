import json
import os
import subprocess
import sys

import pytest

from coworks_runtime import TechMicroService, entry
from coworks_runtime.description.describe import describe

SERVICE = '''
import os
import atexit
from coworks_runtime import Cors, TechMicroService, entry

print("printed at import")
os.system("echo printed by a child")
atexit.register(lambda: print("printed at exit"))


class Service(TechMicroService):
    """Keeps books.

    More of them.
    """

    authorization_header = "X-Key"
    cors = Cors(allow_origins=("https://a.test",))

    @entry(no_auth=True, no_cors=False, stage=["dev"], binary_headers={"Content-Type": "image/png"})
    def get_book(self, isbn: int, *, pages: "list[str] | None" = None, odd=object):
        """Give a book."""


app = Service(name="books")
plain = "no service"
'''


@pytest.fixture
def run(tmp_path):
    (tmp_path / "tech").mkdir()
    (tmp_path / "tech" / "books.py").write_text(SERVICE)

    def run(*arguments, **environment):
        return subprocess.run(
            [sys.executable, "-m", "coworks_runtime.entry_map", *arguments],
            cwd=tmp_path,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **environment},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    run.folder = tmp_path / "tech"
    return run


ENTRY = {
    "method": "GET",
    "path": "/book/{isbn}",
    "endpoint": "get_book",
    "blueprint": None,
    "no_auth": True,
    "no_cors": False,
    "binary_headers": {"Content-Type": "image/png"},
    "stages": ["dev"],
    "parameters": [
        {"name": "isbn", "kind": "path", "required": True, "type": "int", "default": None},
        {
            "name": "pages",
            "kind": "keyword",
            "required": False,
            "type": "list[str] | None",
            "default": None,
        },
        {
            "name": "odd",
            "kind": "keyword",
            "required": False,
            "type": None,
            "default": "<class 'object'>",
        },
    ],
    "doc": "Give a book.",
    "stream": False,
    "background": False,
}


def test_the_command_prints_the_entry_map_and_nothing_else(run):
    result = run("books:app", "--project-dir", "tech")
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout) == [ENTRY]
    for text in ("printed at import", "printed by a child", "printed at exit"):
        assert text in result.stderr
    assert not (run.folder / "__pycache__").exists()


def test_the_variable_is_app_by_default(run):
    assert json.loads(run("books", "--project-dir", "tech").stdout) == [ENTRY]


def test_the_stage_is_the_environment_s(run):
    assert json.loads(run("books", "--project-dir", "tech", CWS_STAGE="prod").stdout) == []


def test_the_service_s_description(run):
    (run.folder / ".env").write_text("TOKEN=t\nCWS_STAGE=ignored")
    result = run("books", "--project-dir", "tech", "--service", CWS_STAGE="dev", TOKEN="process")
    described = json.loads(result.stdout)
    assert described.pop("import_time")["seconds"] > 0
    assert described == {
        "imports": [],
        "name": "books",
        "class": "Service",
        "description": "Keeps books.",
        "authorization_header": "X-Key",
        "accepts_tokens": True,
        "cors": {
            "allow_origins": ["https://a.test"],
            "allow_headers": ["Content-Type", "Authorization"],
            "expose_headers": [],
            "allow_credentials": False,
            "max_age": 600,
        },
        "environment": {"TOKEN": "t", "CWS_STAGE": "ignored"},
        "entries": [ENTRY],
        "events": [],
    }


def test_the_output_is_the_same_each_time(run):
    outputs = {run("books", "--project-dir", "tech", PYTHONHASHSEED=s).stdout for s in "12"}
    assert len(outputs) == 1


@pytest.mark.parametrize(
    ("app", "source", "expected"),
    [
        ("missing", "", ["missing: ModuleNotFoundError", "there is no missing.py in", "tech"]),
        ("pkg.sub", "", ["pkg.sub: ModuleNotFoundError", "there is no pkg/sub.py in"]),
        (
            "x",
            "import absent_module",
            ["No module named 'absent_module'", "x.py, line 1", "install"],
        ),
        ("x", "a = 1\nb = a / 0", ["ZeroDivisionError: division by zero", "x.py, line 2"]),
        ("x", "a = (", ["SyntaxError", "x.py, line 1"]),
        ("x", "a = 1", ["x: 'app' is not defined in", "x.py", "app = YourService()"]),
        ("books:plain", "", ["books:plain: 'plain' is a str in", "expected a TechMicroService"]),
    ],
)
def test_an_app_that_can_not_be_loaded_is_one_clear_error(run, app, source, expected):
    (run.folder / "x.py").write_text(source)
    result = run(app, "--project-dir", "tech")
    assert (result.returncode, result.stdout) == (1, "")
    for text in expected:
        assert text in result.stderr
    assert "Traceback" not in result.stderr


def test_a_missing_folder_and_a_malformed_file_are_clear_errors(run):
    result = run("books", "--project-dir", "nowhere")
    assert result.returncode == 1
    assert "books: the project dir 'nowhere' isn't a folder" in result.stderr
    (run.folder / ".env").write_text("???")
    result = run("books", "--project-dir", "tech")
    assert result.returncode == 1
    assert ".env, line 1: expected NAME=value" in result.stderr


def test_two_functions_on_one_route_are_an_error_of_the_load(run):
    source = SERVICE.replace("app = ", "Service.get__book = Service.get_book\napp = ")
    (run.folder / "books.py").write_text(source)
    result = run("books", "--project-dir", "tech")
    assert result.returncode == 1
    assert "GET /book/{isbn} is declared twice" in result.stderr


def test_plain_flask_routes_have_their_variables(run):
    (run.folder / "x.py").write_text(
        "from coworks_runtime import TechMicroService\n"
        "app = TechMicroService(static_folder='files')\n"
        "@app.route('/a/<int:n>', methods=['GET', 'POST'])\n"
        "def plain(n):\n    'Doc.'\n"
    )
    entries = json.loads(run("x", "--project-dir", "tech").stdout)
    assert [(e["method"], e["path"], e["no_auth"], e["doc"]) for e in entries] == [
        ("GET", "/a/{n}", False, "Doc."),
        ("POST", "/a/{n}", False, "Doc."),
        ("GET", "/files/{filename+}", False, None),
    ]
    assert [p["kind"] for e in entries for p in e["parameters"]] == ["path", "path", "greedy"]


def test_defaults_that_json_can_not_hold_are_texts():
    circle = []
    circle.append(circle)
    defaults = {
        "nan": float("nan"),
        "inf": float("-inf"),
        "inside": [float("nan")],
        "keys": {(1, 2): 3},
        "circle": circle,
        "plain": [1, {"a": None}],
    }

    class Odd(TechMicroService):
        @entry
        def get(
            self,
            *,
            nan=defaults["nan"],
            inf=defaults["inf"],
            inside=defaults["inside"],
            keys=defaults["keys"],
            circle=defaults["circle"],
            plain=defaults["plain"],
        ):
            pass

    (described,) = describe(Odd())["entries"]
    assert json.loads(json.dumps(described, allow_nan=False)) == described
    assert {p["name"]: p["default"] for p in described["parameters"]} == {
        "nan": "nan",
        "inf": "-inf",
        "inside": "[nan]",
        "keys": "{(1, 2): 3}",
        "circle": "[[...]]",
        "plain": [1, {"a": None}],
    }
