"""run, routes, shell and the service's own commands, with a stage and a project folder."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator

import pytest


@contextlib.contextmanager
def serving(project, *arguments: str, **variables: str) -> Iterator[tuple[str, list[str]]]:
    """A process that serves, its address, and what it said before."""
    lines = []
    address = None
    with project.start(*arguments, **variables) as process:
        for line in process.stdout:
            lines.append(line.rstrip("\n"))
            if found := re.search(r"Running on (http://\S+)", line):
                address = found[1]
                break
        assert address, "\n".join(lines)
        yield address, lines
        os.killpg(process.pid, signal.SIGINT)
        rest, _ = process.communicate(timeout=60)
        lines += rest.splitlines()


def read(url: str) -> str:
    with urllib.request.urlopen(url, timeout=60) as answer:
        return answer.read().decode()


def test_run_tells_the_stage_once_then_what_flask_tells(project):
    with serving(project, "--app", "hello", "run", "--port", "0") as (address, lines):
        assert read(address) == "Hello world.\n"
    assert lines[:2] == [" * Stage: dev", " * Serving Flask app 'hello'"]
    assert sum("Stage" in line for line in lines) == 1


def test_run_with_the_reloader_tells_the_stage_once(project):
    arguments = ("--stage", "v1", "--app", "hello:app", "run", "--port", "0", "--reload")
    with serving(project, *arguments) as (address, lines):
        assert address
    assert lines[:2] == [" * Stage: v1", " * Serving Flask app 'hello:app'"]
    assert sum("Stage" in line for line in lines) == 1


def test_the_port_of_the_stages_dotenv_file_and_its_variables_count(project):
    project.write(".env", "NAME=everybody\nFLASK_RUN_PORT=1\n")
    project.write("tech/.env.v1", "NAME=Ann\nFLASK_RUN_PORT=0\n")
    with serving(project, "-s", "v1", "-a", "hello", "run") as (address, _):
        assert read(address) == "Hello Ann.\n"


def test_a_malformed_dotenv_file_is_told_with_its_line(project):
    project.write(".env", "NAME=everybody\nno assignment\n")
    result = project("--app", "hello", "routes")
    assert result.exit_code == 1
    assert ".env, line 2" in result.output


@pytest.mark.parametrize(
    "app", ["hello", "hello:app", "hello:other", "tech/hello", "tech/hello.py", "tech/hello:app"]
)
def test_routes_of_a_module_or_a_path(project, app):
    result = project("--app", app, "routes")
    assert result.exit_code == 0, result.output
    assert re.search(r"^get +GET +/ *$", result.output, re.MULTILINE)


def test_the_project_folder_wins_over_the_working_directory(project):
    project.write("hello.py", "raise SystemExit('the wrong module')")
    assert project.process("--app", "hello", "routes").returncode == 0


def test_the_project_folder_can_be_another(project):
    (project.folder / "tech").rename(project.folder / "services")
    assert project("-p", "services", "-A", "hello", "routes").exit_code == 0
    os.environ["CWS_PROJECT_DIR"] = "services"
    assert project("--app", "hello", "routes").exit_code == 0


def test_the_service_can_be_named_by_the_environment(project):
    os.environ["FLASK_APP"] = "hello"
    assert project("routes").exit_code == 0
    assert "greet" in project("--help").output


def test_the_services_own_commands_are_there(project):
    assert "greet" in project("--app", "hello", "--help").output
    result = project.process("--app", "hello", "greet")
    assert (result.returncode, result.stdout) == (0, "Hello from the service.\n")


def test_help_without_a_service_lists_the_commands_and_imports_nothing(project):
    project.write("app.py", "raise SystemExit('the CDK app is none of the services')")
    for arguments in [("--help",), ()]:
        output = project(*arguments).output
        for name in [
            "bootstrap",
            "deploy",
            "deployed",
            "destroy",
            "diff",
            "local",
            "new",
            "routes",
            "run",
            "shell",
            "synth",
            "token",
            "url",
        ]:
            assert re.search(rf"^  {name} ", output, re.MULTILINE), name
        assert "Error" not in output


def test_shell_has_the_service(project):
    result = subprocess.run(
        [sys.executable, "-m", "coworks_runtime.cws", "--app", "hello", "shell"],
        cwd=project.folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        input="print(app.name)\n",
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert "hello" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["routes"], "Name its module with --app or FLASK_APP"),
        (["--app", "helo", "routes"], "no module 'helo' in"),
        (["--app", "helo", "routes"], "it has: hello."),
        (["--project-dir", "empty", "--app", "hello", "routes"], "it has: none."),
        (["--project-dir", "nowhere", "--app", "hello", "routes"], "no project folder 'nowhere'"),
        (["--app", "hello:nope", "routes"], "nope"),
        (["--app", "hello", "nope"], "No such command 'nope'"),
        (["nope"], "No such command 'nope'"),
    ],
)
def test_a_service_that_is_not_found_is_told_with_what_there_is(project, arguments, told):
    (project.folder / "empty").mkdir()
    result = project(*arguments)
    assert result.exit_code == 2
    assert told in result.output


def test_the_versions_are_told(project):
    result = project("--version")
    assert result.exit_code == 0
    assert re.search(r"^CoWorks .+\nFlask 3\..+\nPython 3\.", result.output)


def test_the_commands_work_without_being_installed(project, monkeypatch):
    import importlib.metadata

    real = importlib.metadata.version

    def version(name: str) -> str:
        if name == "coworks-cdk":
            raise importlib.metadata.PackageNotFoundError
        return real(name)

    monkeypatch.setattr(importlib.metadata, "version", version)
    assert "CoWorks (not installed)" in project("--version").output


def test_the_command_never_imports_the_cdk_or_what_only_some_commands_need(project):
    code = (
        "import sys, coworks_runtime.cws as c; c.cws.main(['--app', 'hello', 'routes'],"
        " standalone_mode=False); print({'aws_cdk', 'coworks_cdk', 'boto3', 'yaml'}"
        " & set(sys.modules))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code],
        cwd=project.folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert result.stdout.endswith("set()\n")


APP = """
    from coworks_runtime import TechMicroService, entry


    class Shop(TechMicroService):
        @entry
        def get_stock(self):
            return "3"


    app = Shop()
"""


def test_without_a_name_the_project_folders_app_is_served(project):
    project.write("tech/app.py", APP)
    project.write(".env", "TOKEN=one-that-is-long\n")
    with serving(project, "run", "--port", "0") as (address, lines):
        assert address
    assert lines[:2] == [" * Stage: dev", " * Serving Flask app 'app'"]


@pytest.mark.parametrize(
    ("files", "served"),
    [
        ({".env": "FLASK_APP=hello"}, "hello"),
        ({".flaskenv": "FLASK_APP=hello"}, "hello"),
        ({"tech/.flaskenv": "FLASK_APP=hello:other"}, "hello:other"),
        ({".env": "FLASK_APP=hello", ".flaskenv": "FLASK_APP=nope"}, "hello"),
        ({".flaskenv": "FLASK_APP=nope", ".flaskenv.dev": "FLASK_APP=hello"}, "hello"),
        ({".flaskenv": "FLASK_RUN_PORT=0", ".env": "FLASK_APP=tech/hello"}, "hello"),
    ],
)
def test_the_dotenv_files_name_the_service(project, files, served):
    project.write("tech/app.py", "raise SystemExit('not this one')")
    for name, text in files.items():
        project.write(name, f"{text}\n")
    with serving(project, "run", "--port", "0") as (_, lines):
        pass
    assert lines[1] == f" * Serving Flask app '{served}'"


def test_a_command_that_needs_no_service_reads_none(project):
    project.write("tech/app.py", "raise SystemExit('not read')")
    project.write(".env", "no assignment\n")
    assert "no cdk.json" in project("synth").output


@pytest.mark.parametrize(
    ("env", "told"), [("", True), ("TOKEN=\n", True), ("TOKEN=one-that-is-long\n", False)]
)
def test_run_tells_where_nobody_could_call_the_protected_entries(project, env, told):
    project.write("tech/app.py", APP)
    project.write(".env", env)
    with serving(project, "run", "--port", "0") as (_, lines):
        pass
    assert any("cws token" in line for line in lines) is told


def test_run_tells_nothing_of_open_entries_or_of_a_rule_of_the_services_own(project):
    with serving(project, "--app", "hello", "run", "--port", "0") as (_, lines):
        pass
    assert not any("cws token" in line for line in lines)
    project.write(
        "tech/app.py",
        APP.replace(
            "@entry",
            "def token_authorizer(self, token):\n            return True\n\n        @entry",
        ),
    )
    with serving(project, "run", "--port", "0") as (_, lines):
        pass
    assert not any("cws token" in line for line in lines)
