"""Stage, architecture and layers of services that say nothing: the context's, then CWS_STAGE."""

import pytest
from aws_cdk import App, Stack
from aws_cdk import aws_lambda as lambda_
from aws_cdk.assertions import Template

from coworks_cdk import CoworksMicroService, stage_of

LAYERS = [f"arn:aws:lambda:eu-west-1:123456789012:layer:{name}:1" for name in ("one", "two")]


@pytest.fixture
def declare(services, layer_arn):
    def declare(context, **props):
        stack = Stack(App(context=context), "Stack")
        service = CoworksMicroService(
            stack, "S", app="minimal", project_dir=services, coworks_layer=layer_arn, **props
        )
        return stack, service

    return declare


def function_of(stack) -> dict:
    (function,) = Template.from_stack(stack).find_resources("AWS::Lambda::Function").values()
    return function["Properties"]


def test_the_context_says_what_the_service_does_not(declare, layer_arn):
    stack, service = declare(
        {"stage": "prod", "architecture": "x86_64", "layers": ", ".join(LAYERS)}
    )
    function = function_of(stack)
    assert service.stage == "prod"
    assert function["Environment"]["Variables"]["CWS_STAGE"] == "prod"
    assert function["Architectures"] == ["x86_64"]
    assert set(LAYERS) < set(function["Layers"])
    (stage,) = Template.from_stack(stack).find_resources("AWS::ApiGateway::Stage").values()
    assert stage["Properties"]["StageName"] == "prod"


def test_what_the_service_says_wins(declare, layer_arn):
    stack, service = declare(
        {"stage": "prod", "architecture": "x86_64", "layers": LAYERS[0]},
        stage="v1",
        architecture=lambda_.Architecture.ARM_64,
        layers=[],
    )
    assert service.stage == "v1"
    assert function_of(stack)["Architectures"] == ["arm64"]
    assert function_of(stack)["Layers"] == [layer_arn]


@pytest.mark.parametrize(
    ("context", "variable", "stage"),
    [
        ({"stage": "v1"}, "prod", "v1"),
        ({"stage": ""}, "prod", "prod"),
        ({}, "prod", "prod"),
        ({}, "", "dev"),
        ({}, None, "dev"),
    ],
)
def test_the_stage_is_the_contexts_then_the_environments_then_dev(
    declare, monkeypatch, context, variable, stage
):
    monkeypatch.delenv("CWS_STAGE", raising=False)
    if variable is not None:
        monkeypatch.setenv("CWS_STAGE", variable)
    stack, service = declare(context)
    assert service.stage == stage == stage_of(stack) == stage_of(stack.node.root)


@pytest.mark.parametrize(
    ("context", "told"),
    [
        ({"architecture": "mips"}, "architecture: got 'mips'; allowed: "),
        ({"stage": "a/b"}, "stage: got 'a/b'; allowed: "),
        ({"layers": "nonsense"}, "layers: got "),
    ],
)
def test_a_context_that_says_nonsense_is_refused(declare, context, told):
    stack, _ = declare(context)
    with pytest.raises(RuntimeError, match=told):
        stack.node.root.synth()
