"""Builds are reproducible, kept, and safe to run at once."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from coworks_cdk.packaging import PackagingError
from coworks_cdk.packaging import build as build_module
from coworks_cdk.packaging.build import RequirementsBuild, RuntimeBuild
from coworks_cdk.packaging.cache import cache_root, cached, notes_of
from coworks_cdk.packaging.function_build import FunctionBuild
from coworks_cdk.packaging.target import Target

HERE = f"{sys.version_info.major}.{sys.version_info.minor}"
TARGET = Target(HERE, "arm64")
ROOT = Path(__file__).parents[3]

# What one synth builds, in a process with its own umask, folder and cache.
BUILD = """
import json, os, sys
from pathlib import Path
from coworks_cdk.packaging.build import RequirementsBuild, RuntimeBuild
from coworks_cdk.packaging.function_build import FunctionBuild
from coworks_cdk.packaging.target import Target

umask, cache, requirements, project = sys.argv[1:]
os.umask(int(umask, 8))
os.environ["COWORKS_CACHE_DIR"] = cache
target = Target("%d.%d" % sys.version_info[:2], "arm64")
print(json.dumps([str(build.folder()) for build in (
    RuntimeBuild(target),
    RequirementsBuild.of(Path(requirements), target),
    FunctionBuild.of(Path(project), target, ()),
)]))
"""


def start(folder: Path, umask: str, cache: Path) -> "subprocess.Popen[str]":
    project = folder / "tech"
    if not project.exists():
        old = os.umask(int(umask, 8))
        try:
            (project / "inner").mkdir(parents=True)
            for name in ("hello.py", "inner/__init__.py", "data.txt"):
                (project / name).write_text(f"value = {name!r}\n")
            (folder / "requirements.txt").write_text("markdown==3.7\n")
        finally:
            os.umask(old)
    arguments = [umask, str(cache), str(folder / "requirements.txt"), str(project)]
    return subprocess.Popen(
        [sys.executable, "-c", BUILD, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        cwd=folder,
    )


def finish(process: "subprocess.Popen[str]") -> list[Path]:
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    return [Path(name) for name in json.loads(out)]


def test_two_folders_umasks_and_caches_give_the_same(
    tmp_path: Path, tree: Callable[[Path], dict[str, tuple[str, str]]]
) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    first = finish(start(tmp_path / "one", "022", tmp_path / "cache-one"))
    for path in (tmp_path / "one").rglob("*"):
        os.utime(path, (0, 0))
    second = finish(start(tmp_path / "two", "077", tmp_path / "cache-two"))
    assert [path.name for path in first] == [path.name for path in second]
    for one, other in zip(first, second, strict=True):
        assert tree(one) == tree(other)


def test_two_processes_at_once_share_a_cache(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    processes = [start(tmp_path, "022", cache) for _ in range(2)]
    first, second = [finish(process) for process in processes]
    assert first == second
    assert all(path.is_dir() for path in first)
    assert not list(cache.rglob(".building-*"))


def test_a_second_build_runs_no_installer(
    tmp_path: Path,
    own_cache: Path,
    failing_installer: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # As they are now, whoever works on them while the tests run.
    sources = build_module._runtime_sources()
    monkeypatch.setattr(build_module, "_runtime_sources", lambda: sources)
    file = tmp_path / "requirements.txt"
    file.write_text("markdown==3.7\n")
    first = [RuntimeBuild(TARGET).folder(), RequirementsBuild.of(file, TARGET).folder()]
    failing_installer()
    assert first == [RuntimeBuild(TARGET).folder(), RequirementsBuild.of(file, TARGET).folder()]

    file.write_text("markdown==3.8\n")
    with pytest.raises(PackagingError, match="uv ended with status 1"):
        RequirementsBuild.of(file, TARGET).folder()
    with pytest.raises(PackagingError, match=f"CoworksLayer for Python {HERE} on x86_64 can't"):
        RuntimeBuild(Target(HERE, "x86_64")).folder()
    assert not list(own_cache.rglob(".building-*"))


def test_python_architecture_and_requirements_change_the_key(tmp_path: Path) -> None:
    targets = [
        TARGET,
        Target("3.13" if HERE != "3.13" else "3.12", "arm64"),
        Target(HERE, "x86_64"),
    ]
    file, project = tmp_path / "requirements.txt", tmp_path / "tech"
    file.write_text("markdown\n")
    project.mkdir()
    (project / "hello.py").write_text("")
    for make in (
        RuntimeBuild,
        lambda target: RequirementsBuild.of(file, target),
        lambda target: FunctionBuild.of(project, target, ()),
    ):
        assert len({make(target).key for target in targets}) == 3
    before = RequirementsBuild.of(file, TARGET).key
    file.write_text("markdown==3.7\n")
    assert RequirementsBuild.of(file, TARGET).key != before


def test_what_a_failed_build_leaves_is_not_taken_for_a_built_one(own_cache: Path) -> None:
    def fail(folder: Path) -> None:
        (folder / "half").touch()
        raise PackagingError("no")

    with pytest.raises(PackagingError, match="no"):
        cached("layers", "key", fail)
    built = cached("layers", "key", lambda folder: (folder / "whole").touch())
    assert [path.name for path in built.iterdir()] == ["whole"]


def test_the_first_of_two_builders_wins(own_cache: Path) -> None:
    def build(folder: Path) -> None:
        (own_cache / "layers" / "key").mkdir()
        (own_cache / "layers" / "key" / "first").touch()
        (folder / "second").touch()

    assert [path.name for path in cached("layers", "key", build).iterdir()] == ["first"]


def test_an_unexpected_failure_to_keep_is_not_swallowed(own_cache: Path) -> None:
    def build(folder: Path) -> None:
        (own_cache / "layers" / "key").touch()

    with pytest.raises(PackagingError, match=r"can't be written .*key"):
        cached("layers", "key", build)


def test_what_was_not_used_for_a_month_is_removed(own_cache: Path) -> None:
    def make(key: str) -> Path:
        return cached("layers", key, lambda folder: None)

    unused, used = make("unused"), make("used")
    for folder in (unused, used):
        os.utime(folder, (0, 0))
    make("used")
    assert unused.exists()
    make("new")
    assert not unused.exists()
    assert used.exists()


def test_what_a_build_had_to_say_is_kept_as_long_as_what_it_built(own_cache: Path) -> None:
    built = cached("layers", "key", lambda folder: ["one", "two"])
    silent = cached("layers", "silent", lambda folder: None)
    again = cached("layers", "key", lambda folder: pytest.fail("built twice"))
    assert notes_of(built) == notes_of(again) == ("one", "two")
    assert notes_of(silent) == ()
    os.utime(built, (0, 0))
    cached("layers", "new", lambda folder: None)
    assert {path.name for path in (own_cache / "layers").iterdir()} == {
        "new", "new.notes", "silent", "silent.notes",
    }  # fmt: skip


# A file of at most a kilobyte: what a full disk does to a process, where no disk can be filled.
FULL = """
import os, resource, sys
from pathlib import Path
from coworks_cdk.packaging import PackagingError
from coworks_cdk.packaging.function_build import FunctionBuild
from coworks_cdk.packaging.target import Target

resource.setrlimit(resource.RLIMIT_FSIZE, (1024, 1024))
try:
    FunctionBuild.of(Path(sys.argv[1]), Target("3.99", "arm64")).folder()
except PackagingError as error:
    print(error)
"""


def test_a_full_disk_is_told_as_such(tmp_path: Path, own_cache: Path) -> None:
    project = tmp_path / "tech"
    project.mkdir()
    (project / "data.bin").write_bytes(b"0" * 4096)
    done = subprocess.run(
        [sys.executable, "-B", "-c", FULL, str(project)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert done.stdout.startswith(f"the cache of built assets, {own_cache}, can't be written (")
    assert "File too large" in done.stdout
    assert "make room there, or set COWORKS_CACHE_DIR" in done.stdout
    assert not [path for path in (own_cache / "functions").iterdir() if path.is_dir()]


@pytest.mark.parametrize("mode", [0o777, 0o775, 0o1777])
@pytest.mark.parametrize("name", [".", "layers"])
def test_a_cache_that_others_may_write_is_refused(own_cache: Path, name: str, mode: int) -> None:
    cached("layers", "key", lambda folder: None)
    (own_cache / name).chmod(mode)
    for key in ("key", "other"):
        with pytest.raises(
            PackagingError, match=rf"may be written by others .*mode {mode:04o}.*COWORKS_CACHE_DIR"
        ):
            cached("layers", key, lambda folder: pytest.fail("built"))
    (own_cache / name).chmod(0o755)
    assert cached("layers", "key", lambda folder: pytest.fail("built"))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives a folder away")
def test_a_cache_of_another_user_is_refused(own_cache: Path) -> None:
    own_cache.mkdir()
    os.chown(own_cache, 12345, 12345)
    with pytest.raises(PackagingError, match="owner 12345"):
        cached("layers", "key", lambda folder: None)


def test_what_is_made_is_the_users_own_whatever_the_umask(own_cache: Path) -> None:
    old = os.umask(0)
    try:
        cached("layers", "key", lambda folder: None)
    finally:
        os.umask(old)
    assert own_cache.stat().st_mode & 0o777 == 0o700
    assert (own_cache / "layers").stat().st_mode & 0o777 == 0o700


def test_a_cache_that_cannot_be_written_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("COWORKS_CACHE_DIR", str(tmp_path / "file"))
    with pytest.raises(PackagingError, match=r"cache of built assets, .*file.*COWORKS_CACHE_DIR"):
        cached("layers", "key", lambda folder: None)


def test_where_the_cache_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COWORKS_CACHE_DIR")
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_root() == tmp_path / ".cache" / "coworks"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache_root() == tmp_path / "xdg" / "coworks"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COWORKS_CACHE_DIR", "mine")
    assert cache_root() == tmp_path / "mine"
