"""The rooms of the local gateway: what may import what."""

import ast
from pathlib import Path

import pytest

import coworks_cdk.local

LOCAL = Path(coworks_cdk.local.__file__).parent
PREFIX = "coworks_cdk.local."
SHARED = frozenset({"arn_pattern", "errors", "invocation", "log", "quiet", "vtl"})
MAY = {
    "template": SHARED,
    "gateway": SHARED | {"template"},
    "function": SHARED | {"template"},
}
MODULES = sorted(
    path.relative_to(LOCAL) for path in LOCAL.rglob("*.py") if path.name != "__init__.py"
)

NAMES = {".".join(path.with_suffix("").parts) for path in MODULES}


def imported(path):
    """The modules of the local gateway that a module imports, wherever it does."""
    found = set()
    for node in ast.walk(ast.parse((LOCAL / path).read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            members = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {name for name in members if name.removeprefix(PREFIX) in NAMES}
            found.add(node.module)
    return {name.removeprefix(PREFIX) for name in found} & NAMES


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_arrows_between_rooms_point_one_way(path):
    room = path.parts[0] if len(path.parts) > 1 else None
    rooms = {name.partition(".")[0] for name in imported(path)}
    if room is not None:
        assert rooms <= MAY[room] | {room}
    elif path.stem in SHARED:
        assert rooms <= SHARED


def test_no_circles():
    graph = {".".join(path.with_suffix("").parts): imported(path) for path in MODULES}
    assert graph["session"] > {"errors", "template.model", "gateway.gateway"}
    while leaves := {name for name, needs in graph.items() if not needs & set(graph)}:
        graph = {name: needs for name, needs in graph.items() if name not in leaves}
    assert not graph


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_no_module_is_long(path):
    assert len((LOCAL / path).read_text().splitlines()) <= 300
