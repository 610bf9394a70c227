"""Values of the wrong kind: one problem a prop, in the one error, and no secret in it."""

import re

import pytest
from aws_cdk import App, CfnParameter, Duration, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_lambda as lambda_

from coworks_cdk import CoworksLayer, CoworksMicroService

ARN = "arn:aws:lambda:eu-west-1:123456789012:layer:other:7"

WRONG = [
    (
        "app",
        "minimal.py",
        r"got 'minimal\.py'; allowed: 'minimal', the module's name without '\.py'",
    ),
    (
        "app",
        "minimal.py:app",
        r"got 'minimal\.py:app'; allowed: 'minimal:app', the module's name without",
    ),
    ("app", 5, r"got 5; allowed: 'module' or 'module:attribute'"),
    ("project_dir", 5, r"got 5; allowed: the folder"),
    ("project_dir", "", r"got ''; allowed: the folder"),
    ("stage", 5, r"got 5; allowed: the stage's name"),
    ("layers", ARN, rf"got '{ARN}'; allowed: a list of layers"),
    ("layers", ["not-an-arn"], r"got 'not-an-arn'; allowed: a layer's version, or its ARN"),
    ("layers", [ARN.removesuffix(":7")], r"got 'arn:[^']*:other'; allowed: .*VERSION"),
    ("layers", ["./layer.zip"], r"got '\./layer\.zip'; allowed: a layer's version, or its ARN"),
    ("layers", [5], r"got 5; allowed: a layer's version"),
    ("layers", [ARN, ARN], rf"got '{ARN}', a layer that the function has already"),
    (
        "layers",
        [ARN, ARN.replace(":7", ":8")],
        r"got '[^']*:8', a layer that the function has already",
    ),
    ("coworks_layer", "", r"got ''; allowed: a layer's version, or its ARN"),
    ("requirements", 5, r"got 5; allowed: the path of a requirements file"),
    ("environment", {"SECRET": 1234}, r"got an int for 'SECRET'; allowed: texts by"),
    ("environment", {1: "x"}, r"got an int for a name; allowed: texts by"),
    ("environment", ["SECRET=1234"], r"got a list; allowed: texts by"),
    ("token", "my-token", r"got a str; allowed: a secret of Secrets Manager"),
    ("authorizer_cache_ttl", 300, r"got 300; allowed: a Duration of 0 to 3600 seconds"),
    ("authorizer_cache_ttl", Duration.days(1), r"got 86400 seconds; allowed: 0 to 3600 seconds"),
    ("binary_media_types", "image/png", r"got 'image/png'; allowed: a list of media types"),
    ("runtime", "python3.12", r"got 'python3\.12'; allowed: a Runtime, as lambda_\.Runtime\."),
    ("architecture", "arm64", r"got 'arm64'; allowed: an Architecture, as lambda_\.Arch"),
    ("memory_size", "512", r"got '512'; allowed: a number, 128 to 10240 MB"),
    ("memory_size", 512.5, r"got 512\.5 MB; allowed: 128 to 10240 MB, a whole number"),
    ("memory_size", True, r"got True; allowed: a number"),
    ("memory_size", float("nan"), r"got nan MB; allowed: 128 to 10240 MB"),
    ("timeout", 30, r"got 30; allowed: a Duration of 1 to 900 seconds, as Duration\.seconds\("),
    ("timeout", Duration.millis(1500), r"got 1\.5 seconds; allowed: whole seconds, 1 to 900"),
    ("tracing", True, r"got True; allowed: a Tracing, as lambda_\.Tracing\.ACTIVE"),
    ("log_retention", 30, r"got 30; allowed: a RetentionDays, as logs\.RetentionDays\.ONE_MONTH"),
    ("api_body", "swagger", r"got 'swagger'; allowed: 'openapi'"),
    ("otel_layer", "otel", r"got 'otel'; allowed: a layer's version, or its ARN"),
    ("log_format", "xml", r"got 'xml'; allowed: 'json' or 'text'"),
    (
        "log_level",
        "WARNING",
        r"got 'WARNING'; allowed: 'TRACE' or 'DEBUG' or",
    ),
    ("access_logs", "yes", r"got 'yes'; allowed: True or False"),
    ("removal_policy", "destroy", r"got 'destroy'; allowed: a RemovalPolicy, as RemovalPolicy\."),
    ("role", "arn:aws:iam::123456789012:role/x", r"got 'arn:[^']*'; allowed: a role of IAM"),
    ("vpc", "vpc-12345678", r"got 'vpc-12345678'; allowed: a VPC"),
    ("vpc_subnets", "subnet-1", r"got 'subnet-1'; allowed: a SubnetSelection"),
    ("security_groups", "sg-12345678", r"got 'sg-12345678'; allowed: a list of security groups"),
    ("security_groups", ["sg-12345678"], r"got 'sg-12345678'; allowed: a security group"),
    ("throttling_rate_limit", "10", r"got '10'; allowed: a number, at least 0"),
    ("throttling_burst_limit", 1.5, r"got 1\.5; allowed: at least 0, a whole number"),
    ("function_name", 5, r"got 5; allowed: a function's name"),
    ("api_name", "", r"got ''; allowed: an API's name"),
    ("description", 5, r"got 5; allowed: a description"),
    ("exclude", "*.md", r"got '\*\.md'; allowed: a list of patterns"),
]


def placed():
    """Services with as many wrong props as there can be, one value a prop.

    What is built, and then found wrong, is in services of its own.
    """
    places = {}
    where = []
    for number, (prop, value, expected) in enumerate(WRONG):
        built = "that the function has" in expected
        nth = [name for name, *_ in WRONG[:number]].count(prop)
        place = f"Built{number}" if built else f"S{nth}"
        places.setdefault(place, {})[prop] = value
        where.append(place)
    return places, where


PLACES, WHERE = placed()


@pytest.fixture(scope="module")
def problems(services, layer_arn):
    """What is told of each of them, all in one app, by construct path."""
    app = App()
    stack = Stack(app, "Wrong")

    def declare(construct_id, **props):
        known = {"app": "minimal", "project_dir": services, "coworks_layer": layer_arn}
        CoworksMicroService(stack, construct_id, **(known | props))

    for place, wrong in PLACES.items():
        declare(place, **wrong)
    parameter = CfnParameter(stack, "Parameter")
    declare("LateStage", stage=parameter.value_as_string)
    declare(
        "Several", timeout=30, memory_size="512", vpc="vpc-1", vpc_subnets=ec2.SubnetSelection()
    )
    code = lambda_.Code.from_asset(str(services / "broken"))
    intel, old = (
        lambda_.LayerVersion(
            stack, "Intel", code=code, compatible_architectures=[lambda_.Architecture.X86_64]
        ),
        lambda_.LayerVersion(
            stack, "Old", code=code, compatible_runtimes=[lambda_.Runtime.PYTHON_3_9]
        ),
    )
    declare("Incompatible", layers=[intel, old])
    declare("Twice", layers=[intel, intel], architecture=lambda_.Architecture.X86_64)
    other = CoworksLayer(stack, "Other", architecture=lambda_.Architecture.X86_64)
    declare("OtherLayer", coworks_layer=other)
    declare("Named", function_name="the-name")
    declare("NamedToo", function_name="the-name")
    with pytest.raises(RuntimeError, match="Validation failed") as refused:
        app.synth()
    told = {}
    for path, problem in re.findall(r"\[Wrong/(\w+)\] (.*)", str(refused.value)):
        told.setdefault(path, []).append(problem)
    return told


@pytest.mark.parametrize(("number", "wrong"), list(enumerate(WRONG)))
def test_each_is_one_problem_of_its_prop(problems, number, wrong):
    prop, _, expected = wrong
    (problem,) = [p for p in problems[WHERE[number]] if p.startswith(f"{prop}: ")]
    assert re.match(rf"{prop}: {expected}", problem), problem


def test_nothing_else_is_told_of_them(problems):
    assert sum(len(problems[place]) for place in PLACES) == len(WRONG)


def test_no_token_and_no_variable_is_shown(problems):
    assert "1234" not in str([p for told in problems.values() for p in told if "environment" in p])
    assert "my-token" not in str(problems)


def test_a_stage_is_known_at_synth(problems):
    (problem,) = problems["LateStage"]
    assert problem.startswith("stage: got a value that is known at deployment only; allowed:")


def test_several_props_are_told_at_once_and_each_once(problems):
    assert [problem.partition(":")[0] for problem in problems["Several"]] == [
        "memory_size",
        "timeout",
        "vpc",
    ]


def test_a_layer_of_another_python_or_processor(problems):
    processor, python = problems["Incompatible"]
    assert processor == (
        "layers: got the layer Wrong/Intel, which is for x86_64; allowed: a layer for arm64, as "
        "the function's architecture is."
    )
    assert python.startswith("layers: got the layer Wrong/Old, which is for python3.9; allowed:")
    (problem,) = problems["OtherLayer"]
    assert problem.startswith("coworks_layer: got the layer Wrong/Other, which is for x86_64")


def test_a_declared_layer_twice(problems):
    (problem,) = problems["Twice"]
    assert problem.startswith("layers: got the layer Wrong/Intel, a layer that the function has")


def test_two_services_of_one_function_name(problems):
    assert "Named" not in problems
    (problem,) = problems["NamedToo"]
    assert problem == (
        "function_name: got 'the-name', which Wrong/Named has; allowed: a name of its own, or an "
        "`env` of its own for the stack."
    )


def test_one_function_name_in_two_regions(services, layer_arn):
    app = App()
    for region in ("eu-west-1", "us-east-1"):
        CoworksMicroService(
            Stack(app, region, env={"account": "123456789012", "region": region}),
            "Service",
            app="minimal",
            project_dir=services,
            coworks_layer=layer_arn.replace("eu-west-1", region),
            function_name="the-name",
        )
    assert len(app.synth().stacks) == 2


@pytest.fixture
def named(services, layer_arn):
    """Two stacks of an app, with a function of one name each."""

    def named(*environments):
        app = App()
        for name, environment in zip(("Dev", "Prod"), environments, strict=True):
            CoworksMicroService(
                Stack(app, name, env=environment),
                "Service",
                app="minimal",
                project_dir=services,
                coworks_layer=layer_arn,
                function_name="the-name",
            )
        return app

    return named


ACCOUNT = "123456789012"


@pytest.mark.parametrize(
    "environment",
    [
        None,
        {"region": "eu-west-1"},
        {"account": ACCOUNT},
        {"account": ACCOUNT, "region": "eu-west-1"},
    ],
)
def test_one_function_name_in_two_stacks_that_are_deployed_to_one_place(named, environment):
    with pytest.raises(
        RuntimeError, match=r"\[Prod/Service\] function_name: got 'the-name', which Dev/Service has"
    ):
        named(environment, environment).synth()


def test_one_function_name_in_two_stacks_that_may_be_in_one_place_is_warned_of(named):
    app = named({"region": "eu-west-1"}, {"account": ACCOUNT})
    app.synth()
    below = app.node.find_child("Prod").node.find_all()
    said = [entry.data for construct in below for entry in construct.node.metadata]
    (warning,) = [data for data in said if "function_name" in str(data)]
    assert warning.startswith("Dev/Service has the function_name 'the-name' too")


def test_one_function_name_in_two_accounts(named):
    app = named({"account": ACCOUNT}, {"account": "210987654321", "region": "eu-west-1"})
    app.synth()
    below = app.node.find_child("Prod").node.find_all()
    said = [entry.data for construct in below for entry in construct.node.metadata]
    assert not [data for data in said if "function_name" in str(data)]
