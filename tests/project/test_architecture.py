"""What depends on what."""

import ast
from pathlib import Path

import pytest

import coworks_runtime

RUNTIME = Path(coworks_runtime.__file__).parent
PURE = [
    "routing/naming",
    "values/converters",
    "values/parameters",
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
