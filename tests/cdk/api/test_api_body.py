"""An API that is one OpenAPI document, and what goes with it."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from aws_cdk import App, Duration, NestedStack, Stack
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_lambda as lambda_
from openapi_spec_validator import validate

from coworks_cdk import CoworksMicroService
from coworks_cdk.api.openapi import document
from coworks_cdk.api.operations import Answer, Integration, Routes, Target
from coworks_cdk.api.route_tree import route_tree
from coworks_cdk.local.template.assembly import read_assembly
from coworks_cdk.local.template.model import read_model
from coworks_cdk.service_description import Entry
from tests.cfn_lint import cfn_lint

EXTENSION = "x-amazon-apigateway-"


def gatekeeper(stack):
    return lambda_.Function(
        stack,
        "Gatekeeper",
        code=lambda_.Code.from_asset(str(Path(__file__).parents[1] / "services")),
        handler="minimal.app",
        runtime=lambda_.Runtime.PYTHON_3_13,
    )


def users(stack):
    pool = cognito.UserPool(stack, "Users")
    made = apigateway.CognitoUserPoolsAuthorizer(stack, "Cognito", cognito_user_pools=[pool])
    return {"authorizer": made}


def by_request(stack):
    made = apigateway.RequestAuthorizer(
        stack,
        "Request",
        handler=gatekeeper(stack),
        identity_sources=[
            apigateway.IdentitySource.header("X-Key"),
            apigateway.IdentitySource.query_string("key"),
        ],
        results_cache_ttl=Duration.seconds(7),
    )
    return {"authorizer": made}


def by_token(stack):
    made = apigateway.TokenAuthorizer(
        stack,
        "Token",
        handler=gatekeeper(stack),
        identity_source=apigateway.IdentitySource.header("X-Key"),
        validation_regex="k.*",
    )
    return {"authorizer": made}


def iam(_):
    return {"authorizer": apigateway.AuthorizationType.IAM}


def private(stack):
    attributes = {"port": 443, "vpc_endpoint_id": "vpce-12345678"}
    endpoint = ec2.InterfaceVpcEndpoint.from_interface_vpc_endpoint_attributes(
        stack, "Endpoint", **attributes
    )
    return {"endpoint_type": apigateway.EndpointType.PRIVATE, "vpc_endpoints": [endpoint]}


def everything(stack):
    domain = apigateway.DomainName.from_domain_name_attributes(
        stack,
        "Domain",
        domain_name=f"{stack.node.id}.example.com",
        domain_name_alias_target="d-1234567890.execute-api.eu-west-1.amazonaws.com",
        domain_name_alias_hosted_zone_id="Z1234567890",
    )
    return {
        "version": True,
        "domain_name": domain,
        "base_path": "shop",
        "integration_timeout": Duration.seconds(60),
        "timeout": Duration.seconds(60),
        "binary_media_types": ["image/png"],
        "access_logs": True,
        "api_options": {
            "disable_execute_api_endpoint": True,
            "minimum_compression_size": 5,
            "api_key_source_type": apigateway.ApiKeySourceType.AUTHORIZER,
            "parameters": {"ignore": "documentation"},
        },
    }


def own(_):
    return {}


CASES: dict[str, Callable[[Stack], dict[str, object]]] = {
    made.__name__.replace("_", "-"): made
    for made in (own, users, by_request, by_token, iam, private, everything)
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory, services):
    """Every case as documents, and its twin as resources, in one synth."""
    app = App(outdir=str(tmp_path_factory.mktemp("bodies")))
    for name, props in CASES.items():
        for form, body in (("document", "openapi"), ("resources", None)):
            stack = Stack(app, f"{name}-{form}")
            CoworksMicroService(
                stack,
                "Shop",
                app="everything",
                project_dir=services,
                api_body=body,
                **props(stack),
            )
    nested = NestedStack(Stack(app, "outer"), "Inner")
    CoworksMicroService(
        nested,
        "Shop",
        app="minimal",
        project_dir=services,
        api_body="openapi",
    )
    return Path(app.synth().directory)


def template_of(folder, name):
    return json.loads((folder / f"{name}-document.template.json").read_text())


def api_of(folder, name):
    found = template_of(folder, name)["Resources"].values()
    (api,) = (one["Properties"] for one in found if one["Type"] == "AWS::ApiGateway::RestApi")
    return api


def test_cfn_lint_has_nothing_to_say(folder):
    assert cfn_lint(sorted(folder.glob("*.template.json"))) == []


@pytest.mark.parametrize("name", sorted(set(CASES) - {"everything"}))
def test_the_same_is_served(folder, name):
    """As the local gateway reads both, ids aside."""

    def served(form):
        sources = [source for source in read_assembly(folder) if source.name == f"{name}-{form}"]
        (api,) = read_model(sources).apis
        routes = {
            (route.path, route.method): (
                route.integration,
                route.authorizer
                and (
                    route.authorizer.kind,
                    route.authorizer.function,
                    route.authorizer.sources,
                    route.authorizer.ttl,
                    route.authorizer.pattern,
                ),
            )
            for route in sorted(api.routes, key=lambda route: (route.path, route.method))
        }
        return (
            routes,
            api.resources,
            sorted(api.responses.items()),
            api.binary_media_types,
            api.private,
        )

    for documented, declared in zip(served("document"), served("resources"), strict=True):
        assert without_names(documented) == without_names(declared)


def without_names(value):
    return re.sub(r"-(document|resources)-(\w+)-[a-z0-9]{12}", r"-\2", repr(value))


@pytest.mark.parametrize("name", sorted(CASES))
def test_nothing_is_declared_beside_it(folder, name):
    kinds = [one["Type"] for one in template_of(folder, name)["Resources"].values()]
    gateway = {kind for kind in kinds if kind.startswith("AWS::ApiGateway::")}
    assert gateway - {"AWS::ApiGateway::BasePathMapping"} == {
        f"AWS::ApiGateway::{kind}" for kind in ("Deployment", "RestApi", "Stage")
    }


def test_the_functions_that_decide_may_be_called_by_its_authorizers(folder):
    for name in ("own", "by-request", "by-token"):
        permissions = [
            json.dumps(one["Properties"]["SourceArn"])
            for one in template_of(folder, name)["Resources"].values()
            if one["Type"] == "AWS::Lambda::Permission"
        ]
        assert len(permissions) == 2
        assert sum("/authorizers/*" in arn for arn in permissions) == 1


@pytest.mark.parametrize("name", sorted(CASES))
def test_it_is_a_valid_document(folder, name):
    body = api_of(folder, name)["Body"]
    # API Gateway writes a greedy variable {x+}, and calls the parameter x.
    paths = {path.replace("+}", "}"): item for path, item in body["paths"].items()}
    validate({**body, "paths": paths})
    ids = [
        operation["operationId"]
        for item in paths.values()
        for method, operation in item.items()
        if method != "options"
    ]
    assert len(ids) == len(set(ids)) == 8
    assert {"get", "get_content", "plain.get", "plain.post"} <= set(ids)


def test_an_import_takes_the_place_of_what_was_there(folder):
    assert {api_of(folder, name)["Mode"] for name in CASES} == {"overwrite"}


def test_what_an_import_would_take_away_is_in_the_document(folder):
    api = api_of(folder, "everything")
    body = api["Body"]
    assert body[f"{EXTENSION}binary-media-types"] == api["BinaryMediaTypes"] == ["image/png"]
    assert body[f"{EXTENSION}api-key-source"] == api["ApiKeySourceType"] == "AUTHORIZER"
    assert body[f"{EXTENSION}minimum-compression-size"] == api["MinimumCompressionSize"] == 5
    (server,) = body["servers"]
    assert server[f"{EXTENSION}endpoint-configuration"] == {"disableExecuteApiEndpoint": True}
    assert api["Parameters"] == {
        "endpointConfigurationTypes": "REGIONAL",
        "ignore": "documentation",
    }


def test_a_private_api(folder):
    api = api_of(folder, "private")
    assert api["EndpointConfiguration"] == {
        "Types": ["PRIVATE"],
        "VpcEndpointIds": ["vpce-12345678"],
    }
    assert api["Body"][f"{EXTENSION}policy"] == api["Policy"]
    (server,) = api["Body"]["servers"]
    assert server[f"{EXTENSION}endpoint-configuration"]["vpcEndpointIds"] == ["vpce-12345678"]


def test_the_alias_is_called(folder):
    template = template_of(folder, "everything")
    (alias,) = (
        name for name, one in template["Resources"].items() if one["Type"] == "AWS::Lambda::Alias"
    )
    operation = api_of(folder, "everything")["Body"]["paths"]["/"]["get"]
    integration = operation[f"{EXTENSION}integration"]
    assert {"Ref": alias} in integration["uri"]["Fn::Join"][1]
    assert integration["timeoutInMillis"] == 60_000


def test_all_that_an_integration_says_is_in_the_document(monkeypatch):
    everything = Integration(
        "AWS",
        uri="arn:uri",
        timeout=5000,
        content_handling="CONVERT_TO_TEXT",
        passthrough="NEVER",
        request_parameters={"integration.request.header.A": "'a'"},
        request_templates={"application/json": "$input.json('$')"},
        answers=(
            Answer("202", headers={"X-A": "'a'"}, templates={"application/json": "{}"}),
            Answer("400", pattern="bad.*", content_handling="CONVERT_TO_TEXT"),
        ),
        transfer_mode="STREAM",
    )
    monkeypatch.setattr("coworks_cdk.api.operations.integration_of", lambda *_: everything)
    entry = Entry("GET", "/", "get", None, True, True, None, None, (), None)
    routes = Routes(route_tree([entry]), Target("arn:services", "arn:function"))
    operation = document(routes, title="api", scheme=None)["paths"]["/"]["get"]
    assert operation[f"{EXTENSION}integration"] == {
        "type": "aws",
        "httpMethod": "POST",
        "uri": "arn:uri",
        "timeoutInMillis": 5000,
        "contentHandling": "CONVERT_TO_TEXT",
        "passthroughBehavior": "never",
        "requestParameters": {"integration.request.header.A": "'a'"},
        "requestTemplates": {"application/json": "$input.json('$')"},
        "responses": {
            "default": {
                "statusCode": "202",
                "responseParameters": {"method.response.header.X-A": "'a'"},
                "responseTemplates": {"application/json": "{}"},
            },
            "bad.*": {"statusCode": "400", "contentHandling": "CONVERT_TO_TEXT"},
        },
        "responseTransferMode": "STREAM",
    }
    assert operation["responses"] == {
        "202": {"description": "202", "headers": {"X-A": {"schema": {"type": "string"}}}},
        "400": {"description": "400"},
    }


@pytest.fixture
def declare(services, layer_arn):
    def declare(stack, construct_id="Shop", **props):
        known = {"app": "everything", "project_dir": services, "coworks_layer": layer_arn}
        return CoworksMicroService(stack, construct_id, api_body="openapi", **(known | props))

    return declare


@pytest.mark.parametrize("name", ["root", "methods", "add_model", "add_request_validator"])
def test_what_adds_to_resources_is_not_there(declare, name):
    service = declare(Stack(App(), "Stack"))
    with pytest.raises(
        AttributeError, match=rf"Stack/Shop/Document: `{name}` isn't there: the API is"
    ):
        getattr(service.api, name)
    assert service.authorizer is None
    assert not hasattr(service.api, "anything_else")


def test_what_is_refused(declare):
    app = App()
    stack = Stack(app, "Stack")
    shared = by_token(stack)["authorizer"]
    declare(stack, "First", authorizer=shared)
    declare(stack, "Second", authorizer=shared)
    declare(stack, "Cloned", api_options={"default_method_options": apigateway.MethodOptions()})
    added = declare(stack, "Added")
    added.api.add_gateway_response("Throttled", type=apigateway.ResponseType.THROTTLED)
    apigateway.CfnResource(
        stack,
        "Raw",
        rest_api_id=added.api.rest_api_id,
        parent_id=added.api.rest_api_root_resource_id,
        path_part="raw",
    )
    with pytest.raises(RuntimeError, match="Validation failed") as refused:
        app.synth()
    told = str(refused.value)
    assert "[Stack/First]" not in told
    for expected in (
        "[Stack/Second] authorizer: got one that serves the API of another service already",
        "[Stack/Cloned] api_options: got default_method_options with api_body='openapi'",
        "Stack/Added/Document: got Raw, an AWS::ApiGateway::Resource, beside the API's OpenAPI document",
        "an AWS::ApiGateway::GatewayResponse, beside the API's OpenAPI document",
    ):
        assert expected in told, told


def test_more_entries_than_a_stack_has_resources(declare, tmp_path):
    lines = [
        "from coworks_runtime import TechMicroService, entry",
        "class Big(TechMicroService):",
        "    def token_authorizer(self, token): return True",
        *(f"    @entry\n    def get_{n}(self): return '{n}'" for n in range(301)),
        "app = Big(name='big')",
    ]
    (tmp_path / "big.py").write_text("\n".join(lines))
    app = App()
    stack = Stack(app, "Stack")
    service = declare(stack, app="big", project_dir=tmp_path)
    made = app.synth().get_stack_by_name("Stack")
    assert len(made.template["Resources"]) == 8
    told = [str(entry.data) for entry in service.node.metadata]
    (warning,) = (text for text in told if "got 301 resources" in text)
    assert "unless the account's quota is raised" in warning
