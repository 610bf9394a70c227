"""The project's files are in order: what is committed, what is locked, what is told."""

import json
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def committed() -> list[Path]:
    """The files that git has, but for those that were removed and not yet committed."""
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.splitlines()
    return [ROOT / name for name in listed if (ROOT / name).is_file()]


def test_the_top_has_nothing_unknown() -> None:
    known = {
        *(".ci", ".github", ".gitignore", ".gitattributes", "CHANGELOG.md", "CONTRIBUTING.md"),
        *("LICENSE", "Makefile", "README.md", "app.py", "benchmarks", "cdk.json", "coworks_cdk"),
        *("coworks_runtime", "docs", "e2e", "mkdocs.yml", "package-lock.json", "package.json"),
        *("pyproject.toml", "requirements-dev.txt", "requirements.txt", "samples", "scripts"),
        *("tech", "tests"),
    }
    assert {file.relative_to(ROOT).parts[0] for file in committed()} - known == set()


def test_no_file_is_large_or_made() -> None:
    for file in committed():
        assert file.stat().st_size < 1_000_000, file
        assert file.suffix not in {".pyc", ".log", ".orig", ".rej"}, file
        assert not {"__pycache__", "cdk.out", "node_modules"} & set(file.parts), file


def test_no_file_names_a_machine_or_a_registry() -> None:
    home = r"/(?:root|home/\w+|Users/\w+)/"
    hosts = r"(?:pypi|pythonhosted|npmjs)\.(?:org|com)"
    here = Path(__file__)
    for file in committed():
        if file != here and file.suffix not in {".png", ".ico", ".zip", ".whl"}:
            found = re.search(f"{home}|{hosts}", file.read_text(encoding="utf-8"))
            assert found is None, (file, found)


def test_secrets_stay_out() -> None:
    assert not [
        file for file in committed() if file.name == ".env" or file.name.startswith(".env.")
    ]


@pytest.mark.parametrize("lock", ["requirements.txt", "requirements-dev.txt"])
def test_a_lock_pins_everything_with_hashes(lock: str) -> None:
    text = (ROOT / lock).read_text()
    logical = re.sub(r"\\\n", " ", re.sub(r"^\s*#.*\n", "", text, flags=re.M))
    for line in filter(None, logical.splitlines()):
        assert re.match(r"[\w.-]+(\[[\w,]+\])?==\S+ .*--hash=sha256:", line), line[:80]


def locked(lock: str) -> set[str]:
    return {name.lower() for name in re.findall(r"^([\w.-]+)==", (ROOT / lock).read_text(), re.M)}


def named(requirements: list[object]) -> set[str]:
    names = {
        re.match(r"[\w.-]+", line)[0].lower() for line in requirements if isinstance(line, str)
    }
    return names - {"coworks-cdk"}


def test_the_locks_have_what_is_declared() -> None:
    project = PROJECT["project"]
    assert named(project["dependencies"]) <= locked("requirements.txt")
    declared = set().union(*map(named, project["optional-dependencies"].values()))
    declared |= set().union(*map(named, PROJECT["dependency-groups"].values()))
    assert declared <= locked("requirements-dev.txt")


def test_the_two_locks_agree() -> None:
    def versions(lock: str) -> dict[str, str]:
        return dict(re.findall(r"^([\w.-]+)==([^\s;\\]+)", (ROOT / lock).read_text(), re.M))

    development = versions("requirements-dev.txt")
    for name, version in versions("requirements.txt").items():
        assert development[name] == version


def test_the_cdk_command_is_pinned() -> None:
    version = json.loads((ROOT / "package.json").read_text())["devDependencies"]["aws-cdk"]
    assert re.fullmatch(r"2\.\d+\.\d+", version)
    lock = json.loads((ROOT / "package-lock.json").read_text())
    assert lock["packages"]["node_modules/aws-cdk"]["version"] == version
    assert "integrity" in lock["packages"]["node_modules/aws-cdk"]
    assert f'"aws-cdk": "{version}"' in (ROOT / "README.md").read_text()


def test_every_ignored_rule_has_its_reason() -> None:
    section = re.search(r"\nignore = \[\n(.*?)\n\]", (ROOT / "pyproject.toml").read_text(), re.S)
    assert section
    for line in section[1].splitlines():
        assert re.fullmatch(r'    "\w+", +# .+', line), line


def test_ci_runs_the_gate_with_a_browser_and_nothing_else() -> None:
    lines = (ROOT / ".ci" / "run").read_text().splitlines()
    assert lines[0] == "#!/usr/bin/env bash"
    assert lines[1] == "set -e"
    assert "chromium" in lines[3]
    assert lines[-1] == "make test"
    assert len(lines) == 5


def test_help_lists_every_target() -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^\.PHONY: (\w+)$", makefile, re.M))
    told = subprocess.run(
        ["make", "--no-print-directory", "help"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    assert targets == set(re.findall(r"^  ([a-z0-9]+) ", told, re.M))
    assert {"demo", "test", "run", "synth", "bench", "e2e", "clean", "help", "docs"} <= targets


def test_the_changelog_keeps_its_form() -> None:
    text = (ROOT / "CHANGELOG.md").read_text()
    assert "## [Unreleased]" in text
    allowed = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
    assert set(re.findall(r"^### (.+)$", text, re.M)) <= allowed
