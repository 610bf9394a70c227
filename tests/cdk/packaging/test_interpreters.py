"""Finding a Python of the function's version, and the installer."""

import importlib.util
import marshal
import stat
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import uv

from coworks_cdk.packaging import PackagingError, bytecode
from coworks_cdk.packaging import build as build_module
from coworks_cdk.packaging.build import RuntimeBuild
from coworks_cdk.packaging.bytecode import compile_tree, find_interpreter
from coworks_cdk.packaging.installer import uv_command
from coworks_cdk.packaging.target import Target

# Says that it is Python 3.99.
FAKE = "#!/bin/sh\necho cpython 3.99 final {}\n"


def program(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def remember(cache: Path, interpreter: str) -> None:
    (cache / "interpreters").mkdir(parents=True)
    (cache / "interpreters" / "3.99").write_text(interpreter)


@pytest.mark.usefixtures("own_cache")
def test_the_running_python_is_taken_for_its_own_version() -> None:
    assert find_interpreter(f"{sys.version_info.major}.{sys.version_info.minor}") == sys.executable


@pytest.mark.usefixtures("no_other_python")
def test_one_on_the_path_is_taken_and_remembered(tmp_path: Path) -> None:
    real = program(tmp_path / "real" / "python", "#!/bin/sh\n")
    shim = program(tmp_path / "python3.99", FAKE.format(real))
    assert find_interpreter("3.99") == str(real)
    shim.unlink()
    assert find_interpreter("3.99") == str(real)
    assert (tmp_path / "cache" / "interpreters" / "3.99").read_text() == str(real)


@pytest.mark.usefixtures("no_other_python")
def test_what_was_remembered_in_another_process_is_taken(tmp_path: Path) -> None:
    real = program(
        tmp_path / "real" / "python", FAKE.format(tmp_path / "real" / "python")
    )  # fmt: skip
    remember(tmp_path / "cache", str(real))
    assert find_interpreter("3.99") == str(real)


@pytest.mark.usefixtures("no_other_python")
@pytest.mark.parametrize(
    "text", ["#!/bin/sh\necho cpython 3.98 final {0}\n", "#!/bin/sh\nexit 1\n", "#!/no/such\n"]
)
def test_what_was_remembered_is_probed_before_it_is_used(tmp_path: Path, text: str) -> None:
    changed = program(tmp_path / "real" / "python", text.format(tmp_path / "real" / "python"))
    remember(tmp_path / "cache", str(changed))
    assert find_interpreter("3.99") is None
    other = tmp_path / "python3.99"
    program(other, FAKE.format(other))
    bytecode._find_other.cache_clear()
    assert find_interpreter("3.99") == str(other)
    assert (tmp_path / "cache" / "interpreters" / "3.99").read_text() == str(other)


@pytest.mark.usefixtures("no_other_python")
def test_what_others_may_have_remembered_is_not_run(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    evil = program(tmp_path / "real" / "python", f"#!/bin/sh\ntouch {mark}\n")
    remember(tmp_path / "cache", str(evil))
    (tmp_path / "cache" / "interpreters").chmod(0o777)
    with pytest.raises(PackagingError, match=r"interpreters, may be written by others"):
        find_interpreter("3.99")
    assert not mark.exists()


@pytest.mark.usefixtures("no_other_python")
def test_what_can_not_be_remembered_is_found_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("COWORKS_CACHE_DIR", str(tmp_path / "file"))
    other = tmp_path / "python3.99"
    program(other, FAKE.format(other))
    assert find_interpreter("3.99") == str(other)


@pytest.mark.usefixtures("no_other_python")
def test_one_of_pyenv_is_taken_where_the_shim_does_not_work(tmp_path: Path) -> None:
    program(tmp_path / "python3.99", "#!/bin/sh\nexit 127\n")
    program(tmp_path / "versions" / "3.99.0" / "bin" / "python3.99", "#!/no/such/interpreter\n")
    real = tmp_path / "versions" / "3.99.1" / "bin" / "python3.99"
    program(real, FAKE.format(real))
    assert find_interpreter("3.99") == str(real)


@pytest.mark.usefixtures("no_other_python")
def test_one_of_uvs_is_taken(tmp_path: Path) -> None:
    managed = program(tmp_path / "managed" / "python", FAKE.format(tmp_path / "managed" / "python"))
    program(tmp_path / "uv", f"#!/bin/sh\necho {managed}\n")
    assert find_interpreter("3.99") == str(managed)


@pytest.mark.usefixtures("no_other_python")
def test_a_prerelease_is_not_taken(tmp_path: Path) -> None:
    program(tmp_path / "python3.99", "#!/bin/sh\necho cpython 3.99 beta /x\n")
    assert find_interpreter("3.99") is None


@pytest.mark.usefixtures("no_other_python")
def test_without_the_installer_there_is_none_of_its(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> str:
        raise PackagingError("uv is not installed")

    monkeypatch.setattr("coworks_cdk.packaging.bytecode.uv_command", missing)
    assert find_interpreter("3.99") is None


def test_a_broken_interpreter_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(PackagingError, match="can't be run"):
        compile_tree(tmp_path, "/opt/python", str(tmp_path / "none"))
    broken = program(tmp_path / "python", "#!/bin/sh\necho trouble >&2; exit 3\n")
    with pytest.raises(PackagingError, match="trouble"):
        compile_tree(tmp_path, "/opt/python", str(broken))


def test_a_module_of_the_working_directory_does_not_stand_in_for_pythons(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "compileall.py").write_text("raise SystemExit(4)\n")
    (tmp_path / "struct.py").write_text("raise SystemExit(4)\n")
    monkeypatch.chdir(tmp_path)
    compile_tree(tmp_path, "/var/task", sys.executable)
    assert len(list(tmp_path.rglob("*.pyc"))) == 2


def test_modules_that_do_not_compile_are_told_and_the_others_compiled(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "good.py").write_text("a = 1\n")
    (tmp_path / "inner" / "syntax.py").write_text("a = 1\ndef :\n")
    (tmp_path / "bytes.py").write_bytes(b"a = '\xff'\n")
    (tmp_path / "null.py").write_bytes(b"a = 1\0\n")
    failed = compile_tree(tmp_path, "/var/task", sys.executable)
    assert set(failed) == {"inner/syntax.py", "bytes.py", "null.py"}
    assert failed["inner/syntax.py"].startswith("line 2: ")
    assert [path.name.split(".")[0] for path in tmp_path.rglob("*.pyc")] == ["good"]


_MODULE = '''"""Of a module."""

from __future__ import annotations


class Told:
    """Of a class."""

    def told(self) -> int:
        """Of a method."""


async def fails(x: Told = None) -> None:
    \'Of a function.\'
    raise ValueError("here")
'''


def compiled(path: Path) -> Any:
    """What a module compiled to, run."""
    code = marshal.loads(Path(importlib.util.cache_from_source(str(path))).read_bytes()[16:])
    content: dict[str, Any] = {"__name__": "module"}
    exec(code, content)
    return SimpleNamespace(**content)


def test_docstrings_stay_in_the_sources_and_in_the_packages_that_are_named(tmp_path: Path) -> None:
    for name in ("read", "unread"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "module.py").write_text(_MODULE)
    compile_tree(tmp_path, "/opt/python", sys.executable, ["read"])
    read, unread = (compiled(tmp_path / name / "module.py") for name in ("read", "unread"))
    assert (tmp_path / "unread" / "module.py").read_text() == _MODULE
    assert [read.__doc__, read.Told.__doc__, read.Told.told.__doc__, read.fails.__doc__] == [
        *("Of a module.", "Of a class.", "Of a method.", "Of a function."),
    ]
    gone = [unread.__doc__, unread.Told.__doc__, unread.Told.told.__doc__, unread.fails.__doc__]
    assert set(gone) == {"-"}
    for one, other in ((read.fails, unread.fails), (read.Told.told, unread.Told.told)):
        assert one.__code__.co_code == other.__code__.co_code
        assert list(one.__code__.co_lines()) == list(other.__code__.co_lines())
        assert one.__annotations__ == other.__annotations__
    assert unread.fails.__code__.co_filename == "/opt/python/unread/module.py"


def test_the_installer_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    done = subprocess.run([uv_command(), "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("uv ")

    def none() -> str:
        raise FileNotFoundError

    monkeypatch.setattr(uv, "find_uv_bin", none)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(PackagingError, match=r"uv.* is not installed: pip install 'coworks-cdk"):
        uv_command()
    program(tmp_path / "uv", "#!/bin/sh\n")
    assert uv_command() == str(tmp_path / "uv")


@pytest.mark.usefixtures("own_cache")
def test_an_installer_that_cannot_run_is_an_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("coworks_cdk.packaging.installer.uv_command", lambda: f"{tmp_path}/none")
    with pytest.raises(PackagingError, match="none can't be run"):
        RuntimeBuild(Target("3.13", "arm64")).folder()


@pytest.mark.usefixtures("own_cache")
def test_a_missing_runtime_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build_module.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(PackagingError, match=r"coworks_runtime.* is not installed"):
        _ = RuntimeBuild(Target("3.13", "arm64")).key


@pytest.mark.parametrize(
    ("python", "architecture", "platform"),
    [
        ("3.10", "x86_64", "x86_64-manylinux_2_17"),
        ("3.11", "arm64", "aarch64-manylinux_2_17"),
        ("3.12", "arm64", "aarch64-manylinux_2_34"),
        ("3.14", "x86_64", "x86_64-manylinux_2_34"),
    ],
)
def test_the_platform_is_that_of_lambdas_linux(
    python: str, architecture: str, platform: str
) -> None:
    assert Target(python, architecture).platform == platform
