"""new: a project that runs, tests and synthesizes as it is."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from coworks_runtime.cws.names import project_names
from tests.processes import unmeasured

ROOT = Path(__file__).parents[2]
CDK = ROOT / "node_modules" / ".bin" / "cdk"

FILES = [
    ".env",
    ".env.example",
    ".gitignore",
    ".python-version",
    "README.md",
    "app.py",
    "cdk.json",
    "package.json",
    "project.cws.yml",
    "pytest.ini",
    "requirements-dev.txt",
    "tech/made.py",
    "tests/conftest.py",
    "tests/test_made.py",
    "tests/test_stack.py",
]


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


@pytest.fixture
def new_project(project, monkeypatch):
    assert project("new", "made").exit_code == 0
    monkeypatch.chdir(project.folder / "made")
    return type(project)(project.folder / "made")


def token_of(folder: Path) -> str:
    (token,) = re.findall(r"^TOKEN=(\S{40,})$", (folder / ".env").read_text(), re.MULTILINE)
    return token


def run(folder: Path, *command: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        command,
        cwd=folder,
        env={**unmeasured(), "PYTHONPATH": str(ROOT), "CDK_VALIDATION": "false", **variables},
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
    assert f"New project in {project.folder / 'made'}: 15 files." in result.output
    assert "  cd made\n  cws --app made run" in result.output


def test_a_project_is_made_in_the_working_directory(tmp_path, project, monkeypatch):
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    result = project("new")
    assert result.exit_code == 0
    assert "  cd " not in result.output
    assert files(tmp_path / "empty") == sorted(name.replace("made", "empty") for name in FILES)


def test_nothing_is_replaced_unless_forced(project):
    before = (project.folder / "tech" / "hello.py").read_text()
    result = project("new", "--name", "hello")
    assert result.exit_code == 1
    assert "already there: tech/hello.py." in result.output
    assert files(project.folder) == ["tech/hello.py"]
    assert (project.folder / "tech" / "hello.py").read_text() == before
    assert project("new", "--name", "hello", "--force").exit_code == 0
    assert (project.folder / "tech" / "hello.py").read_text() != before


def test_a_folder_that_cannot_be_written_is_told(project):
    project.write("made", "a file")
    result = project("new", "made")
    assert result.exit_code == 1
    assert "the project can't be written to made:" in result.output


def test_it_runs(new_project):
    result = new_project("--app", "made", "routes")
    assert result.exit_code == 0, result.output
    assert "/greeting/<name>" in result.output
    assert json.loads((new_project.folder / "cdk.json").read_text())["app"] == "python app.py"


def test_it_tests_and_keeps_its_snapshot(new_project):
    first = pytest_of(new_project.folder)
    assert first.returncode == 0, first.stdout + first.stderr
    assert "5 passed" in first.stdout
    snapshot = new_project.folder / "tests" / "snapshots" / "MadeStack.json"
    assert "AWS::ApiGateway::RestApi" in snapshot.read_text()
    assert token_of(new_project.folder) not in snapshot.read_text()

    service = new_project.folder / "tech" / "made.py"
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
    template = json.loads((new_project.folder / "cdk.out" / "MadeStack.template.json").read_text())
    by_type: dict[str, list[dict]] = {}
    for resource in template["Resources"].values():
        by_type.setdefault(resource["Type"], []).append(resource["Properties"])
    assert [stage["StageName"] for stage in by_type["AWS::ApiGateway::Stage"]] == ["v1"]
    (function,) = by_type["AWS::Lambda::Function"]
    assert function["Architectures"] == ["x86_64"]
    assert function["Environment"]["Variables"] == {
        "CWS_STAGE": "v1",
        "TOKEN": token_of(new_project.folder),
    }
    running = f"python3.{max(11, min(14, sys.version_info.minor))}"
    assert function["Runtime"] == running
    assert f"python{(new_project.folder / '.python-version').read_text().strip()}" == running
    manifest = json.loads((new_project.folder / "cdk.out" / "manifest.json").read_text())
    assert manifest["artifacts"]["MadeStack"]["properties"]["stackName"] == "made-v1"


@pytest.mark.skipif(not CDK.exists(), reason="the CDK's command is not installed")
def test_what_the_synth_refuses_is_the_commands_failure(new_project):
    (new_project.folder / "node_modules").symlink_to(ROOT / "node_modules")
    result = new_project.process("synth", "-q", "-c", "architecture=mips")
    assert result.returncode == 1
    assert result.stderr.count("architecture: got 'mips'; allowed: ") == 1
    assert "Traceback" not in result.stderr
    assert "cdk synth failed with status 1." in result.stderr
    result = new_project.process("--stage", "a_b", "synth", "-q")
    assert result.returncode == 1
    assert "stage='a_b' must be of letters, digits and hyphens" in result.stderr


def test_two_projects_have_names_of_their_own(project):
    for name in ("shop", "billing"):
        assert project("new", name).exit_code == 0
        folder = project.folder / name
        assert f'stack_name=f"{name}-{{stage}}"' in (folder / "app.py").read_text()
        assert (folder / "README.md").read_text().startswith(f"# {name.capitalize()}\n")
        assert f'MicroService(name="{name}")' in (folder / "tech" / f"{name}.py").read_text()
        left = [path for path in folder.rglob("*") if path.is_file() and "@@" in path.read_text()]
        assert left == []
    assert token_of(project.folder / "shop") != token_of(project.folder / "billing")


@pytest.mark.parametrize(
    ("folder", "name", "module", "class_name"),
    [
        ("shop", "shop", "shop", "Shop"),
        ("My Shop!", "my-shop", "my_shop", "MyShop"),
        ("MyShop2", "my-shop2", "my_shop2", "MyShop2"),
        ("caf\u00e9_noir", "cafe-noir", "cafe_noir", "CafeNoir"),
        ("2fa", "service-2fa", "service_2fa", "Service2fa"),
        ("json", "json-service", "json_service", "JsonService"),
        ("app", "app-service", "app_service", "AppService"),
        ("class", "class-service", "class_service", "ClassService"),
        ("tests", "tests-service", "tests_service", "TestsService"),
    ],
)
def test_a_folders_name_gives_names_that_python_and_cloudformation_take(
    folder, name, module, class_name
):
    names = project_names(folder)
    assert (names.name, names.module, names.class_name) == (name, module, class_name)
    assert module.isidentifier()
    assert re.fullmatch("[A-Za-z][A-Za-z0-9-]*", name)


@pytest.mark.parametrize(("folder", "told"), [("\u65e5\u672c", "--name"), ("a" * 65, "at most 64")])
def test_a_folder_that_gives_no_name_is_told(project, folder, told):
    result = project("new", folder)
    assert result.exit_code == 1
    assert told in result.output
    assert files(project.folder) == ["tech/hello.py"]
    assert project("new", folder, "--name", "shop").exit_code == 0


def test_what_must_stay_secret_is_ignored_and_its_example_is_not(new_project):
    for command in (["init", "-q", "."], ["add", "-A"]):
        subprocess.run(["git", *command], cwd=new_project.folder, check=True)
    new_project("--stage", "prod", "token")
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"],
        cwd=new_project.folder,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()
    assert ".env.example" in listed
    assert not {".env", ".env.prod"} & set(listed)
    assert (new_project.folder / ".env").stat().st_mode & 0o077 == 0
    assert "TOKEN=\n" in (new_project.folder / ".env.example").read_text()


def test_the_package_is_asked_for_where_it_comes_from(new_project, monkeypatch):
    import importlib.metadata

    from coworks_runtime.cws.package_source import requirement

    class Installed:
        version = "1.2.3"

        def __init__(self, origin):
            self.origin = origin

        def read_text(self, _name):
            return self.origin

    for origin, expected in [
        ('{"url": "file:///a/b.whl", "archive_info": {}}', "coworks-cdk[all] @ file:///a/b.whl"),
        (None, "coworks-cdk[all]==1.2.3"),
    ]:
        monkeypatch.setattr(importlib.metadata, "distribution", lambda _, o=origin: Installed(o))
        assert requirement() == expected
    monkeypatch.undo()
    assert requirement() in (new_project.folder / "requirements-dev.txt").read_text()


def test_a_workflow_is_made_with_the_project_or_added_to_it(project, monkeypatch):
    assert project("new", "shop", "--ci", "github").exit_code == 0
    file = project.folder / "shop" / ".github" / "workflows" / "deploy.yml"
    workflow = yaml.safe_load(file.read_text())
    assert set(workflow["jobs"]) == {"gate", "diff", "deploy"}
    assert workflow["permissions"] == {"contents": "read"}
    for name in ("diff", "deploy"):
        job = workflow["jobs"][name]
        assert job["needs"] == "gate"
        assert job["permissions"]["id-token"] == "write"
        assert any("role-to-assume" in step.get("with", {}) for step in job["steps"])
    runs = {
        name: " ".join(step.get("run", "") for step in job["steps"])
        for name, job in workflow["jobs"].items()
    }
    assert "pytest" in runs["gate"]
    assert 'cws --stage "$STAGE" diff' in runs["diff"]
    assert 'cws --stage "$STAGE" deploy --yes' in runs["deploy"]

    file.unlink()
    monkeypatch.chdir(project.folder / "shop")
    (project.folder / "shop" / "app.py").write_text("# mine")
    result = project("new", "--ci", "github")
    assert result.output == "New: .github/workflows/deploy.yml\n"
    assert file.is_file()
    assert (project.folder / "shop" / "app.py").read_text() == "# mine"
    assert project("new", "--ci", "github").exit_code == 1
