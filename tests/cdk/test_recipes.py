"""The recipes of the documentation are synthesized, and declare what they say."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cfn_lint import cfn_lint
from tests.processes import unmeasured
from tests.project.documents import blocks

ROOT = Path(__file__).parents[2]
RECIPES = {
    block.title.removesuffix(".py"): block.text
    for page in ("recipes", "monitoring")
    for block in blocks(ROOT / "docs" / f"{page}.md")
    if block.language == "python" and block.title
}

PIPELINE = ("pipeline", "Recipe.template.json")

# One process for all of them, as a user's own would be; nothing is built.
RUN = """
import json, shutil, sys
from pathlib import Path
from aws_cdk import App, Stack
recipes, out = json.load(sys.stdin)
for name, code in recipes.items():
    scope = {"__name__": name}
    exec(compile(code, name, "exec"), scope)
    app = scope.get("app")
    if app is None:
        app = App()
        for made in list(scope.values()):
            if isinstance(made, type) and issubclass(made, Stack) and made.__module__ == name:
                made(app, "Recipe")
    assembly = Path(app.synth().directory)
    for file in assembly.rglob("*.template.json"):
        to = Path(out, name, file.name)
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, to)
"""


@pytest.fixture(scope="module")
def templates(tmp_path_factory, services):
    """The templates of each recipe, by its name."""
    folder = tmp_path_factory.mktemp("recipes")
    tech, out = folder / "tech", folder / "out"
    tech.mkdir()
    for name in ("shop", "first"):
        (tech / f"{name}.py").write_text((ROOT / "tech" / "first.py").read_text())
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", RUN],
        cwd=folder,
        env=unmeasured() | {"CDK_CONTEXT_JSON": json.dumps({"aws:cdk:bundling-stacks": []})},
        input=json.dumps([RECIPES, str(out)]),
        capture_output=True,
        text=True,
        check=False,
        timeout=500,
    )
    assert done.returncode == 0, done.stderr
    return {
        name: {file: json.loads(file.read_text()) for file in sorted((out / name).iterdir())}
        for name in RECIPES
    }


def found(templates, name, kind):
    """The properties of a recipe's resources of a type."""
    return [
        resource.get("Properties", {})
        for template in templates[name].values()
        for resource in template["Resources"].values()
        if resource["Type"] == f"AWS::{kind}"
    ]


def test_they_are_all_there():
    assert set(RECIPES) == {
        *("domain", "firewall", "keys", "users", "signed", "gatekeeper", "private", "alarms"),
        *("grants", "canary", "snapstart", "files", "failed", "insights", "nested", "pipeline"),
        *("regions", "boundary", "somewhere", "watched", "on_call"),
    }


def test_cfn_lint_has_nothing_to_say(templates):
    files = [file for recipe in templates.values() for file in recipe]
    # The pipeline's own template is the CDK's: it joins ARNs as cfn-lint wouldn't.
    assert cfn_lint(file for file in files if file.parts[-2:] != PIPELINE) == []


def test_two_services_on_one_domain(templates):
    mappings = found(templates, "domain", "ApiGateway::BasePathMapping")
    assert sorted(mapping["BasePath"] for mapping in mappings) == ["first", "shop"]
    (record,) = found(templates, "domain", "Route53::RecordSet")
    assert record["Name"] == "api.example.com."


def test_a_firewall_in_front_of_the_stage(templates):
    (association,) = found(templates, "firewall", "WAFv2::WebACLAssociation")
    assert "/stages/" in json.dumps(association["ResourceArn"])


def test_a_key_on_some_methods(templates):
    methods = found(templates, "keys", "ApiGateway::Method")
    assert {m["HttpMethod"]: m.get("ApiKeyRequired", False) for m in methods} == {
        "GET": False,
        "POST": True,
    }
    assert found(templates, "keys", "ApiGateway::UsagePlanKey")


@pytest.mark.parametrize(
    ("name", "kind"),
    [("users", "COGNITO_USER_POOLS"), ("signed", "AWS_IAM"), ("gatekeeper", "CUSTOM")],
)
def test_another_authorizer(templates, name, kind):
    methods = found(templates, name, "ApiGateway::Method")
    assert {method["AuthorizationType"] for method in methods} == {kind}
    variables = [
        function["Environment"]["Variables"].get("CWS_AUTHORIZER")
        for function in found(templates, name, "Lambda::Function")
        if "Environment" in function
    ]
    assert variables == [kind]


def test_a_private_api(templates):
    (api,) = found(templates, "private", "ApiGateway::RestApi")
    assert api["EndpointConfiguration"]["Types"] == ["PRIVATE"]
    assert len(api["Policy"]["Statement"]) == 2


def test_alarms(templates):
    assert len(found(templates, "alarms", "CloudWatch::Alarm")) == 2
    (refused,) = [
        alarm
        for alarm in found(templates, "alarms", "CloudWatch::Alarm")
        if alarm["MetricName"] == "4XXError"
    ]
    assert {"Name": "Method", "Value": "POST"} in refused["Dimensions"]


def test_what_the_page_on_alarms_shows(templates):
    alarms = found(templates, "on_call", "CloudWatch::Alarm")
    assert sorted(alarm["Threshold"] for alarm in alarms) == [0.01, 1, 3, 2000]


def test_alarms_that_take_a_version_back(templates):
    assert len(found(templates, "watched", "CloudWatch::Alarm")) == 2 * 4
    groups = found(templates, "watched", "CodeDeploy::DeploymentGroup")
    assert [len(group["AlarmConfiguration"]["Alarms"]) for group in groups] == [2, 2]
    (board,) = found(templates, "watched", "CloudWatch::Dashboard")
    assert str(board["DashboardBody"]).count("### GET /") == 2


def test_grants(templates):
    (policy,) = found(templates, "grants", "IAM::Policy")
    text = json.dumps(policy)
    assert all(f'"{name}:' in text for name in ("dynamodb", "s3", "sqs"))


def test_a_canary_and_provisioned_concurrency(templates):
    assert found(templates, "canary", "CodeDeploy::DeploymentGroup")
    (target,) = found(templates, "canary", "ApplicationAutoScaling::ScalableTarget")
    assert target["ScalableDimension"] == "lambda:function:ProvisionedConcurrency"
    assert "live" in json.dumps(target["ResourceId"]) or "Alias" in json.dumps(target["ResourceId"])


def test_snap_start(templates):
    (function,) = found(templates, "snapstart", "Lambda::Function")
    assert function["SnapStart"] == {"ApplyOn": "PublishedVersions"}
    assert found(templates, "snapstart", "Lambda::Alias")


def test_what_the_function_is_given_besides(templates):
    (files,) = [f for f in found(templates, "files", "Lambda::Function") if "VpcConfig" in f]
    assert files["FileSystemConfigs"][0]["LocalMountPath"] == "/mnt/files"
    (failed,) = found(templates, "failed", "Lambda::Function")
    assert failed["DeadLetterConfig"]
    (insights,) = found(templates, "insights", "Lambda::Function")
    assert len(insights["Layers"]) == 3
    assert insights["LoggingConfig"]["LogFormat"] == "JSON"


def test_stacks_of_every_kind(templates):
    assert len(templates["nested"]) == 3
    assert len(templates["regions"]) == 2
    stages = found(templates, "pipeline", "ApiGateway::Stage")
    assert sorted(stage["StageName"] for stage in stages) == ["dev", "prod"]
    (role,) = found(templates, "boundary", "IAM::Role")
    assert "team-boundary" in json.dumps(role["PermissionsBoundary"])
    assert found(templates, "somewhere", "Lambda::Function")
