"""The function's asset: sources, precompiled, and nothing else."""

import os
import struct
from collections.abc import Sequence
from pathlib import Path

import pytest

from coworks_cdk.packaging import PackagingError
from coworks_cdk.packaging.exclusion import Exclusion
from coworks_cdk.packaging.function_build import FunctionBuild
from tests.cdk.packaging.project_files import HERE, TARGET, write

TAG = f"cpython-{HERE.replace('.', '')}"


def built(project: Path, *exclude: str, include: Sequence[str] = ()) -> set[str]:
    folder = FunctionBuild.of(project, TARGET, exclude, include).folder()
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    return {name for name in files if not name.endswith(".pyc")}


@pytest.mark.parametrize(
    "name",
    [
        ".env", ".env.dev", ".envrc", "inner/.env.prod", ".git/config", ".gitignore",
        "__pycache__/app.cpython-311.pyc", "app.pyc", "tests/data.json", "inner/tests/a.py",
        "test_app.py", "inner/app_test.py", "conftest.py", ".venv/lib/x.py", "venv/x.py",
        "cdk.out/x.json", "cdk.json", "node_modules/x/y.js", ".mypy_cache/x", ".pytest_cache/x",
        ".ruff_cache/x", "x.egg-info/PKG-INFO", "boto3/__init__.py", "botocore/__init__.py",
        "aws_cdk/__init__.py", "jsii/__init__.py", ".coverage",
        # credentials
        "id_rsa", "inner/id_ed25519", "id_ecdsa_sk",
        "server.key", "inner/store.p12", "store.pfx", "id.ppk", "store.jks", "pass.kdbx",
        ".netrc", "_netrc", ".pypirc", ".npmrc", ".pgpass", ".htpasswd", ".aws/credentials",
        ".ssh/known_hosts", "inner/.ssh/id_rsa", ".gnupg/x", ".kube/config", ".docker/config.json",
        ".azure/x", ".terraform/x", "terraform.tfstate", "terraform.tfstate.backup",
        "terraform.tfstate.d/dev/terraform.tfstate", "prod.tfvars", "prod.tfvars.json",
        # leftovers
        "app.py~", ".app.py.swp", "app.swp", "#app.py#", ".#app.py", "app.py.orig", "app.py.rej",
        "app.py.bak", ".bash_history", ".python_history", "nohup.out", "Thumbs.db",
        # hidden
        ".hidden", ".config/x.json", "inner/.dockerignore",
        # what is installed
        "requirements.txt", "requirements-dev.txt", "complete-requirements.txt",
        "inner/requirements.in",
    ],
)  # fmt: skip
def test_what_is_no_source_is_left_out(project: Path, name: str) -> None:
    write(project, name)
    assert built(project) == {"app.py"}


def test_sources_and_their_data_are_kept(project: Path) -> None:
    kept = {
        "requirements.md", "inner/module.py", "inner/templates/page.html", "contest.py",
        "testing.py", "inner/boto3/x.py", "hidden", "latest.py", "environment.py", "id_card.py",
        "key.py", "secrets.py", "id_list.csv", "ca.pem", "requirements.py",
    }  # fmt: skip
    for name in kept:
        write(project, name)
    assert built(project) == {"app.py", *kept}


def test_folders_that_tools_made_are_told_by_their_content(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(project, "env-of-mine/pyvenv.cfg")
    write(project, "env-of-mine/lib/x.py")
    write(project, "out/cdk.out")
    write(project, "out/manifest.json", "{}")
    write(project, "out/asset.1/app.py")
    write(project, "manifest/manifest.json", "{}")
    monkeypatch.setenv("COWORKS_CACHE_DIR", str(project / "built"))
    for _ in range(2):
        assert built(project) == {"app.py", "manifest/manifest.json"}


@pytest.mark.parametrize(
    ("pattern", "left"),
    [
        ("*.md", {"data/raw/a.csv", "data/b.csv", "docs/[x].txt", "data/docs"}),
        ("docs/", {"data/raw/a.csv", "data/b.csv", "README.md", "data/docs"}),
        ("docs", {"data/raw/a.csv", "data/b.csv", "README.md"}),
        ("data/raw/**", {"data/b.csv", "README.md", "docs/[x].txt", "docs/i.md", "data/docs"}),
        ("data/*.csv", {"data/raw/a.csv", "README.md", "docs/[x].txt", "docs/i.md", "data/docs"}),
        ("data/**/*.csv", {"README.md", "docs/[x].txt", "docs/i.md", "data/docs"}),
        ("./data", {"README.md", "docs/[x].txt", "docs/i.md"}),
        ("/docs", {"data/raw/a.csv", "data/b.csv", "README.md", "data/docs"}),
        ("[a-c].csv", {"README.md", "docs/[x].txt", "docs/i.md", "data/docs"}),
        ("[!a].csv", {"data/raw/a.csv", "README.md", "docs/[x].txt", "docs/i.md", "data/docs"}),
        ("[[]?].txt", {"data/raw/a.csv", "data/b.csv", "README.md", "docs/i.md", "data/docs"}),
        ("**/b.csv", {"data/raw/a.csv", "README.md", "docs/[x].txt", "docs/i.md", "data/docs"}),
    ],
)
def test_exclude_adds_to_it(project: Path, pattern: str, left: set[str]) -> None:
    for name in ("data/raw/a.csv", "data/b.csv", "README.md", "docs/[x].txt", "docs/i.md",
                 "data/docs"):  # fmt: skip
        write(project, name)
    assert built(project, pattern) == {"app.py", *left}


@pytest.mark.parametrize("pattern", ["", "/", "!keep.md", "# a comment", " "])
def test_patterns_that_mean_nothing_are_refused(pattern: str) -> None:
    with pytest.raises(PackagingError, match=r"exclude pattern .* is not allowed"):
        Exclusion.of([pattern])
    with pytest.raises(PackagingError, match=r"include pattern .* is not allowed"):
        Exclusion.of(include=[pattern])


def test_modules_are_compiled_for_where_they_lie_on_lambda(project: Path) -> None:
    write(project, "inner/module.py", "value = 2\n")
    folder = FunctionBuild.of(project, TARGET, ()).folder()
    for path, name in (("", "app"), ("inner", "module")):
        data = (folder / path / "__pycache__" / f"{name}.{TAG}.pyc").read_bytes()
        assert struct.unpack("<I", data[4:8])[0] == 0b01
        assert str(Path("/var/task", path, f"{name}.py")).encode() in data


def test_the_project_folder_is_left_as_it_was(project: Path) -> None:
    built(project)
    assert [path.name for path in project.iterdir()] == ["app.py"]


def test_a_module_that_does_not_compile_is_told_and_ships_as_it_is(project: Path) -> None:
    write(project, "inner/broken.py", "value = 1\ndef :\n")
    for _ in range(2):  # built, and found in the cache
        build = FunctionBuild.of(project, TARGET)
        (warning,) = build.warnings()
        assert warning[0] == "coworks:not-compiled"
        assert warning[1].startswith("project/inner/broken.py (line 2: ")
        assert f"doesn't compile with Python {HERE}, and ships as it is" in warning[1]
    assert (build.folder() / "inner" / "broken.py").read_text() == "value = 1\ndef :\n"
    assert [path.name for path in build.folder().rglob("*.pyc")] == [f"app.{TAG}.pyc"]
    assert list(FunctionBuild.of(project, TARGET, ["broken.py"]).warnings()) == []


def test_only_content_and_names_count(project: Path) -> None:
    key = FunctionBuild.of(project, TARGET, ()).key
    (project / "app.py").chmod(0o600)
    write(project, "tests/test_app.py")
    assert FunctionBuild.of(project, TARGET, ()).key == key
    write(project, "app.py", "value = 2\n")
    assert FunctionBuild.of(project, TARGET, ()).key != key


def test_programs_stay_executable(project: Path) -> None:
    program = write(project, "program", "#!/bin/sh\n")
    plain = FunctionBuild.of(project, TARGET, ()).key
    program.chmod(0o700)
    build = FunctionBuild.of(project, TARGET, ())
    assert build.key != plain
    assert (build.folder() / "program").stat().st_mode & 0o777 == 0o755
    assert (build.folder() / "app.py").stat().st_mode & 0o777 == 0o644


def test_links_are_followed_as_python_follows_them(project: Path, tmp_path: Path) -> None:
    write(tmp_path, "shared/common.py", "value = 3\n")
    write(project, "inner/module.py")
    (project / "common").symlink_to(tmp_path / "shared")
    (project / "again.py").symlink_to(project / "inner" / "module.py")
    assert built(project) == {"app.py", "common/common.py", "inner/module.py", "again.py"}
    before = FunctionBuild.of(project, TARGET, ()).key
    write(tmp_path, "shared/common.py", "value = 4\n")
    assert FunctionBuild.of(project, TARGET, ()).key != before


def test_a_link_to_what_is_left_out_is_left_out(project: Path, tmp_path: Path) -> None:
    write(project, ".env", "TOKEN=x\n")
    write(tmp_path, ".env.shared", "TOKEN=x\n")
    (project / "settings").symlink_to(project / ".env")
    (project / "more").symlink_to(tmp_path / ".env.shared")
    assert built(project) == {"app.py"}


def test_every_folder_on_the_way_of_a_link_counts(project: Path, tmp_path: Path) -> None:
    write(project, ".git/config", "password\n")
    write(project, "venv/lib/y/data.py")
    write(project, "mine/pyvenv.cfg")
    write(project, "mine/lib/z.py")
    write(tmp_path, ".aws/cli/cache/token.json")
    write(tmp_path, "away/pyvenv.cfg")
    write(tmp_path, "away/lib/w.py")
    write(tmp_path, "shared/fine.py")
    for name, goal in {
        "x": project / ".git" / "config",
        "y": project / "venv" / "lib" / "y",
        "z.py": project / "mine" / "lib" / "z.py",
        "t.json": tmp_path / ".aws" / "cli" / "cache" / "token.json",
        "cli": tmp_path / ".aws" / "cli",
        "w.py": tmp_path / "away" / "lib" / "w.py",
        "again": project / "x",
        "relative": Path(".git", "config"),
        "fine.py": tmp_path / "shared" / "fine.py",
    }.items():
        (project / name).symlink_to(goal)
    # Through what is left out, to what isn't.
    (project / ".git" / "back").symlink_to(tmp_path / "shared" / "fine.py")
    (project / "through.py").symlink_to(project / ".git" / "back")
    assert built(project) == {"app.py", "fine.py"}
    assert built(project, include=["cli", "x"]) == {"app.py", "fine.py", "cli/cache/token.json"}


def test_what_holds_the_project_says_nothing_of_what_a_link_leads_to(tmp_path: Path) -> None:
    project = tmp_path / ".work" / "tests" / "project"
    write(project, "app.py")
    write(project.parent, "docs/common.py")
    (project / "common").symlink_to(project.parent / "docs")
    assert built(project, "/docs") == {"app.py", "common/common.py"}


def test_links_that_lead_nowhere_or_round_are_errors(project: Path) -> None:
    link = project / "link"
    link.symlink_to(project / "missing")
    with pytest.raises(PackagingError, match=r"link is a link to .*missing, which doesn't exist"):
        built(project)
    link.unlink()
    link.symlink_to(project)
    with pytest.raises(PackagingError, match="a folder that holds the link"):
        built(project)
    assert built(project, "link") == {"app.py"}


def test_folders_that_cannot_be_an_asset(tmp_path: Path) -> None:
    with pytest.raises(PackagingError, match=r"project_dir .*missing is not a folder"):
        FunctionBuild.of(tmp_path / "missing", TARGET, ())
    with pytest.raises(PackagingError, match="holds no sources"):
        FunctionBuild.of(tmp_path, TARGET, ())
    (tmp_path / "round").symlink_to("round")
    with pytest.raises(PackagingError, match=r"project_dir .*round is not a folder"):
        FunctionBuild.of(tmp_path / "round", TARGET, ())
    (tmp_path / "round").unlink()
    (tmp_path / "folder.py").symlink_to("folder.py")
    with pytest.raises(PackagingError, match=r"folder\.py"):
        FunctionBuild.of(tmp_path, TARGET, ())


def test_a_name_that_is_not_utf_8_is_told(project: Path) -> None:
    name = os.fsdecode(b"a\xff.txt")
    try:
        write(project, name)
    except OSError:
        pytest.skip("this file system takes names in UTF-8 only")
    with pytest.raises(PackagingError, match=r"a\\udcff\.txt' isn't UTF-8: rename it, or leave"):
        built(project)
    assert built(project, "*.txt") == {"app.py"}


def test_what_a_module_lacks(project: Path) -> None:
    for name in ("tests/a.py", "inner/b.py", "inner/b/data.json", "c/__init__.py", "test_d.py"):
        write(project, name)
    tree = FunctionBuild.of(project, TARGET, ["c.py", "b/"]).tree
    for module, lacks in (
        ("tests/a", "tests"), ("inner/b", None), ("c", None), ("test_d", "test_d.py"), ("e", None),
    ):  # fmt: skip
        assert tree.lacks(f"{module}.py", f"{module}/__init__.py") == lacks
