"""The workflow of `cws new --ci github`, its commands run in their order as GitHub's runner does."""

import json
import os
import sys
from pathlib import Path

import pytest

from e2e.workflow import steps_of
from tests.moto_process import moto_process
from tests.processes import unmeasured

ROOT = Path(__file__).parents[2]
STACK = {
    "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
    "Outputs": {
        "ShopApiId": {"Value": "a"},
        "ShopUrl": {"Value": "https://a.execute-api.us-east-1.amazonaws.com/prod/"},
    },
}

# pip's own work is that of `make first-hour`: here the file that it is given must be one.
PIP = """
import sys
from packaging.requirements import Requirement

command, option, file = sys.argv[1:]
assert (command, option) == ("install", "-r")
lines = [line.strip() for line in open(file) if line.strip() and line[0] != "#"]
assert [Requirement(line).name for line in lines] == ["coworks-cdk", "pytest"]
"""
COMMANDS = {
    "pip": PIP,
    "pytest": "import sys, pytest\n"
    "sys.exit(pytest.main(['--collect-only', 'tests/test_shop.py', *sys.argv[1:]]))",
    "cws": "from coworks_runtime.cws import main; main()",
}


@pytest.fixture
def workflow(project, install_fake_cdk, tmp_path):
    """The workflow of a new project, and its commands beside it."""
    assert project("new", "shop", "--ci", "github").exit_code == 0
    folder = tmp_path / "shop"
    install_fake_cdk(folder / "node_modules" / ".bin")
    for name, code in COMMANDS.items():
        file = tmp_path / "bin" / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"#!{sys.executable}\n{code}")
        file.chmod(0o755)
    return folder / ".github" / "workflows" / "deploy.yml"


def test_each_step_runs(workflow, tmp_path):
    folder, summary = tmp_path / "shop", tmp_path / "summary"
    dropped = ("AWS_", "CWS_", "TOKEN", "FLASK_")
    environment = {
        **{name: value for name, value in unmeasured().items() if not name.startswith(dropped)},
        "PATH": os.pathsep.join([str(tmp_path / "bin"), os.environ["PATH"]]),
        "PYTHONPATH": str(ROOT),
        "GITHUB_STEP_SUMMARY": str(summary),
    }
    printed = {}
    with moto_process() as moto:
        cloudformation = moto.client("cloudformation")
        cloudformation.create_stack(StackName="shop-prod", TemplateBody=json.dumps(STACK))
        for step in steps_of(workflow, {"secrets.TOKEN": "planted"}):
            done = step.run(folder, environment | moto.environment)
            assert done.returncode == 0, f"{step.commands}\n{done.stdout}{done.stderr}"
            assert "planted" not in done.stdout + done.stderr
            printed[step.commands.strip()] = done.stdout
    assert "test_shop.py" in printed["pytest"]
    assert (folder / ".env.prod").read_text() == "TOKEN=planted\n"
    url = printed['cws --stage "$STAGE" url']
    assert url == "https://a.execute-api.us-east-1.amazonaws.com/prod/\n"
    # What the CDK's command prints is the pull request's to see.
    assert summary.read_text().splitlines()[:2] == ["```", "cdk: progress"]
    assert summary.read_text().endswith("```\n")
    called = [json.loads(line) for line in (folder / "cdk-calls.jsonl").read_text().splitlines()]
    assert [(call["arguments"][:3], call["environment"]["CWS_STAGE"]) for call in called] == [
        ([command, "-c", "stage=prod"], "prod") for command in ("synth", "diff", "deploy")
    ]
    assert "never" in called[2]["arguments"]


def test_a_wrong_command_fails(workflow, tmp_path):
    text = workflow.read_text()
    for wrong in ("cws synthesize", "pip install -r no.txt", "false; true"):
        workflow.write_text(text.replace("- run: pytest\n", f"- run: {wrong}\n"))
        (step,) = [s for s in steps_of(workflow, {"secrets.TOKEN": ""}) if s.commands == wrong]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        environment["PATH"] = f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"
        assert step.run(tmp_path / "shop", environment).returncode != 0


def test_a_value_that_nobody_gives_is_told(workflow):
    with pytest.raises(KeyError, match=r"secrets\.TOKEN"):
        list(steps_of(workflow, {}))
