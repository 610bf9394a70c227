"""What the README tells a newcomer to type gives what it says."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from coworks_runtime import TechMicroService, entry
from tests.project.documents import blocks, calls, curl, titled
from tests.project.serving import served

ROOT = Path(__file__).resolve().parent.parent.parent
README = ROOT / "README.md"
QUICKSTART = ROOT / "docs" / "quickstart.md"


def play(console: str, url: str) -> None:
    for command, output in calls(console):
        if command.startswith("curl"):
            answer = curl(command, url)
            assert answer.strip() == output.strip() or not output, command


def test_the_service_runs_and_answers_as_told(tmp_path: Path, shell: dict[str, str]) -> None:
    (tmp_path / "tech").mkdir()
    (tmp_path / "tech" / "counter.py").write_text(titled(README, "tech/counter.py"))
    with served(
        tmp_path, shell, sys.executable, "-m", "coworks_runtime.cws", "--app", "counter"
    ) as (url, lines):
        banner = next(block.text for block in blocks(README) if block.language == "text")
        assert lines[: banner.count("\n")] == banner.splitlines()
        console = [block.text for block in blocks(README) if block.language == "console"]
        assert len(console) == 1
        play(console[0], url)


def test_its_stack_synthesizes(tmp_path: Path, shell: dict[str, str]) -> None:
    (tmp_path / "tech").mkdir()
    (tmp_path / "tech" / "counter.py").write_text(titled(README, "tech/counter.py"))
    (tmp_path / "app.py").write_text(titled(README, "app.py"))
    done = subprocess.run(
        [sys.executable, "app.py"],
        cwd=tmp_path,
        env=shell
        | {
            "CDK_OUTDIR": str(tmp_path / "cdk.out"),
            "CDK_CONTEXT_JSON": json.dumps({"aws:cdk:bundling-stacks": []}),
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    template = json.loads((tmp_path / "cdk.out" / "CounterStack.template.json").read_text())
    methods = sorted(
        (resource["Properties"]["HttpMethod"], resource["Properties"]["AuthorizationType"])
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::ApiGateway::Method"
    )
    assert methods == [("GET", "NONE"), ("POST", "CUSTOM")]


@pytest.mark.parametrize("title", ["tech/counter.py", "app.py"])
def test_the_snippets_are_short(title: str) -> None:
    lines = [line for line in titled(README, title).splitlines() if line.strip()]
    assert len(lines) <= 16


def routes_of_the_table() -> list[tuple[str, str]]:
    rows = re.findall(r"^\| (`.*\(self.*`) \| `(\w+ \S+)` \|$", README.read_text(), re.M)
    return [(code, route) for cell, route in rows for code in re.findall(r"`([^`]+)`", cell)]


@pytest.mark.parametrize(("function", "route"), routes_of_the_table())
def test_the_naming_table_tells_what_is_so(function: str, route: str) -> None:
    scope = {"TechMicroService": TechMicroService, "entry": entry}
    code = f"class Named(TechMicroService):\n  @entry\n  def {function}: return ''\n"
    exec(code, scope)
    entries = scope["Named"](import_name=__name__).entry_map()
    assert [f"{one.method} {one.path}" for one in entries] == [route]


def test_the_naming_table_is_not_empty() -> None:
    assert len(routes_of_the_table()) >= 10


@pytest.mark.parametrize(
    "document", [README, *sorted((ROOT / "docs").rglob("*.md"))], ids=lambda page: page.name
)
def test_links_lead_somewhere(document: Path) -> None:
    text = re.sub(r"```.*?```", "", document.read_text(), flags=re.S)
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text):
        if not re.match(r"[a-z]+:", target):
            assert (document.parent / target).exists(), target


@pytest.mark.parametrize(
    ("service", "text"),
    [("first", "Stored value 0."), ("hello", "Hello world.")],
)
def test_the_quickstart_answers_as_told(
    service: str, text: str, tmp_path: Path, shell: dict[str, str]
) -> None:
    console = next(
        block.text
        for block in blocks(QUICKSTART)
        if block.language == "console" and text in block.text
    )
    (tmp_path / "tech").symlink_to(ROOT / "tech")
    with served(tmp_path, shell, sys.executable, "-m", "coworks_runtime.cws", "--app", service) as (
        url,
        lines,
    ):
        assert lines[:2] == [" * Stage: dev", f" * Serving Flask app '{service}'"]
        play(console, url)


def test_the_quickstart_runs_under_flask(tmp_path: Path, shell: dict[str, str]) -> None:
    (tmp_path / "tech").symlink_to(ROOT / "tech")
    with served(tmp_path, shell, sys.executable, "-m", "flask", "--app", "tech/hello") as (
        url,
        lines,
    ):
        assert " * Stage: dev" in lines
        assert curl("curl http://127.0.0.1:5000/", url) == "Hello world.\n"
