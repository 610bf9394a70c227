"""The sample stack, as ``cdk synth`` makes it from the project's folder."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import aws_cdk as cdk
import cdk_nag
import pytest
from aws_cdk import assertions

ROOT = Path(__file__).parents[2]
LAYER = "arn:aws:lambda:eu-west-1:123456789012:layer:fonts:1"


@pytest.fixture(scope="module")
def sample():
    """The module ``app.py`` of the project's folder."""
    spec = importlib.util.spec_from_file_location("sample_app", ROOT / "app.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def assembly(sample, tmp_path_factory):
    """The folder of the synthesized app, which cdk-nag's packs check."""
    out = tmp_path_factory.mktemp("nag")
    before = Path.cwd()
    os.chdir(ROOT)
    try:
        app = cdk.App(outdir=str(out))
        cdk.Validations.of(app).add_plugins(
            cdk_nag.AwsSolutionsChecks(app), cdk_nag.ServerlessChecks(app)
        )
        sample.QuickstartStack(app, "QuickstartStack")
    finally:
        os.chdir(before)
    app.synth()
    return out


@pytest.fixture(scope="module")
def template(assembly):
    return assertions.Template.from_json(
        json.loads((assembly / "QuickstartStack.template.json").read_text())
    )


def test_nag_finds_what_is_acknowledged_and_nothing_else(assembly, sample):
    reports = json.loads((assembly / "validation-report.json").read_text())["pluginReports"]
    packs = {report["pluginName"]: report for report in reports}
    assert {"AwsSolutions", "Serverless"} <= set(packs)
    assert [report["violations"] for report in packs.values()] == [[]] * len(packs)
    found = {
        f"{name}::{violation['ruleName']}"
        for name, report in packs.items()
        for violation in report.get("suppressedViolations", [])
    }
    assert found == set(sample.ACKNOWLEDGED)


def test_the_three_services(template):
    names = {
        api["Properties"]["Name"]
        for api in template.find_resources("AWS::ApiGateway::RestApi").values()
    }
    assert {"sample-first-microservice", "sample-complete-microservice"} < names
    assert len(names) == 3
    outputs = template.to_json()["Outputs"]
    assert set(outputs) == {
        service + output
        for service in ("Hello", "First", "Complete")
        for output in ("ApiId", "Url")
    }


def test_one_layer_is_shared_and_complete_has_its_own(template):
    layers = {
        function["Properties"]["Handler"]: [
            layer["Ref"] for layer in function["Properties"]["Layers"]
        ]
        for function in template.find_resources("AWS::Lambda::Function").values()
    }
    assert layers["hello.app"] == layers["first.app"] == layers["complete.app"][:1]
    assert len(layers["complete.app"]) == 2
    template.resource_count_is("AWS::Lambda::LayerVersion", 2)


def test_hello_is_public_and_the_others_are_not(template):
    template.resource_count_is("AWS::ApiGateway::Authorizer", 2)
    template.resource_count_is("AWS::Lambda::Permission", 5)


def test_every_acknowledgment_has_a_reason(sample):
    assert all(reason.endswith(".") for reason in sample.ACKNOWLEDGED.values())


@pytest.fixture(scope="module")
def output(tmp_path_factory):
    """What the program itself writes, with the CDK's built-in validator on."""
    out = tmp_path_factory.mktemp("quickstart")
    context = {"stage": "v1", "architecture": "x86_64", "layers": LAYER}
    run_app(out, **context, check=True, CDK_VALIDATION="true")
    return json.loads((out / "QuickstartStack.template.json").read_text())


def run_app(out, *, check=False, CDK_VALIDATION="false", **context):
    environment = {
        **os.environ,
        "CDK_VALIDATION": CDK_VALIDATION,
        "CDK_OUTDIR": str(out),
        "CDK_CONTEXT_JSON": json.dumps(context),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    command = [sys.executable, "app.py"]
    return subprocess.run(
        command, cwd=ROOT, env=environment, check=check, capture_output=True, text=True
    )


def test_context_reaches_every_service(output):
    functions = [r for r in output["Resources"].values() if r["Type"] == "AWS::Lambda::Function"]
    assert len(functions) == 3
    for function in functions:
        assert function["Properties"]["Architectures"] == ["x86_64"]
        assert function["Properties"]["Layers"][-1] == LAYER
        assert function["Properties"]["Environment"]["Variables"]["CWS_STAGE"] == "v1"


def test_context_that_is_not_allowed(tmp_path):
    refused = run_app(tmp_path, stage="a b", architecture="mips")
    assert refused.returncode == 1
    assert refused.stderr.splitlines()[-2:] == [
        "-c stage: got 'a b'; allowed: letters, digits, '_' and '-', at most 128 characters.",
        "-c architecture: got 'mips'; allowed: arm64 or x86_64.",
    ]
