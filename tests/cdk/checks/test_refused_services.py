"""Services that can't be deployed: one error that lists everything that is wrong."""

import json
import re
import sys
from pathlib import Path

import pytest
from aws_cdk import App, Duration, SecretValue, Stack, Stage, assertions
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_secretsmanager as secretsmanager

from coworks_cdk import CoworksMicroService
from tests.processes import run


def refusal(app):
    with pytest.raises(RuntimeError, match="Validation failed") as refused:
        app.synth()
    return str(refused.value)


@pytest.fixture(scope="module")
def told(services, layer_arn):
    """What is said of an app in which all is wrong that can be."""
    app = App()
    stack = Stack(app, "Wrong")

    def declare(construct_id, service, **props):
        props = {"project_dir": services, "coworks_layer": layer_arn} | props
        return CoworksMicroService(stack, construct_id, app=service, **props)

    declare("Missing", "missing", project_dir=services / "broken")
    declare("Raises", "raises", project_dir=services / "broken")
    declare("Impossible", "impossible", project_dir=services / "broken")
    declare("OtherStage", "other_stage", project_dir=services / "broken")
    declare("NoFolder", "minimal", project_dir="no/such/folder")
    declare("Many", "many", environment={"COUNT": "301"})
    vpc_only = ec2.SubnetSelection(subnet_type=ec2.SubnetType.PUBLIC)
    props = declare(
        "Props",
        "everything",
        stage="a/b",
        layers=[layer_arn] * 5,
        environment={"TOKEN": "clear", "CWS_STAGE": "other", "AWS_REGION": "x", "BIG": "x" * 5000},
        token=secretsmanager.Secret(
            stack, "Secret", secret_string_value=SecretValue.unsafe_plain_text("t")
        ),
        authorizer_cache_ttl=Duration.seconds(3601),
        binary_media_types=["png"],
        memory_size=64,
        timeout=Duration.seconds(901),
        vpc_subnets=vpc_only,
        security_groups=[],
        throttling_rate_limit=-1,
        throttling_burst_limit=-2,
        function_name="f" * 65,
        description="d" * 257,
    )
    declare("Node", "minimal", runtime=lambda_.Runtime.NODEJS_22_X)
    declare("NoRequirements", "minimal", requirements="no-such-requirements.txt")
    late = declare("Late", "minimal")
    late.add_environment("AWS_REGION", "x")
    assert props.stage == "a/b"
    return refusal(app)


@pytest.mark.parametrize(
    "expected",
    [
        r"\[Wrong/Missing\] .*'missing:app'[^\[]*No module named 'no_such_package'[^\[]*line 1",
        r"\[Wrong/Raises\] .*'raises:app'[^\[]*KeyError: 'url'[^\[]*raises\.py, line 2",
        r"\[Wrong/Impossible\] entries [^\n]*get_file[^\n]*put_file[^\n]* greedy and a plain",
        r"\[Wrong/Impossible\] entry GET /caf%C3%A9 \(coffee\): got the path part 'caf%C3%A9'",
        r"\[Wrong/OtherStage\] entries: got none on the stage 'dev'",
        r"\[Wrong/NoFolder\] project_dir: got '[^']*/no/such/folder', which is no folder",
        r"\[Wrong/Many\] entries: got 301 resources",
        r"\[Wrong/Props\] stage: got 'a/b'",
        r"\[Wrong/Props\] layers: got 6",
        r"\[Wrong/Props\] token: got a secret, and TOKEN in `environment` too",
        r"\[Wrong/Props\] environment: got CWS_STAGE 'other' with the stage 'a/b'",
        r"\[Wrong/Props\] environment: got 'AWS_REGION'",
        r"\[Wrong/Props\] environment: got 5\d\d\d bytes",
        r"\[Wrong/Props\] authorizer_cache_ttl: got 3601 seconds; allowed: 0 to 3600 seconds",
        r"\[Wrong/Props\] binary_media_types: got 'png'",
        r"\[Wrong/Props\] memory_size: got 64 MB",
        r"\[Wrong/Props\] timeout: got 901 seconds; allowed: 1 to 900 seconds",
        r"\[Wrong/Props\] vpc_subnets: got a value without `vpc`",
        r"\[Wrong/Props\] security_groups: got a value without `vpc`",
        r"\[Wrong/Props\] throttling_rate_limit: got -1",
        r"\[Wrong/Props\] throttling_burst_limit: got -2",
        r"\[Wrong/Props\] function_name: got 'f+' \(65 characters\)",
        r"\[Wrong/Props\] description: got 257 characters",
        r"\[Wrong/Node\] runtime: got 'nodejs22.x'; allowed: Python 3.11 or later",
        r"\[Wrong/NoRequirements\] [^\n]*no-such-requirements\.txt",
        r"\[Wrong/Late\] environment: got 'AWS_REGION'",
    ],
)
def test_every_problem_is_told_with_its_construct(told, expected):
    assert re.search(expected, told, re.DOTALL), told


def test_each_problem_is_told_once(told):
    problems = [line for line in told.splitlines() if line.strip().startswith("[")]
    assert len(problems) == len(set(problems)) == 26


def test_a_stack_with_too_many_resources(services, layer_arn):
    app = App()
    stack = Stack(app, "Big")
    for name in ("A", "B"):
        CoworksMicroService(
            stack,
            name,
            app="many",
            project_dir=services,
            coworks_layer=layer_arn,
            environment={"COUNT": "125"},
        )
    told = refusal(app)
    assert re.search(
        r"\[Big/CoworksLimits\] stack: got 526 resources \(services: Big/A 263, Big/B 263\); "
        r"allowed: at most 500",
        told,
    ), told


def test_resources_of_nested_stacks_are_their_own(services, layer_arn):
    from aws_cdk import NestedStack

    app = App()
    stack = Stack(app, "Outer")
    for name in ("A", "B"):
        CoworksMicroService(
            NestedStack(stack, f"Nested{name}"),
            name,
            app="many",
            project_dir=services,
            coworks_layer=layer_arn,
            environment={"COUNT": "110"},
        )
    CoworksMicroService(stack, "C", app="minimal", project_dir=services, coworks_layer=layer_arn)
    assert len(app.synth().stacks) == 1


def test_an_environment_that_grows_too_large(services, layer_arn):
    app = App()
    service = CoworksMicroService(
        Stack(app, "Stack"), "Service", app="minimal", project_dir=services, coworks_layer=layer_arn
    )
    service.add_environment("BIG", "x" * 5000)
    assert re.search(r"\[Stack/Service\] environment: got 5\d\d\d bytes", refusal(app))


@pytest.fixture
def with_token(tmp_path):
    (tmp_path / "service.py").write_text(
        "from coworks_runtime import TechMicroService, entry\n"
        "class Service(TechMicroService):\n"
        "    @entry\n"
        "    def get(self): return ''\n"
        "app = Service(name='service')\n"
    )
    (tmp_path / ".env").write_text("TOKEN=clear\n")
    return tmp_path


def warnings_of(stack, name="clear-token"):
    """The warnings of a name, read from the assembly as the CDK's command reads them."""
    folder = Path(stack.node.root.synth().directory)
    texts = [
        entry["data"]
        for file in folder.glob("*.metadata.json")
        for entries in json.loads(file.read_text()).values()
        for entry in entries
        if entry["type"] == "aws:cdk:warning"
    ]
    return [text for text in texts if f"[ack: coworks:{name}]" in text]


def test_a_token_in_clear_is_warned_of(with_token, layer_arn):
    stack = Stack(App(), "Stack")
    CoworksMicroService(
        stack, "Service", app="service", project_dir=with_token, coworks_layer=layer_arn
    )
    (warning,) = warnings_of(stack)
    assert "secret of Secrets Manager" in warning
    assert "clear " not in warning.replace("in clear ", "")


def test_a_secret_drops_the_token_of_the_files(with_token, layer_arn):
    stack = Stack(App(), "Stack")
    CoworksMicroService(
        stack,
        "Service",
        app="service",
        project_dir=with_token,
        coworks_layer=layer_arn,
        token=secretsmanager.Secret.from_secret_complete_arn(
            stack, "Secret", "arn:aws:secretsmanager:eu-west-1:123456789012:secret:token-AbCdEf"
        ),
    )
    assert not warnings_of(stack)
    template = assertions.Template.from_stack(stack)
    (function,) = template.find_resources("AWS::Lambda::Function").values()
    assert set(function["Properties"]["Environment"]["Variables"]) == {
        "CWS_STAGE",
        "CWS_TOKEN_SECRET_ARN",
    }


def test_logical_ids_do_not_depend_on_the_stacks_path(services, layer_arn):
    app = App()
    stacks = [Stack(app, "Stack"), Stack(Stage(app, "Prod"), "Other")]
    for stack in stacks:
        CoworksMicroService(
            stack, "Service", app="everything", project_dir=services, coworks_layer=layer_arn
        )
    first, second = (assertions.Template.from_stack(stack).to_json() for stack in stacks)
    assert first == second


@pytest.mark.parametrize(
    ("env", "stage", "warned"),
    [
        ("", "dev", "no-token"),
        ("TOKEN=\n", "prod", "no-token"),
        ("TOKEN=mytoken\n", "dev", None),
        ("TOKEN=mytoken\n", "prod", "sample-token"),
        ("TOKEN=R7xU4vJq0aQm9bYt\n", "prod", None),
    ],
)
def test_a_token_that_is_missing_or_a_samples_is_warned_of(
    with_token, layer_arn, env, stage, warned
):
    (with_token / ".env").write_text(env)
    stack = Stack(App(), "Stack")
    CoworksMicroService(
        stack,
        "Service",
        app="service",
        project_dir=with_token,
        coworks_layer=layer_arn,
        stage=stage,
    )
    found = {name for name in ("no-token", "sample-token") if warnings_of(stack, name)}
    assert found == ({warned} if warned else set())
    assert not any("mytoken" in text for text in warnings_of(stack, "sample-token"))


@pytest.mark.parametrize("changed", ["rule", "secret", "open"])
def test_no_token_is_needed_where_the_service_or_a_secret_has_the_rule(
    with_token, layer_arn, changed
):
    (with_token / ".env").unlink()
    source = with_token / "service.py"
    rule = "    def token_authorizer(self, token): return True\n    @entry\n"
    new = {"rule": rule, "secret": "    @entry\n", "open": "    @entry(no_auth=True)\n"}[changed]
    source.write_text(source.read_text().replace("    @entry\n", new))
    stack = Stack(App(), "Stack")
    secret = secretsmanager.Secret(stack, "Token") if changed == "secret" else None
    CoworksMicroService(
        stack,
        "Service",
        app="service",
        project_dir=with_token,
        coworks_layer=layer_arn,
        token=secret,
    )
    assert warnings_of(stack, "no-token") == []


def test_a_run_of_the_cdk_ends_with_the_list_once_and_without_tracebacks(with_token, layer_arn):
    (with_token / "app.py").write_text(
        "from aws_cdk import App, Stack\n"
        "from coworks_cdk import CoworksMicroService\n"
        "app = App()\n"
        "stack = Stack(app, 'Stack')\n"
        "for name in ('A', 'B'):\n"
        "    CoworksMicroService(stack, name, app='service', project_dir='.', memory_size=1,\n"
        f"                        coworks_layer={layer_arn!r})\n"
        "app.synth()\n"
    )
    done = run([sys.executable, "app.py"], with_token)
    assert done.returncode == 1
    # A machine that is busy tells what it waits for.
    waited = "reading the service"
    lines = [line for line in done.stderr.splitlines() if not line.startswith(waited)]
    assert lines[0] == "Validation failed with the following errors:"
    assert [line.split(":")[0].strip() for line in lines[1:]] == [
        "[Stack/A] memory_size",
        "[Stack/B] memory_size",
    ]


def test_any_other_exception_is_shown_as_ever(tmp_path):
    code = (
        "from coworks_cdk.checks.told_once import tell_refusals_once\n"
        "tell_refusals_once()\n"
        "raise RuntimeError('Validation failed')\n"
    )
    done = run([sys.executable, "-c", code], tmp_path)
    assert "Traceback" in done.stderr
    assert done.stderr.endswith("RuntimeError: Validation failed\n")


def test_a_function_that_is_to_know_what_is_made_after_it(services, layer_arn):
    app = App()
    stack = Stack(app, "Stack")
    props = {"app": "minimal", "project_dir": services, "coworks_layer": layer_arn}
    first, second = (CoworksMicroService(stack, name, **props) for name in ("First", "Second"))
    live = CoworksMicroService(stack, "Live", version=True, **props)
    first.add_environment("SELF", first.url)
    first.add_environment("ARN", first.function.function_arn)
    first.add_environment("ID", first.api.rest_api_id)
    second.add_environment("OTHER", first.url)
    live.add_environment("ALIAS", f"arn {live.alias.function_arn}")
    told = refusal(app)
    found = re.findall(r"\[Stack/(\w+)\] environment: got (.*?), which .* reads (.*)\.", told)
    assert found == [
        (
            "First",
            "the function itself for 'ARN'",
            "`request.aws_context.invoked_function_arn`",
        ),
        ("First", "the API's stage (its URL) for 'SELF'", "`request.url_root`"),
        (
            "Live",
            "the function's alias for 'ALIAS'",
            "`request.aws_context.invoked_function_arn`",
        ),
    ]


def test_what_leads_from_a_function_back_to_it_however_it_is_said(services, layer_arn):
    app = App()
    stack = Stack(app, "Stack")
    props = {"app": "minimal", "project_dir": services, "coworks_layer": layer_arn}

    def declare(name, **more):
        return CoworksMicroService(stack, name, **(props | more))

    past = declare("Past")
    past.function.add_environment("X", past.url)
    resource = declare("Resource")
    stage = stack.resolve(resource.api.deployment_stage.node.default_child.logical_id)
    resource.function.node.default_child.add_property_override(
        "Environment.Variables.URL", {"Fn::Sub": f"https://x/${{{stage}}}"}
    )
    one, two = declare("One"), declare("Two")
    one.function.add_environment("TWO", two.url)
    two.function.add_environment("ONE", one.url)
    document = declare("Document", api_body="openapi")
    document.function.add_environment("ID", document.api.rest_api_id)
    described = declare("Described")
    described.function.node.default_child.description = described.url
    waiting = declare("Waiting")
    waiting.function.node.default_child.add_dependency(
        waiting.api.deployment_stage.node.default_child
    )
    fine = declare("Fine")
    fine.function.add_environment("ID", fine.api.rest_api_id)
    fine.function.add_environment("OTHER", past.url)
    told = refusal(app)
    found = re.findall(
        r"\[Stack/(\w+)\] (\w+): got (.*?), which .*?: a circle; allowed: leave it out(.*)\.", told
    )
    url = ", the service reads `request.url_root`"
    assert [
        (name, where, re.sub(r"[0-9A-F]{8} ", " ", got), rest) for name, where, got, rest in found
    ] == [
        ("Past", "environment", "the API's stage (its URL) for 'X'", url),
        ("Resource", "environment", "the API's stage (its URL) for 'URL'", url),
        ("One", "environment", "TwoStage (AWS::ApiGateway::Stage) for 'TWO'", ""),
        ("Two", "environment", "OneStage (AWS::ApiGateway::Stage) for 'ONE'", ""),
        ("Document", "environment", "the API for 'ID'", url),
        ("Described", "function", "the API's stage (its URL) for 'Description'", url),
        ("Waiting", "function", "the API's stage (its URL) for 'DependsOn'", url),
    ]
