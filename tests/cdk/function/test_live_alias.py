"""A version of the function behind the alias ``live``, and what follows from it."""

import json

import pytest
from aws_cdk import App, Stack, assertions
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_codedeploy as codedeploy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_

from coworks_cdk import CoworksMicroService
from tests.cfn_lint import cfn_lint

CANARY = codedeploy.LambdaDeploymentConfig.CANARY_10_PERCENT_5_MINUTES


@pytest.fixture
def declare(services, layer_arn):
    def declare(stack, **props):
        known = {"app": "everything", "project_dir": services, "coworks_layer": layer_arn}
        known["runtime"] = lambda_.Runtime.PYTHON_3_13
        return CoworksMicroService(stack, "Service", **(known | props))

    return declare


def template(stack):
    return assertions.Template.from_stack(stack)


def only(found):
    ((name, resource),) = found.items()
    return name, resource["Properties"]


def version(declare, change=lambda _: None, **props):
    """The logical id of the version of a service."""
    stack = Stack(App(), "Stack")
    change(declare(stack, version=True, **props))
    name, _ = only(template(stack).find_resources("AWS::Lambda::Version"))
    return name


def test_methods_authorizer_and_permissions_point_at_the_alias(declare):
    stack = Stack(App(), "Stack")
    service = declare(stack, version=True)
    service.grant_invoke(iam.AccountPrincipal("123456789012"))
    found = template(stack)
    alias, properties = only(found.find_resources("AWS::Lambda::Alias"))
    function, _ = only(found.find_resources("AWS::Lambda::Function"))
    assert properties["Name"] == "live"
    assert isinstance(service.alias, lambda_.Alias)
    _, authorizer = only(found.find_resources("AWS::ApiGateway::Authorizer"))
    called = [json.dumps(authorizer["AuthorizerUri"])]
    methods = [m["Properties"] for m in found.find_resources("AWS::ApiGateway::Method").values()]
    called += [json.dumps(m["Integration"]["Uri"]) for m in methods if m["HttpMethod"] != "OPTIONS"]
    assert all(f'"Ref": "{alias}"' in uri and function not in uri for uri in called)
    permissions = found.find_resources("AWS::Lambda::Permission").values()
    assert [p["Properties"]["FunctionName"] for p in permissions] == [{"Ref": alias}] * 3


def test_without_a_version_there_is_no_alias(declare):
    stack = Stack(App(), "Stack")
    service = declare(stack, version=False)
    assert service.alias is None
    assert service.deployment_group is None
    template(stack).resource_count_is("AWS::Lambda::Version", 0)


def test_what_lambda_runs_makes_a_new_version_and_nothing_else_does(declare, tmp_path, services):
    plain = version(declare)
    assert version(declare) == plain
    assert version(declare, lambda s: s.add_environment("COLOUR", "blue")) != plain
    assert version(declare, memory_size=1024) != plain
    assert version(declare, authorizer_cache_ttl=None, api_name="another") == plain
    assert version(declare, function_options={"reserved_concurrent_executions": 5}) == plain


def test_the_content_of_a_layer_makes_a_new_version(declare, tmp_path):
    def with_layer(text):
        folder = tmp_path / text
        folder.mkdir()
        (folder / "module.py").write_text(text)
        stack = Stack(App(), "Stack")
        code = lambda_.Code.from_asset(str(folder))
        declare(stack, version=True, layers=[lambda_.LayerVersion(stack, "Layer", code=code)])
        return only(template(stack).find_resources("AWS::Lambda::Version"))[0]

    assert with_layer("one") != with_layer("two")


def test_snap_start_is_of_published_versions(declare):
    stack = Stack(App(), "Stack")
    assert declare(stack, snap_start=True).alias is not None
    found = template(stack)
    found.has_resource_properties(
        "AWS::Lambda::Function", {"SnapStart": {"ApplyOn": "PublishedVersions"}}
    )
    found.resource_count_is("AWS::Lambda::Alias", 1)


def test_code_deploy_moves_the_traffic(declare, tmp_path):
    app = App(outdir=str(tmp_path))
    stack = Stack(app, "Stack")
    metric = cloudwatch.Metric(namespace="Orders", metric_name="Failed")
    first, second = (
        cloudwatch.Alarm(stack, name, metric=metric, threshold=1, evaluation_periods=1)
        for name in ("First", "Second")
    )
    service = declare(stack, deployment_config=CANARY, deployment_alarms=[first])
    service.deployment_group.add_alarm(second)
    found = template(stack)
    found.has_resource_properties(
        "AWS::CodeDeploy::DeploymentGroup",
        {
            "DeploymentConfigName": "CodeDeployDefault.LambdaCanary10Percent5Minutes",
            "AlarmConfiguration": {
                "Enabled": True,
                "Alarms": [
                    {"Name": {"Ref": assertions.Match.string_like_regexp("First")}},
                    {"Name": {"Ref": assertions.Match.string_like_regexp("Second")}},
                ],
            },
        },
    )
    (alias,) = found.find_resources("AWS::Lambda::Alias").values()
    assert "CodeDeployLambdaAliasUpdate" in alias["UpdatePolicy"]
    app.synth()
    assert cfn_lint(sorted(tmp_path.glob("*.template.json"))) == []


@pytest.mark.parametrize(
    ("props", "told"),
    [
        (
            {"snap_start": True, "runtime": lambda_.Runtime.PYTHON_3_11},
            "snap_start: got True with Python 3.11; allowed: Python 3.12 or later",
        ),
        (
            {
                "snap_start": True,
                "function_options": {"ephemeral_storage_size": None},
            },
            "snap_start: got True with the function option ephemeral_storage_size",
        ),
        (
            {"deployment_alarms": []},
            "deployment_alarms: got a value without `deployment_config`",
        ),
        ({"version": 1}, "version: got 1; allowed: True or False"),
        (
            {"deployment_config": "canary"},
            "deployment_config: got 'canary'; allowed: a configuration of CodeDeploy",
        ),
    ],
)
def test_what_is_refused(declare, props, told):
    app = App()
    declare(Stack(app, "Stack"), **props)
    with pytest.raises(RuntimeError) as refused:
        app.synth()
    assert f"[Stack/Service] {told}" in str(refused.value)
