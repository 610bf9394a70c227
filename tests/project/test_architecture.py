"""What depends on what: the tables of rooms in ``docs/architecture.md``, held to."""

import ast
import importlib
import inspect
import re
import textwrap
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import flask
import pytest
import werkzeug

import coworks_runtime
from tests.project.imports import ROOT, circle, graph, modules, statements

RUNTIME = Path(coworks_runtime.__file__).parent
PURE = [
    "routing/naming",
    *(
        f"values/{path.stem}"
        for path in (RUNTIME / "values").glob("*.py")
        if path.stem not in {"answers", "binary_headers", "json_provider"}
    ),
    "entry",
    "cors",
    "authorization/policy",
    "routing/route_table",
    "errors",
    *(f"events/{path.stem}" for path in (RUNTIME / "events").glob("*.py")),
]
FORBIDDEN = {"flask", "os", "pathlib", "socket", "subprocess", "boto3", "dotenv", "click"}
IMPURE = {"open", "print", "input", "exec", "eval"}


@pytest.mark.parametrize("module", PURE)
def test_pure_modules_know_no_flask_no_io_and_no_environment(module):
    tree = ast.parse((RUNTIME / f"{module}.py").read_text())
    imported = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imported |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            imported.add((node.module or "").partition(".")[0])
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in IMPURE
    assert not imported & FORBIDDEN


def test_the_runtime_never_imports_the_cdk():
    for path in RUNTIME.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            assert not [n for n in names if n.startswith(("aws_cdk", "coworks_cdk", "constructs"))]


_ROW = re.compile(r"^\| (?P<room>`.*?) \|.*\| (?P<may>[^|]*) \|$")
_HEADER = "| room | holds | may import |"
_LIMITS = {"coworks_runtime.service": 280, "coworks_cdk.microservice": 435}
_PRIVATE = re.compile(r"_[a-z][A-Za-z0-9_]*")


class Rooms:
    """The rooms of a package, as the architecture's tables have them."""

    def __init__(self, package: str) -> None:
        document = (ROOT / "docs" / "architecture.md").read_text()
        section = document.partition(f"## {package}\n")[2].partition("\n## ")[0]
        self.of: dict[str, str] = {}
        self.may: dict[str, set[str]] = {}
        for table in section.split(_HEADER)[1:]:
            for line in table.strip().splitlines()[1:]:
                row = _ROW.match(line)
                if row is None:
                    break
                names = re.findall(r"`([^`]+)`", row["room"])
                self.of |= dict.fromkeys(names, names[0])
                above = set(self.may) if row["may"] == "all above" else set()
                self.may[names[0]] = above | set(re.findall(r"`([^`]+)`", row["may"]))

    def room(self, package: str, module: str) -> str:
        """The room of a module: the longest path of a table that it lies in."""
        path = module.removeprefix(package).removeprefix(".").replace(".", "/")
        names = [name for name in self.of if f"{path}/".startswith(f"{name.removesuffix('/')}/")]
        assert names, f"{module} is in no room of docs/architecture.md"
        return self.of[max(names, key=len)]


def refused(package: str) -> Iterator[str]:
    """The imports that no table allows."""
    rooms = Rooms(package)
    for module, needs in graph(package).items():
        if module == package:  # it re-exports what users take
            continue
        room = rooms.room(package, module)
        allowed = {room} | {rooms.of[name] for name in rooms.may[room]}
        for other in needs:
            if other == package or rooms.room(package, other) not in allowed:
                yield f"{module} imports {other}"


@pytest.mark.parametrize("package", ["coworks_runtime", "coworks_cdk"])
def test_every_import_is_of_a_room_that_the_table_allows(package):
    assert list(refused(package)) == []


@pytest.mark.parametrize("package", ["coworks_runtime", "coworks_cdk"])
def test_every_room_of_the_tables_is_there(package):
    names = {module.removeprefix(f"{package}.").replace(".", "/") for module in modules(package)}
    assert {name.removesuffix("/") for name in Rooms(package).of} <= names


@pytest.mark.parametrize("package", ["coworks_runtime", "coworks_cdk"])
def test_no_modules_import_each_other_in_a_circle(package):
    assert circle(graph(package)) == []


def test_the_imports_are_read():
    runtime, cdk = graph("coworks_runtime"), graph("coworks_cdk")
    records = "coworks_runtime.entry_records"
    assert records in runtime["coworks_runtime.service"]  # imported in a function
    protocols = "coworks_runtime.authorization.protocols"
    assert protocols in runtime["coworks_runtime.authorization.authorize"]  # for types only
    assert (
        "coworks_runtime.authorization.secret" in runtime["coworks_runtime.authorization.authorize"]
    )
    wanted = {"errors", "template.model", "gateway.gateway"}
    assert cdk["coworks_cdk.local.session"] > {f"coworks_cdk.local.{name}" for name in wanted}
    assert circle({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": set()}) == ["b", "c"]


def test_a_room_that_imports_what_it_may_not_is_told(monkeypatch):
    edges = {"coworks_runtime.events.rest": {"coworks_runtime.service"}}
    monkeypatch.setitem(globals(), "graph", lambda _: edges)
    assert list(refused("coworks_runtime")) == [
        "coworks_runtime.events.rest imports coworks_runtime.service"
    ]


@pytest.mark.parametrize("package", ["coworks_runtime", "coworks_cdk"])
def test_no_module_is_long(package):
    lengths = {name: len(path.read_text().splitlines()) for name, path in modules(package).items()}
    assert {n: length for n, length in lengths.items() if length > _LIMITS.get(n, 300)} == {}


def test_the_construct_never_imports_flask():
    for name, path in modules("coworks_cdk").items():
        taken = {module.partition(".")[0] for module, _ in statements(path, name)}
        assert not taken & {"flask", "werkzeug", "coworks_runtime"}


def private_names(source: str) -> set[str]:
    """The names with an underscore that a source defines or uses as attributes."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(textwrap.dedent(source))):
        if isinstance(node, ast.Attribute):
            found.add(node.attr)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Name):
            found.add(node.id)
    return {name for name in found if _PRIVATE.fullmatch(name)}


def is_foreign(cls: type) -> bool:
    return cls.__module__.partition(".")[0] in {"flask", "werkzeug"}


@cache
def foreign_names() -> set[str]:
    """Every private name of Flask's and Werkzeug's sources."""
    folders = [Path(package.__file__).parent for package in (flask, werkzeug)]
    files = [file for folder in folders for file in folder.rglob("*.py")]
    return set().union(*(private_names(file.read_text()) for file in files))


def private_imports(name: str, path: Path) -> Iterator[str]:
    for module, member in statements(path, name):
        parts = [*module.split("."), *([member] if member else [])]
        if parts[0] in {"flask", "werkzeug"} and any(part.startswith("_") for part in parts):
            yield ".".join(parts)


def private_attributes(path: Path) -> Iterator[str]:
    """Those of other objects than the module's own."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Attribute) and node.attr in foreign_names():
            is_own = isinstance(node.value, ast.Name) and node.value.id in {"self", "cls"}
            if not is_own:
                yield ast.unparse(node)


def private_overrides(name: str) -> Iterator[str]:
    """What subclasses of Flask's and Werkzeug's classes use or define of these."""
    for cls in vars(importlib.import_module(name)).values():
        if inspect.isclass(cls) and cls.__module__ == name:
            own = private_names(inspect.getsource(cls))
            for base in filter(is_foreign, cls.__mro__):
                for private in own & private_names(inspect.getsource(base)):
                    yield f"{cls.__qualname__}.{private} is {base.__qualname__}'s"


def touched(name: str, path: Path) -> set[str]:
    """What a module touches of the private names of Flask and Werkzeug."""
    return {*private_imports(name, path), *private_attributes(path), *private_overrides(name)}


KNOWS_PRIVATE_PARTS = ("coworks_runtime.on_lambda.", "coworks_runtime.routing.url_map")


@pytest.mark.parametrize(
    "name",
    [
        name
        for name in modules("coworks_runtime")
        if not name.startswith(KNOWS_PRIVATE_PARTS) and not name.endswith("__main__")
    ],
)
def test_private_parts_of_flask_are_left_alone(name):
    assert touched(name, modules("coworks_runtime")[name]) == set()


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("coworks_runtime.on_lambda.event_context", "flask.globals._cv_app"),
        ("coworks_runtime.on_lambda.short_answers", "response._on_close"),
        ("coworks_runtime.routing.url_map", "ServiceMap._rules_by_endpoint is Map's"),
    ],
)
def test_private_parts_are_found_where_they_are(name, what):
    assert what in (touched(name, modules("coworks_runtime")[name]))
