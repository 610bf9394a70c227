"""The function's log format and level, and the layer of OpenTelemetry."""

import re

import pytest
from aws_cdk import App, Aws, Environment, Stack, assertions
from aws_cdk import aws_lambda as lambda_

from coworks_cdk import CoworksMicroService

OTEL = "arn:aws:lambda:eu-west-1:123456789012:layer:AWSOpenTelemetryDistroPython:9"
COMPILED = "arn:aws:lambda:eu-west-1:901920570463:layer:aws-otel-python-amd64-ver-1-25-0:1"
LATE = f"arn:aws:lambda:{Aws.REGION}:123456789012:layer:AWSOpenTelemetryDistroPython:9"
SERVICES = {
    "Plain": {},
    "Text": {"log_format": "text"},
    "Json": {"log_format": "json", "tracing": lambda_.Tracing.DISABLED},
    "Debug": {"log_format": "json", "log_level": "DEBUG"},
    "Options": {"function_options": {"logging_format": lambda_.LoggingFormat.JSON}},
    "Traced": {"otel_layer": OTEL},
    "Quiet": {"otel_layer": OTEL, "tracing": lambda_.Tracing.DISABLED},
    "Late": {"otel_layer": LATE},
    "Compiled": {"otel_layer": COMPILED, "architecture": lambda_.Architecture.X86_64},
    "Named": {"otel_layer": OTEL, "environment": {"OTEL_SERVICE_NAME": "mine"}},
}


@pytest.fixture(scope="module")
def template(services, layer_arn):
    app = App()
    stack = Stack(app, "Stack")
    known = {"app": "minimal", "project_dir": services, "coworks_layer": layer_arn}
    for name, props in SERVICES.items():
        CoworksMicroService(stack, name, **known, **props)
    return assertions.Template.from_stack(stack).to_json()["Resources"]


def of(template, kind, name):
    [found] = [
        resource["Properties"]
        for logical_id, resource in template.items()
        if resource["Type"] == kind and re.match(rf"{name}[A-Z]", logical_id)
    ]
    return found


@pytest.mark.parametrize(
    ("name", "config"),
    [
        ("Plain", None),
        ("Text", {"LogFormat": "Text"}),
        ("Json", {"LogFormat": "JSON"}),
        ("Debug", {"LogFormat": "JSON", "ApplicationLogLevel": "DEBUG"}),
        ("Options", {"LogFormat": "JSON"}),
    ],
)
def test_the_logging_config_is_what_the_props_say(template, name, config):
    given = of(template, "AWS::Lambda::Function", name)["LoggingConfig"]
    given.pop("LogGroup")
    assert given == (config or {})


@pytest.mark.parametrize(("name", "service"), [("Traced", "minimal"), ("Named", "mine")])
def test_the_layer_of_opentelemetry_starts_the_function(template, name, service):
    function = of(template, "AWS::Lambda::Function", name)
    assert function["Layers"][-1] == OTEL
    variables = function["Environment"]["Variables"]
    assert variables["AWS_LAMBDA_EXEC_WRAPPER"] == "/opt/otel-instrument"
    assert variables["OTEL_SERVICE_NAME"] == service


def test_a_layer_of_the_stacks_own_region_is_known_at_deployment(template):
    [arn] = of(template, "AWS::Lambda::Function", "Late")["Layers"][-1:]
    assert {"Ref": "AWS::Region"} in arn["Fn::Join"][1]


@pytest.mark.parametrize(("name", "may"), [("Traced", True), ("Quiet", True), ("Json", False)])
def test_a_function_with_the_layer_may_write_traces(template, name, may):
    [policy] = of(template, "AWS::IAM::Role", name)["Policies"]
    actions = str(policy["PolicyDocument"])
    assert ("xray:PutTraceSegments" in actions) is may


def test_what_does_not_go_together_is_told(services, layer_arn):
    app = App()
    stack = Stack(app, "Wrong", env=Environment(account="123456789012", region="eu-west-1"))
    known = {"app": "minimal", "project_dir": services, "coworks_layer": layer_arn}
    json = {"logging_format": lambda_.LoggingFormat.JSON}
    for name, props in {
        "Level": {"log_level": "INFO"},
        "Both": {"log_format": "json", "function_options": json},
        "Wrapped": {
            "otel_layer": OTEL,
            "environment": {"AWS_LAMBDA_EXEC_WRAPPER": "/opt/other"},
        },
        "Twice": {"otel_layer": OTEL, "layers": [OTEL.replace(":9", ":8")]},
        "Far": {"otel_layer": OTEL.replace("eu-west-1", "us-east-1")},
        "Farther": {"layers": [OTEL.replace("eu-west-1", "us-east-1")]},
        "Other": {"otel_layer": COMPILED},
        "Unversioned": {"otel_layer": OTEL.removesuffix(":9")},
        "Function": {"otel_layer": OTEL.replace(":layer:", ":function:")},
    }.items():
        CoworksMicroService(stack, name, **known, **props)
    with pytest.raises(RuntimeError, match="Validation failed") as refused:
        app.synth()
    for problem in (
        "[Wrong/Level] log_level: got 'INFO' with logs in text; allowed: both log_format=",
        "[Wrong/Both] function_options: got logging_format with log_format; allowed: one of them.",
        "[Wrong/Wrapped] otel_layer: got a layer, and AWS_LAMBDA_EXEC_WRAPPER in `environment` too",
        "[Wrong/Twice] otel_layer: got 'arn:",
        "DistroPython:9', a layer of us-east-1; allowed: a layer of eu-west-1, where the stack is.",
        "[Wrong/Far] otel_layer: got 'arn:aws:lambda:us-east-1:",
        "[Wrong/Farther] layers: got 'arn:aws:lambda:us-east-1:",
        "[Wrong/Other] otel_layer: got the layer Wrong/Other/OtelLayer, which is for x86_64; allowed: ",
        "[Wrong/Unversioned] otel_layer: got 'arn:",
        "[Wrong/Function] otel_layer: got 'arn:",
    ):
        assert problem in str(refused.value)
