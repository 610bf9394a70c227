"""The stack of the layers sample: one service, which may list layers and nothing more."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cfn_lint import cfn_lint

SAMPLE = Path(__file__).parents[2] / "samples" / "layers"


@pytest.fixture(scope="module")
def template():
    pytest.importorskip("aws_cdk")
    from aws_cdk import App
    from aws_cdk.assertions import Template

    spec = importlib.util.spec_from_file_location("layers_sample_app", SAMPLE / "app.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    # No bundling: a template needs no dependencies installed.
    app = App(context={"aws:cdk:bundling-stacks": []})
    stack = module.LayersStack(app, "LayersStack", stage="v1")
    template = Template.from_stack(stack)
    assert cfn_lint(Path(app.synth().directory).glob("*.template.json")) == []
    return template


def test_the_function_may_list_layers_and_nothing_else_of_lambda(template):
    policies = template.find_resources("AWS::IAM::Policy").values()
    roles = template.find_resources("AWS::IAM::Role").values()
    statements = [
        statement
        for document in [
            *(policy["Properties"]["PolicyDocument"] for policy in policies),
            *(
                policy["PolicyDocument"]
                for role in roles
                for policy in role["Properties"].get("Policies", ())
            ),
        ]
        for statement in document["Statement"]
        if "lambda:" in json.dumps(statement["Action"])
    ]
    assert {statement["Action"]: statement["Resource"] for statement in statements} == {
        "lambda:ListLayers": "*",
        "lambda:ListLayerVersions": {
            "Fn::Join": [
                "",
                [
                    "arn:",
                    {"Ref": "AWS::Partition"},
                    ":lambda:",
                    {"Ref": "AWS::Region"},
                    ":",
                    {"Ref": "AWS::AccountId"},
                    ":layer:*",
                ],
            ]
        },
    }


def test_the_one_entry_is_public_and_the_stage_is_the_one_asked_for(template):
    template.has_resource_properties(
        "AWS::ApiGateway::Method", {"HttpMethod": "GET", "AuthorizationType": "NONE"}
    )
    template.resource_count_is("AWS::ApiGateway::Authorizer", 0)
    template.has_resource_properties("AWS::ApiGateway::Stage", {"StageName": "v1"})


def synthesize(folder: Path, **context: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "app.py"],
        cwd=SAMPLE,
        env={
            **os.environ,
            "CDK_OUTDIR": str(folder),
            "CDK_CONTEXT_JSON": json.dumps({"aws:cdk:bundling-stacks": [], **context}),
            "CDK_VALIDATION": "false",
            "PYTHONPATH": os.pathsep.join(sys.path),
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_app_reads_the_stage_and_the_architecture(tmp_path):
    result = synthesize(tmp_path, stage="prod", architecture="x86_64")
    assert result.returncode == 0, result.stderr
    template = json.loads((tmp_path / "LayersStack.template.json").read_text())
    found = {
        resource["Type"]: resource["Properties"] for resource in template["Resources"].values()
    }
    assert found["AWS::ApiGateway::Stage"]["StageName"] == "prod"
    assert found["AWS::Lambda::Function"]["Architectures"] == ["x86_64"]


def test_an_architecture_that_is_none_is_refused(tmp_path):
    result = synthesize(tmp_path, architecture="mips")
    assert result.returncode == 1
    assert "-c architecture: got 'mips'; allowed: arm64 or x86_64." in result.stderr
