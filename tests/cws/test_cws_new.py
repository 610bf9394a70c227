"""new: a project that runs, tests and synthesizes as it is."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CDK = ROOT / "node_modules" / ".bin" / "cdk"

FILES = [
    ".env",
    ".gitignore",
    "README.md",
    "app.py",
    "cdk.json",
    "package.json",
    "project.cws.yml",
    "pytest.ini",
    "requirements-dev.txt",
    "tech/hello.py",
    "tests/conftest.py",
    "tests/test_hello.py",
    "tests/test_stack.py",
]


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


@pytest.fixture
def new_project(project, monkeypatch):
    assert project("new", "made").exit_code == 0
    monkeypatch.chdir(project.folder / "made")
    return type(project)(project.folder / "made")


def run(folder: Path, *command: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "CDK_VALIDATION": "false", **variables},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def pytest_of(folder: Path, **variables: str) -> "subprocess.CompletedProcess[str]":
    command = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error")
    return run(folder, *command, **variables)


def test_a_project_is_made_and_what_comes_next_is_told(project):
    result = project("new", "made")
    assert result.exit_code == 0
    assert files(project.folder / "made") == sorted(FILES)
    assert f"New project in {project.folder / 'made'}: 13 files." in result.output
    assert "  cd made\n  cws --app hello run" in result.output


def test_a_project_is_made_in_the_working_directory(tmp_path, project, monkeypatch):
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    result = project("new")
    assert result.exit_code == 0
    assert "  cd " not in result.output
    assert files(tmp_path / "empty") == sorted(FILES)


def test_nothing_is_replaced_unless_forced(project):
    before = (project.folder / "tech" / "hello.py").read_text()
    result = project("new")
    assert result.exit_code == 1
    assert "already there: tech/hello.py." in result.output
    assert files(project.folder) == ["tech/hello.py"]
    assert (project.folder / "tech" / "hello.py").read_text() == before
    assert project("new", "--force").exit_code == 0
    assert (project.folder / "tech" / "hello.py").read_text() != before


def test_a_folder_that_cannot_be_written_is_told(project):
    project.write("made", "a file")
    result = project("new", "made")
    assert result.exit_code == 1
    assert "the project can't be written to made:" in result.output


def test_it_runs(new_project):
    result = new_project("--app", "hello", "routes")
    assert result.exit_code == 0, result.output
    assert "/greeting/<name>" in result.output
    assert json.loads((new_project.folder / "cdk.json").read_text())["app"] == "python app.py"


def test_it_tests_and_keeps_its_snapshot(new_project):
    first = pytest_of(new_project.folder)
    assert first.returncode == 0, first.stdout + first.stderr
    assert "5 passed" in first.stdout
    snapshot = new_project.folder / "tests" / "snapshots" / "HelloStack.json"
    assert "AWS::ApiGateway::RestApi" in snapshot.read_text()
    assert "mytoken" not in snapshot.read_text()

    service = new_project.folder / "tech" / "hello.py"
    service.write_text(service.read_text().replace("get_greeting", "get_welcome"))
    changed = pytest_of(new_project.folder)
    assert changed.returncode == 1
    assert "test_the_template_is_the_snapshot" in changed.stdout

    pytest_of(new_project.folder, UPDATE_SNAPSHOTS="1")
    assert "welcome" in snapshot.read_text()


@pytest.mark.skipif(not CDK.exists(), reason="the CDK's command is not installed")
def test_it_synthesizes_with_the_cdks_own_command(new_project):
    (new_project.folder / "node_modules").symlink_to(ROOT / "node_modules")
    result = new_project.process(
        "--stage", "v1", "synth", "--quiet", "--architecture", "x86_64", CDK_VALIDATION="false"
    )
    assert result.returncode == 0, result.stdout + result.stderr
    template = json.loads((new_project.folder / "cdk.out" / "HelloStack.template.json").read_text())
    by_type: dict[str, list[dict]] = {}
    for resource in template["Resources"].values():
        by_type.setdefault(resource["Type"], []).append(resource["Properties"])
    assert [stage["StageName"] for stage in by_type["AWS::ApiGateway::Stage"]] == ["v1"]
    (function,) = by_type["AWS::Lambda::Function"]
    assert function["Architectures"] == ["x86_64"]
    assert function["Environment"]["Variables"] == {"CWS_STAGE": "v1", "TOKEN": "mytoken"}
    manifest = json.loads((new_project.folder / "cdk.out" / "manifest.json").read_text())
    assert manifest["artifacts"]["HelloStack"]["properties"]["stackName"] == "hello-v1"


@pytest.mark.skipif(not CDK.exists(), reason="the CDK's command is not installed")
def test_what_the_synth_refuses_is_the_commands_failure(new_project):
    (new_project.folder / "node_modules").symlink_to(ROOT / "node_modules")
    result = new_project.process("synth", "-q", "-c", "architecture=mips")
    assert result.returncode == 1
    assert "architecture='mips' must be one of arm64, x86_64" in result.stderr
    assert "cdk synth failed with status 1." in result.stderr
