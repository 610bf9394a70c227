"""The documentation's examples are programs that work, and its pages build."""

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.project.documents import Block, blocks, titled

ROOT = Path(__file__).resolve().parent.parent.parent
PAGES = sorted((ROOT / "docs").rglob("*.md"))
PYTHON = [
    block
    for page in PAGES
    for block in blocks(page)
    if block.language == "python" and "--8<--" not in block.text
]
# What others instrument with is called in tests/runtime/extension/test_others_instrumentation.py.
SERVICES = [
    block
    for block in PYTHON
    if re.search(r"^app = (?!App|cdk)", block.text, re.M) and not block.title.startswith("with_")
]
# Those of two pages have tests of their own: tests/cdk/test_recipes.py, test_events_page.py.
STACKS = [
    block
    for block in PYTHON
    if "aws_cdk" in block.text
    and not block.title.startswith("te")
    and block.file.name not in {"events.md", "recipes.md"}
]
TESTS = [block for block in PYTHON if re.fullmatch(r"(test_\w+|conftest)\.py", block.title)]

# Runs the stacks of the pages in one process: the CDK's Node process starts once. Where a page
# declares a class of a stack only, an instance of it is made.
RUN_STACKS = """
import json, sys
from aws_cdk import App, Stack
for name, code in json.load(sys.stdin):
    scope = {"__name__": "page"}
    exec(compile(code, name, "exec"), scope)
    made = [c for c in scope.values() if isinstance(c, type) and issubclass(c, Stack)]
    for stack in made:
        if stack is not Stack and "app" not in scope:
            app = App()
            stack(app, "Page")
            app.synth()
    print(name)
"""


def write_services(folder: Path) -> None:
    """The services that the pages' stacks and tests name."""
    tech = folder / "tech"
    tech.mkdir()
    for name in ("hello", "first"):
        (tech / f"{name}.py").write_text((ROOT / "tech" / f"{name}.py").read_text())
    (tech / "reports.py").write_text(titled(ROOT / "docs" / "background.md", "tech/reports.py"))
    (tech / "shop.py").write_text((ROOT / "tech" / "first.py").read_text())


def test_the_kinds_of_examples_are_found() -> None:
    assert len(SERVICES) >= 8
    assert len(STACKS) >= 6
    assert len(TESTS) >= 4


@pytest.mark.parametrize("block", PYTHON, ids=str)
def test_an_example_is_python(block: Block) -> None:
    ast.parse(block.text)


@pytest.mark.parametrize("block", SERVICES, ids=str)
def test_an_example_service_starts(block: Block, tmp_path: Path, shell: dict[str, str]) -> None:
    (tmp_path / "example.py").write_text(block.text)
    (tmp_path / "static").mkdir()  # what a page with assets is told to have
    command = [sys.executable, "-m", "coworks_runtime.entry_map", "example:app"]
    done = subprocess.run(
        [*command, "--project-dir", str(tmp_path)],
        cwd=tmp_path,
        env=shell,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)


def test_the_example_stacks_synthesize(tmp_path: Path, shell: dict[str, str]) -> None:
    write_services(tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", RUN_STACKS],
        cwd=tmp_path,
        env=shell
        | {
            "CDK_CONTEXT_JSON": json.dumps({"aws:cdk:bundling-stacks": []}),
            "CDK_OUTDIR": str(tmp_path / "cdk.out"),
        },
        input=json.dumps([(str(block), block.text) for block in STACKS]),
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == len(STACKS)


def test_the_example_tests_pass(tmp_path: Path, shell: dict[str, str]) -> None:
    write_services(tmp_path)
    for block in TESTS:
        (tmp_path / block.title).write_text(block.text)
    (tmp_path / "pytest.ini").write_text("[pytest]\npythonpath = tech\n")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, "--snapshot-update"],
        cwd=tmp_path,
        env=shell,
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^\d+ passed", done.stdout, re.M)


def test_the_decisions_are_all_listed() -> None:
    listed = (ROOT / "docs" / "decisions" / "index.md").read_text()
    navigation = (ROOT / "mkdocs.yml").read_text()
    for record in (ROOT / "docs" / "decisions").glob("0*.md"):
        assert record.name in listed
        assert record.name in navigation
        for part in ("Status:", "## Context", "## Considered", "## Decision", "## Consequences"):
            assert part in record.read_text(), record.name


def test_a_page_asks_no_other_host_for_anything() -> None:
    configuration = (ROOT / "mkdocs.yml").read_text()
    assert "font: false" in configuration
    picture = (ROOT / "docs" / "assets" / "deployed.svg").read_text()
    assert set(re.findall(r'"(https?://[^"]+)"', picture)) == {"http://www.w3.org/2000/svg"}


def test_the_documented_props_are_the_constructs() -> None:
    """Read from the source, as importing the construct would start the CDK's Node process."""
    source = ast.parse((ROOT / "coworks_cdk" / "microservice.py").read_text())
    construct = next(
        node
        for node in source.body
        if isinstance(node, ast.ClassDef) and node.name == "CoworksMicroService"
    )
    constructor = next(
        node
        for node in construct.body
        if isinstance(node, ast.FunctionDef) and node.name == "__init__"
    )
    page = (ROOT / "docs" / "construct.md").read_text()
    table = page.partition("## Props")[2].partition("## Attributes")[0]
    cells = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    documented = {name for cell in cells for name in re.findall(r"`(\w+)`", cell)}
    assert documented == {argument.arg for argument in constructor.args.kwonlyargs}
