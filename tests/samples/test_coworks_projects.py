"""Projects of CoWorks: moved over by one command, then served here and as they would be deployed."""

import json
import os
import re
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.processes import run
from tests.project.serving import served
from tests.samples.coworks_projects import PROJECTS

COMMAND = (sys.executable, "-m", "coworks_runtime.cws")
KEY = {"Authorization": "token", "USER-KEY": "mine"}

#: What is called, by project and service: path, headers, body, and the answer.
CALLS = {
    "fresh": {
        "App": [
            ("", KEY, None, (200, "project ready!\n")),
            ("", {"Authorization": "token"}, None, (403, "unknown user\n")),
            ("", {"Authorization": "no"}, None, (403, '{"message":"Forbidden"}')),
        ]
    },
    "several": {
        "First": [
            ("", KEY, b'{"value": 20}', (200, "Value stored (20).\n")),
            ("", KEY, None, (200, "Stored value 20.\n")),
        ],
        "Hello": [("", {}, None, (200, "Hello world.\n"))],
    },
    "website": {
        "Website": [
            ("", {}, None, (200, "<h1>Home</h1>")),
            ("logo", {}, None, (200, "\ufffdPNG")),
        ]
    },
    "left": {
        "App": [
            ("?full=true", {}, None, (200, '{"full": true}')),
            ("part", {"X-Key": "key"}, None, (200, "coworks_runtime.entry")),
            ("part", {"X-Key": "no"}, None, (403, '{"message":"Forbidden"}')),
        ]
    },
}


@pytest.fixture
def environment() -> dict[str, str]:
    dropped = ("CWS_", "FLASK_", "TOKEN", "CDK_", "PYTEST")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
    root = str(Path(__file__).parents[2])
    return {**kept, "PYTHONPATH": root, "PYTHONUNBUFFERED": "1", "CDK_VALIDATION": "false"}


def write(folder: Path, name: str) -> Path:
    project = folder / name
    for path, text in PROJECTS[name].items():
        file = project / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return project


#: Functions that the options of `deploy` put into a network.
NETWORKS = {
    "website": [
        {
            "SubnetIds": ["subnet-0a1b2c3d", "subnet-4e5f6a7b"],
            "SecurityGroupIds": ["sg-0a1b2c3d"],
        }
    ]
}

#: What stands before the command, where a project's file has another name.
OPTIONS = {"left": ("-c", "../config/layers", "--config-file-suffix", ".cws.yaml")}


def migrate(project: Path, environment: dict[str, str], *options: str) -> str:
    command = [*COMMAND, *OPTIONS.get(project.name, ()), "migrate", *options]
    done = run(command, project, environment)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def ask(url: str, headers: dict[str, str], body: bytes | None) -> tuple[int, str]:
    headers = headers | ({"Content-Type": "application/json"} if body else {})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        answer = opener.open(urllib.request.Request(url, body, headers), timeout=60)
    except urllib.error.HTTPError as error:
        answer = error
    with answer:
        return answer.status, answer.read().decode(errors="replace")


def synthesize(project: Path, assembly: Path, environment: dict[str, str]) -> None:
    synthesis = {**environment, "CDK_OUTDIR": str(assembly)}
    done = run([sys.executable, "app.py"], project, synthesis)
    assert done.returncode == 0, done.stderr


@contextmanager
def deployed(project: Path, environment: dict[str, str]) -> Iterator[dict[str, str]]:
    """The project's stack, synthesized and served as API Gateway and Lambda would."""
    assembly = project / "cdk.out"
    synthesize(project, assembly, environment)
    process = subprocess.Popen(
        [sys.executable, "-m", "coworks_cdk.local", str(assembly), "--port", "0"],
        cwd=project,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    guard = threading.Timer(240, process.kill)
    guard.start()
    try:
        urls: dict[str, str] = {}
        for line in process.stdout or ():
            if found := re.match(r"(\w+)\s+(http://\S+)", line):
                urls[found[1]] = found[2]
            if line.startswith("Press"):
                break
        yield urls
    finally:
        guard.cancel()
        process.terminate()
        process.communicate(timeout=60)


def networks(project: Path) -> list[object]:
    """The network of each function of a project's stack."""
    (file,) = (project / "cdk.out").glob("*.template.json")
    return [
        resource["Properties"].get("VpcConfig")
        for resource in json.loads(file.read_text())["Resources"].values()
        if resource["Type"] == "AWS::Lambda::Function"
    ]


@pytest.mark.parametrize("name", CALLS)
def test_a_migrated_project_answers_here_and_deployed(name, tmp_path, environment) -> None:
    project = write(tmp_path, name)
    migrate(project, environment, "--write")
    modules = {"App": "app", "First": "first", "Hello": "hello", "Website": "website"}
    for service, calls in CALLS[name].items():
        command = [*COMMAND, *OPTIONS.get(name, ()), "--app", modules[service]]
        with served(project, environment, *command) as (url, _):
            for path, headers, body, expected in calls:
                assert ask(f"{url}/{path}", headers, body) == expected
    with deployed(project, environment) as urls:
        assert networks(project) == NETWORKS.get(name, [None] * len(CALLS[name]))
        assert set(urls) == set(CALLS[name])
        for service, calls in CALLS[name].items():
            for path, headers, body, expected in calls:
                assert ask(urls[service] + path, headers, body) == expected


@pytest.mark.parametrize("name", PROJECTS)
def test_what_is_shown_is_what_is_written_and_once(name, tmp_path, environment) -> None:
    project = write(tmp_path, name)
    before = {path: path.read_text() for path in project.rglob("*") if path.is_file()}
    shown = migrate(project, environment)
    assert {path: path.read_text() for path in project.rglob("*") if path.is_file()} == before
    written = migrate(project, environment, "--write")
    for line in re.findall(r"^(?:new|changed): (.+)$", written, re.MULTILINE):
        assert f"+++ b/{line}" in shown
    again = run([*COMMAND, *OPTIONS.get(name, ()), "migrate"], project, environment)
    assert "+++" not in again.stdout


def test_the_project_file_keeps_its_comments_and_the_stack_takes_the_options(
    tmp_path, environment
) -> None:
    project = write(tmp_path, "several")
    migrate(project, environment, "--write")
    assert (project / "project.cws.yml").read_text() == (
        "version: 3\n# The commands of this project.\ncommands:\n  run:\n    host: localhost\n"
        "  deploy:\n    profile_name: me\n"
    )
    stack = (project / "app.py").read_text()
    assert '{"memory_size": 256, "timeout": Duration.seconds(20), "exclude": ["assets"]}' in stack
    assert '{"prod": {"memory_size": 1024}}' in stack
    assert (project / "tech" / "requirements.txt").read_text() == ""
    assert json.loads((project / "cdk.json").read_text())["app"] == "python app.py"
    assert (
        "class Hello(coworks_runtime.TechMicroService)"
        in (project / "tech" / "hello.py").read_text()
    )


def test_what_has_no_counterpart_is_listed_with_its_file_and_line(tmp_path, environment) -> None:
    told = migrate(write(tmp_path, "left"), environment)
    for text in (
        "config/layers.cws.yaml:2: bucket is left out: ",
        "tech/app.py:15: Layers.init_app is never called: ",
        "tech/app.py:23: text is answered as text/plain: ",
        "tech/app.py:27: a name begins with 'coworks.' and ends as the program runs",
        "tools/report.py:1: coworks.biz.operators has no counterpart: ",
        "terraform: made what is deployed now",
    ):
        assert f"  {text}" in told
    assert "stage_prefixed" not in told.partition("Left to you:")[2]
    told = migrate(write(tmp_path, "website"), environment).partition("Left to you:")[2]
    assert "Pipfile.lock: holds coworks: make it anew with pipenv lock" in told
    assert re.search(r"app\.py:\d+: name the VPC of these subnets", told)


def test_what_is_not_named_by_the_command_is_changed_and_told(tmp_path, environment) -> None:
    project = write(tmp_path, "several")
    text = "commands:\n  deploy:\n    memory_size: 512\n"
    (project / "staging.cws.yml").write_text(text)
    told = migrate(project, environment, "--write")
    assert "staging.cws.yml: its options of deploy are in no app.py" in told
    assert (project / "staging.cws.yml").read_text() == "version: 3\n"
    assert "512" not in (project / "app.py").read_text()


def test_a_folder_without_coworks_is_told(tmp_path, environment) -> None:
    (tmp_path / "tech").mkdir()
    for folder, expected in [(".", "is of CoWorks"), ("tech", "no folder 'tech'")]:
        command = [sys.executable, "-m", "coworks_runtime.cws", "migrate", folder]
        done = run(command, tmp_path, environment)
        assert done.returncode == 1
        assert expected in done.stderr
