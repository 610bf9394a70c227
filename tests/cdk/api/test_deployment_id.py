"""Updates of a stack: a new deployment when the API would serve something else, and only then."""

import json
import textwrap
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jsii
import pytest
from aws_cdk import (
    App,
    Aspects,
    Aws,
    CfnCondition,
    CfnMapping,
    CfnOutput,
    CfnParameter,
    Duration,
    Fn,
    IAspect,
    NestedStack,
    Stack,
    Tags,
    Token,
)
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from aws_cdk.assertions import Template
from constructs import IConstruct

from coworks_cdk import CoworksMicroService
from tests.cfn_lint import cfn_lint

SOURCE = """
    from coworks_runtime import Cors, TechMicroService, entry

    class Service(TechMicroService):
        authorization_header = "Authorization"
        cors = Cors(max_age=600)

        def token_authorizer(self, token):
            return token == "token"

        @entry
        def get(self):
            return "one"

        @entry(no_cors=False)
        def get_value(self, value):
            return value

    app = Service(name="service")
"""


@dataclass(frozen=True)
class Declared:
    """A stack with the service: its source edited, its props, what is declared around it."""

    edits: dict[str, str] = field(default_factory=dict)
    props: dict[str, Any] = field(default_factory=dict)
    after: Callable[[CoworksMicroService], object] = lambda service: None
    before: Callable[[Stack], dict[str, Any]] = lambda stack: {}


def source(old: str, new: str) -> Declared:
    return Declared(edits={old: new})


def props(**values: Any) -> Declared:
    return Declared(props=values)


def document(
    old: str = "", new: str = "", after: Callable[..., object] = lambda service: None, **values: Any
) -> Declared:
    """The same service, whose API is one OpenAPI document."""
    edits = {old: new} if old else {}
    return Declared(edits=edits, props={"api_body": "openapi", **values}, after=after)


def after(declare: Callable[[CoworksMicroService], object]) -> Declared:
    return Declared(after=declare)


UNCHANGED = Declared()
DOCUMENT = document()


def l1(construct: Any) -> Any:
    return construct.node.default_child


def first_method(service: CoworksMicroService) -> apigateway.CfnMethod:
    return l1(service.api.methods[0])


def set_api(**values: object) -> Declared:
    def declare(service):
        for name, value in values.items():
            setattr(l1(service.api), name, value)

    return after(declare)


def mock_route(service: CoworksMicroService, status: str = "200") -> apigateway.Method:
    return service.api.root.add_resource("health").add_method(
        "GET",
        apigateway.MockIntegration(
            integration_responses=[apigateway.IntegrationResponse(status_code=status)],
            request_templates={"application/json": f'{{"statusCode":{status}}}'},
        ),
        method_responses=[apigateway.MethodResponse(status_code=status)],
    )


def policy_statement(actions: str = "execute-api:Invoke") -> iam.PolicyStatement:
    return iam.PolicyStatement(
        effect=iam.Effect.DENY,
        principals=[iam.AnyPrincipal()],
        actions=[actions],
        resources=["execute-api:/*"],
        conditions={"NotIpAddress": {"aws:SourceIp": "192.0.2.0/24"}},
    )


@jsii.implements(IAspect)
class RequireKeys:
    """What a platform team may impose on every method of an app, after all is declared."""

    def visit(self, node: IConstruct) -> None:
        if isinstance(node, apigateway.CfnMethod):
            node.api_key_required = True


@jsii.implements(IAspect)
class GiveTags:
    """An aspect that has nothing to do with what an API serves."""

    def visit(self, node: IConstruct) -> None:
        if isinstance(node, apigateway.CfnRestApi):
            node.description = "of the platform team"
            node.tags.set_tag("team", "platform")


@jsii.implements(IAspect)
class AddRoute:
    """An aspect that declares a route more."""

    def __init__(self) -> None:
        self._done = False

    def visit(self, node: IConstruct) -> None:
        if isinstance(node, CoworksMicroService) and not self._done:
            self._done = True
            mock_route(node)


def raw_method(service: CoworksMicroService) -> None:
    """A method by the API's id, of which the CDK's deployment knows nothing."""
    apigateway.CfnMethod(
        Stack.of(service),
        "Raw",
        rest_api_id=service.api.rest_api_id,
        resource_id=service.api.rest_api_root_resource_id,
        http_method="PATCH",
        authorization_type="NONE",
        integration=apigateway.CfnMethod.IntegrationProperty(type="MOCK"),
    )


def alias_route(*, memory: int = 128, name: str = "live", function: str | None = None) -> Declared:
    """A route of the user's own function, behind an alias."""

    def declare(service):
        other = lambda_.Function(
            service,
            "Other",
            code=lambda_.Code.from_inline("def handler(event, context): pass"),
            handler="index.handler",
            runtime=lambda_.Runtime.PYTHON_3_13,
            memory_size=memory,
            function_name=function,
        )
        alias = lambda_.Alias(service, "Alias", alias_name=name, version=other.current_version)
        service.api.root.add_resource("other").add_method(
            "GET", apigateway.LambdaIntegration(alias, scope_permission_to_method=False)
        )

    return after(declare)


def ttl_of_a_parameter(*, unrelated: bool = False, halved: bool = False) -> Declared:
    """A TTL known at deployment only; tokens are numbered as they are made."""

    def before(stack):
        if unrelated:
            for number in range(5):
                Token.as_number(Fn.ref(f"Unrelated{number}"))
        name = "Half" if halved else "Ttl"
        parameter = CfnParameter(stack, name, type="Number", default=60, max_value=3600)
        return {"authorizer_cache_ttl": Duration.seconds(parameter.value_as_number)}

    return Declared(before=before)


def conditional_key(expected: str) -> Declared:
    """A method that needs a key where a condition holds."""

    def declare(service):
        stack = Stack.of(service)
        parameter = CfnParameter(stack, "Wanted", default="no")
        condition = CfnCondition(
            stack, "Keyed", expression=Fn.condition_equals(parameter.value_as_string, expected)
        )
        first_method(service).api_key_required = Fn.condition_if(condition.logical_id, True, False)

    return after(declare)


def mapped_size(size: int) -> Declared:
    def declare(service):
        mapping = CfnMapping(
            Stack.of(service), "Sizes", mapping={"all": {"least": size}}, lazy=False
        )
        l1(service.api).minimum_compression_size = Token.as_number(
            mapping.find_in_map("all", "least")
        )

    return after(declare)


def queue_route(name: str | None, *, retention: int = 4) -> Declared:
    """A route to a queue, by a role."""

    def declare(service):
        queue = sqs.Queue(
            service, "Queue", queue_name=name, retention_period=Duration.days(retention)
        )
        role = iam.Role(
            service, "Sender", assumed_by=iam.ServicePrincipal("apigateway.amazonaws.com")
        )
        queue.grant_send_messages(role)
        service.api.root.add_resource("queue").add_method(
            "POST",
            apigateway.AwsIntegration(
                service="sqs",
                path=f"{Aws.ACCOUNT_ID}/{queue.queue_name}",
                options=apigateway.IntegrationOptions(credentials_role=role),
            ),
        )

    return after(declare)


def responses(*types: str) -> Declared:
    def declare(service):
        for type_ in types:
            service.api.add_gateway_response(
                type_, type=apigateway.ResponseType.of(type_), status_code="418"
            )

    return after(declare)


def salted(*salts: object) -> Declared:
    def declare(service):
        for salt in salts:
            service.api.latest_deployment.add_to_logical_id(salt)

    return after(declare)


def salted_by_a_parameter(*, unrelated: bool) -> Declared:
    def declare(service):
        stack = Stack.of(service)
        if unrelated:
            Token.as_string(Fn.get_att("Unrelated", "Arn"))
        salt = CfnParameter(stack, "Salt").value_as_string
        service.api.latest_deployment.add_to_logical_id({"salt": f"a {salt}"})
        CfnOutput(stack, "Salted", value=salt)

    return after(declare)


def several_statements(*actions: str) -> Declared:
    def declare(service):
        for action in actions:
            service.api.add_to_resource_policy(policy_statement(action))

    return after(declare)


def override(path: str, value: object) -> Declared:
    return after(lambda service: first_method(service).add_property_override(path, value))


def model(schema: str, description: str = "A model.") -> Declared:
    return after(
        lambda service: service.api.add_model(
            "Model",
            description=description,
            schema=apigateway.JsonSchema(type=getattr(apigateway.JsonSchemaType, schema)),
        )
    )


def authorizer_of(attribute: str, value: object) -> Declared:
    return after(lambda service: setattr(l1(service.authorizer), attribute, value))


def validator(service: CoworksMicroService) -> None:
    validator = service.api.add_request_validator("Validator", validate_request_body=True)
    first_method(service).request_validator_id = validator.request_validator_id


def plan_and_domain(service: CoworksMicroService) -> None:
    """What belongs to the account's side of an API, and not to what it serves."""
    plan = service.api.add_usage_plan("Plan", name="plan")
    plan.add_api_stage(stage=service.api.deployment_stage)
    plan.add_api_key(service.api.add_api_key("Key"))
    apigateway.CfnDocumentationPart(
        service,
        "Part",
        rest_api_id=service.api.rest_api_id,
        location=apigateway.CfnDocumentationPart.LocationProperty(type="API"),
        properties='{"description":"An API."}',
    )


# Two declarations of one stack, deployed one after the other.
CHANGES = {
    "a route more": (
        UNCHANGED,
        source('return "one"', 'return "one"\n\n    @entry\n    def get_x(self): ...'),
    ),
    "a method": (UNCHANGED, source("def get_value", "def put_value")),
    "public": (UNCHANGED, source("@entry\n", "@entry(no_auth=True)\n")),
    "cors": (UNCHANGED, source("max_age=600", "max_age=60")),
    "no cors": (UNCHANGED, source("no_cors=False", "")),
    "header": (UNCHANGED, source('"Authorization"', '"X-Token"')),
    "ttl": (UNCHANGED, props(authorizer_cache_ttl=Duration.seconds(60))),
    "binary types": (UNCHANGED, props(binary_media_types=["image/*"])),
    "function's name added": (UNCHANGED, props(function_name="one")),
    "function's name": (props(function_name="one"), props(function_name="two")),
    "user's route": (UNCHANGED, after(mock_route)),
    "user's integration": (after(mock_route), after(lambda s: mock_route(s, "204"))),
    "user's route removed": (after(mock_route), UNCHANGED),
    "gateway response": (UNCHANGED, responses("THROTTLED")),
    "policy": (UNCHANGED, several_statements("execute-api:Invoke")),
    "statement": (
        several_statements("execute-api:Invoke"),
        several_statements("execute-api:Invoke", "execute-api:*"),
    ),
    "no default endpoint": (UNCHANGED, set_api(disable_execute_api_endpoint=True)),
    "compression": (UNCHANGED, set_api(minimum_compression_size=100)),
    "key source": (UNCHANGED, set_api(api_key_source_type="AUTHORIZER")),
    "endpoint": (
        UNCHANGED,
        set_api(
            endpoint_configuration=apigateway.CfnRestApi.EndpointConfigurationProperty(
                types=["EDGE"]
            )
        ),
    ),
    "key required": (
        UNCHANGED,
        after(lambda s: setattr(first_method(s), "api_key_required", True)),
    ),
    "authorization type": (
        UNCHANGED,
        after(lambda s: setattr(first_method(s), "authorization_type", "AWS_IAM")),
    ),
    "integration": (
        UNCHANGED,
        after(
            lambda s: setattr(
                first_method(s),
                "integration",
                apigateway.CfnMethod.IntegrationProperty(type="MOCK"),
            )
        ),
    ),
    "operation's name": (
        UNCHANGED,
        after(lambda s: setattr(first_method(s), "operation_name", "start")),
    ),
    "overridden": (UNCHANGED, override("Integration.TimeoutInMillis", 1000)),
    "model": (UNCHANGED, model("OBJECT")),
    "schema": (model("OBJECT"), model("STRING")),
    "validator": (UNCHANGED, after(validator)),
    "preflight": (
        UNCHANGED,
        after(lambda s: s.api.root.add_resource("x").add_cors_preflight(allow_origins=["*"])),
    ),
    "authorizer": (UNCHANGED, authorizer_of("identity_validation_expression", "[a-z]+")),
    "salt": (UNCHANGED, salted({"version": 1})),
    "another salt": (salted({"version": 1}), salted({"version": 2})),
    "aspect": (UNCHANGED, after(lambda s: Aspects.of(Stack.of(s)).add(RequireKeys()))),
    "route of an aspect": (UNCHANGED, after(lambda s: Aspects.of(s).add(AddRoute()))),
    "method by the API's id": (UNCHANGED, after(raw_method)),
    "condition": (conditional_key("yes"), conditional_key("always")),
    "mapping": (mapped_size(1), mapped_size(2)),
    "alias": (alias_route(), alias_route(name="other")),
    "function of an alias": (alias_route(function="one"), alias_route(function="two")),
    "queue": (queue_route("one"), queue_route("two")),
    "another parameter": (ttl_of_a_parameter(), ttl_of_a_parameter(halved=True)),
    "document": (UNCHANGED, DOCUMENT),
    "document: a method": (DOCUMENT, document("def get_value", "def put_value")),
    "document: public": (DOCUMENT, document("@entry\n", "@entry(no_auth=True)\n")),
    "document: cors": (DOCUMENT, document("max_age=600", "max_age=60")),
    "document: header": (DOCUMENT, document('"Authorization"', '"X-Token"')),
    "document: ttl": (DOCUMENT, document(authorizer_cache_ttl=Duration.seconds(60))),
    "document: timeout": (DOCUMENT, document(integration_timeout=Duration.seconds(60))),
    "document: function's name": (document(function_name="one"), document(function_name="two")),
    "document: policy": (
        DOCUMENT,
        document(after=lambda s: s.api.add_to_resource_policy(policy_statement())),
    ),
    "document: binary types": (
        DOCUMENT,
        document(after=lambda s: setattr(l1(s.api), "binary_media_types", ["image/*"])),
    ),
    "document: overridden": (
        DOCUMENT,
        document(after=lambda s: l1(s.api).add_property_override("Body.paths./.get.security", [])),
    ),
    "document: salt": (
        DOCUMENT,
        document(after=lambda s: s.api.latest_deployment.add_to_logical_id(1)),
    ),
}

NO_CHANGES = {
    "code": (UNCHANGED, source('"one"', '"two"')),
    "authorizer's code": (UNCHANGED, source('"token"', '"other"')),
    "a renamed variable": (UNCHANGED, source("value)", "other)")),
    "description": (UNCHANGED, props(description="Other.")),
    "service's docstring": (
        UNCHANGED,
        source("(TechMicroService):\n", '(TechMicroService):\n    """Told."""\n\n'),
    ),
    "name": (UNCHANGED, props(api_name="other")),
    "service's name": (UNCHANGED, source('name="service"', 'name="other"')),
    "memory": (UNCHANGED, props(memory_size=1024)),
    "timeout": (UNCHANGED, props(timeout=Duration.seconds(3))),
    "environment": (UNCHANGED, props(environment={"COLOUR": "blue"})),
    "environment added": (UNCHANGED, after(lambda s: s.add_environment("COLOUR", "blue"))),
    "stage": (UNCHANGED, props(stage="prod")),
    "logs": (UNCHANGED, props(access_logs=True)),
    "throttling": (UNCHANGED, props(throttling_rate_limit=5, throttling_burst_limit=5)),
    "tags": (UNCHANGED, after(lambda s: Tags.of(Stack.of(s)).add("team", "one"))),
    "tags of an aspect": (UNCHANGED, after(lambda s: Aspects.of(Stack.of(s)).add(GiveTags()))),
    "authorizer's name": (UNCHANGED, authorizer_of("name", "other")),
    "model's description": (model("OBJECT"), model("OBJECT", "Another.")),
    "order of responses": (
        responses("THROTTLED", "WAF_FILTERED"),
        responses("WAF_FILTERED", "THROTTLED"),
    ),
    "order of statements": (
        several_statements("execute-api:Invoke", "execute-api:*"),
        several_statements("execute-api:*", "execute-api:Invoke"),
    ),
    "order of salts": (salted(1, 2), salted(2, 1)),
    "order of entries": (
        source('return "one"', 'return "one"\n\n    @entry\n    def get_x(self): ...'),
        source("app = ", "    @entry\n    def get_x(self): ...\n\napp = "),
    ),
    "unrelated constructs": (UNCHANGED, after(lambda s: sqs.Queue(Stack.of(s), "Queue"))),
    "tokens of others": (ttl_of_a_parameter(), ttl_of_a_parameter(unrelated=True)),
    "tokens of others in a salt": (
        salted_by_a_parameter(unrelated=False),
        salted_by_a_parameter(unrelated=True),
    ),
    "plan, key, documentation": (UNCHANGED, after(plan_and_domain)),
    "a version behind an alias": (alias_route(), alias_route(memory=256)),
    "a queue's retention": (queue_route("one"), queue_route("one", retention=5)),
    "document: code": (DOCUMENT, document('"one"', '"two"')),
    "document: a renamed variable": (DOCUMENT, document("value)", "other)")),
    "document: service's name": (DOCUMENT, document('name="service"', 'name="other"')),
    "document: description": (DOCUMENT, document(description="Other.")),
    "document: memory": (DOCUMENT, document(memory_size=1024)),
    "document: environment": (DOCUMENT, document(environment={"COLOUR": "blue"})),
    "document: stage": (DOCUMENT, document(stage="prod")),
    "document: tags": (
        DOCUMENT,
        document(after=lambda s: Tags.of(Stack.of(s)).add("team", "one")),
    ),
}


@pytest.fixture(scope="module")
def deploy(tmp_path_factory, layer_arn):
    """Declares in stacks of one app, and gives their templates in one synth."""

    def deploy(declared: list[Declared]) -> list[dict[str, Any]]:
        app = App()
        folders: dict[str, Path] = {}
        for number, one in enumerate(declared):
            text = textwrap.dedent(SOURCE)
            for old, new in one.edits.items():
                assert old in text
                text = text.replace(old, new)
            if text not in folders:
                folders[text] = tmp_path_factory.mktemp("service")
                (folders[text] / "service.py").write_text(text)
            # Each in an account of its own: functions have the same names.
            stack = Stack(app, f"Stack{number}", env={"account": f"{number:012}"})
            service = CoworksMicroService(
                stack,
                "Service",
                app="service",
                project_dir=folders[text],
                coworks_layer=layer_arn,
                **{**one.props, **one.before(stack)},
            )
            one.after(service)
        folder = Path(app.synth().directory)
        files = [folder / f"Stack{number}.template.json" for number in range(len(declared))]
        assert cfn_lint(files) == []
        return [json.loads(file.read_text()) for file in files]

    return deploy


@pytest.fixture(scope="module")
def updates(deploy):
    """The templates before and after each change."""
    cases = {**CHANGES, **NO_CHANGES}
    distinct = list({id(one): one for pair in cases.values() for one in pair}.values())
    templates = dict(zip(map(id, distinct), deploy(distinct), strict=True))
    return {name: (templates[id(old)], templates[id(new)]) for name, (old, new) in cases.items()}


def deployment(template: dict[str, Any]) -> str:
    """The logical id of the one deployment, which the one stage serves."""
    resources = template["Resources"]
    of_type = {
        kind: [name for name, one in resources.items() if one["Type"] == f"AWS::ApiGateway::{kind}"]
        for kind in ("Deployment", "Stage")
    }
    (found,), (stage,) = of_type["Deployment"], of_type["Stage"]
    assert resources[stage]["Properties"]["DeploymentId"] == {"Ref": found}
    return found


@pytest.mark.parametrize("name", CHANGES)
def test_a_new_deployment(updates, name):
    old, new = updates[name]
    assert deployment(old) != deployment(new)


def test_each_change_has_its_own(updates):
    changed = [name for name, (old, _) in CHANGES.items() if old is UNCHANGED]
    # Two ways to one method, and the CDK's default of a route.
    assert len({deployment(updates[name][1]) for name in changed}) == len(changed) - 1


@pytest.mark.parametrize("name", NO_CHANGES)
def test_the_same_deployment(updates, name):
    old, new = updates[name]
    assert deployment(old) == deployment(new)


@pytest.mark.parametrize("name", ["method by the API's id", "route of an aspect", "validator"])
def test_the_deployment_is_made_after_what_it_holds(updates, name):
    _, template = updates[name]
    resources = template["Resources"]
    awaited = set(resources[deployment(template)]["DependsOn"])
    methods = {k for k, one in resources.items() if one["Type"] == "AWS::ApiGateway::Method"}
    assert methods <= awaited


def test_a_changed_gateway_response_is_a_new_deployment(deploy, monkeypatch):
    from coworks_cdk.api import gateway_responses

    (before,) = deploy([UNCHANGED])
    (again,) = deploy([UNCHANGED])
    assert deployment(before) == deployment(again)
    monkeypatch.setattr(
        gateway_responses, "_GATEWAY_RESPONSES", gateway_responses._GATEWAY_RESPONSES[1:]
    )
    (after_change,) = deploy([UNCHANGED])
    assert deployment(after_change) != deployment(before)


def test_an_app_synthesized_again_has_what_was_set_since(services, layer_arn):
    app = App()
    stack = Stack(app, "Stack")
    service = CoworksMicroService(
        stack, "Service", app="minimal", project_dir=services, coworks_layer=layer_arn
    )

    def synthesized():
        return deployment(app.synth(force=True).get_stack_by_name("Stack").template)

    early = stack.resolve(l1(service.api.latest_deployment).ref)
    first = synthesized()
    assert early == {"Ref": first}
    first_method(service).api_key_required = True
    assert synthesized() != first
    first_method(service).api_key_required = None
    assert synthesized() == first


def nested(tmp_path: Path, services: Path, layer: str, *, route: bool, name: str | None) -> Any:
    app = App(outdir=str(tmp_path))
    stack = Stack(app, "Stack")
    inner = NestedStack(stack, "Inner")
    service = CoworksMicroService(
        inner,
        "Service",
        app="minimal",
        project_dir=services,
        coworks_layer=layer,
        function_name=name,
    )
    if route:
        mock_route(service)
    app.synth()
    (file,) = tmp_path.glob("*.nested.template.json")
    outer = json.loads((tmp_path / "Stack.template.json").read_text())
    (url,) = (
        one["Properties"]["TemplateURL"]
        for one in outer["Resources"].values()
        if one["Type"] == "AWS::CloudFormation::Stack"
    )
    return deployment(json.loads(file.read_text())), url, file.read_bytes()


def test_a_nested_stack(tmp_path, services, layer_arn):
    declared = [(False, None), (False, None), (True, None), (False, "one"), (False, "two")]
    found = [
        nested(tmp_path / str(number), services, layer_arn, route=route, name=name)
        for number, (route, name) in enumerate(declared)
    ]
    assert found[0][:2] == found[1][:2]
    assert len({id_ for id_, _, _ in found}) == 4
    # The name of the template's asset tells its content, deployment included.
    assert len({json.dumps(url) for _, url, _ in found}) == 4


def test_a_stack_that_cannot_be_rendered_is_told_by_the_cdk(services, layer_arn):
    stack = Stack(App(), "Stack")
    CoworksMicroService(
        stack, "Service", app="minimal", project_dir=services, coworks_layer=layer_arn
    )
    for name in ("One", "Two"):
        l1(sqs.Queue(stack, name)).override_logical_id("Same")
    with pytest.raises(RuntimeError, match="already contains 'Same'"):
        Template.from_stack(stack)
