"""What the construct declares."""

import json
from pathlib import Path

import pytest
from aws_cdk import App, Duration, RemovalPolicy, Stack, assertions
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_secretsmanager as secretsmanager

from coworks_cdk import CoworksMicroService
from tests.cfn_lint import cfn_lint

OTHER_LAYER = "arn:aws:lambda:eu-west-1:123456789012:layer:other:2"


class World:
    """One app, whose stacks are synthesized together."""

    def __init__(self, services, layer_arn):
        self.app = App()
        self.services = services
        self.layer_arn = layer_arn
        self.declared = {}

    def declare(self, name, service="minimal", construct_id="Service", **props):
        stack = Stack(self.app, name)
        props.setdefault("project_dir", self.services)
        props.setdefault("coworks_layer", self.layer_arn)
        self.declared[name] = props.pop("made", CoworksMicroService)(
            stack, construct_id, app=service, **(props.pop("extra", lambda _: {})(stack) | props)
        )

    def template(self, name):
        return assertions.Template.from_stack(Stack.of(self.declared[name]))


def secret(stack):
    return {"token": secretsmanager.Secret(stack, "Secret")}


def network(stack):
    vpc = ec2.Vpc.from_vpc_attributes(
        stack,
        "Vpc",
        vpc_id="vpc-12345678",
        availability_zones=["a"],
        private_subnet_ids=["subnet-12345678"],
    )
    layer = lambda_.LayerVersion.from_layer_version_arn(stack, "Other", OTHER_LAYER)
    return {"vpc": vpc, "layers": [layer]}


def own_role(stack):
    service = iam.ServicePrincipal("lambda.amazonaws.com")
    return {"role": iam.Role(stack, "OwnRole", assumed_by=service)}


@pytest.fixture(scope="module")
def world(services, layer_arn):
    world = World(services, layer_arn)
    world.declare("Minimal")
    world.declare("Everything", "everything:app")
    world.declare("Prod", "everything:app", stage="prod")
    world.declare("Siblings", "siblings")
    world.declare("Many", "many", environment={"COUNT": "200"})
    world.declare("Secret", "everything", extra=secret)
    world.declare("Network", extra=network)
    world.declare("OwnRole", extra=own_role)
    world.declare(
        "Props",
        "everything",
        layers=[layer_arn.replace("coworks", "other")],
        environment={"COLOUR": "blue"},
        authorizer_cache_ttl=Duration.seconds(0),
        binary_media_types=["image/*"],
        runtime=lambda_.Runtime.PYTHON_3_13,
        architecture=lambda_.Architecture.X86_64,
        memory_size=1024,
        timeout=Duration.seconds(5),
        tracing=lambda_.Tracing.DISABLED,
        log_retention=logs.RetentionDays.ONE_DAY,
        access_logs=True,
        removal_policy=RemovalPolicy.DESTROY,
        throttling_rate_limit=10,
        throttling_burst_limit=5,
        function_name="the-function",
        api_name="the-api",
        description="The description.",
    )
    world.declare("PassThrough", tracing=lambda_.Tracing.PASS_THROUGH)

    two = Stack(world.app, "Two")
    world.declared["Two"] = CoworksMicroService(
        two, "Deep", app="app", project_dir=services / "nested/deep", coworks_layer=layer_arn
    )
    for construct_id, stage in (("Shallow", "dev"), ("ShallowProd", "prod")):
        CoworksMicroService(
            two,
            construct_id,
            app="app:app",
            project_dir=services / "nested",
            coworks_layer=layer_arn,
            stage=stage,
        )

    granted = Stack(world.app, "Granted")
    service = world.declared["Granted"] = CoworksMicroService(
        granted, "Service", app="minimal", project_dir=services, coworks_layer=layer_arn
    )
    log_group = logs.LogGroup(granted, "Other")
    log_group.grant_write(service)
    service.grant_invoke(iam.AccountPrincipal("123456789012"))
    service.add_environment("GROUP", log_group.log_group_name)
    return world


def resources(template, type_):
    return list(template.find_resources(f"AWS::{type_}").values())


def test_a_minimal_service_has_no_authorizer(world):
    template = world.template("Minimal")
    assert world.declared["Minimal"].authorizer is None
    template.resource_count_is("AWS::ApiGateway::Authorizer", 0)
    template.resource_count_is("AWS::Lambda::Permission", 1)
    template.has_resource_properties("AWS::ApiGateway::Method", {"AuthorizationType": "NONE"})


def test_a_regional_api_whose_bodies_are_all_binary(world):
    world.template("Minimal").has_resource_properties(
        "AWS::ApiGateway::RestApi",
        {
            "Name": "minimal",
            "BinaryMediaTypes": ["*/*"],
            "EndpointConfiguration": {"Types": ["REGIONAL"]},
        },
    )


def test_nothing_of_the_account_is_declared(world):
    for name in ("Minimal", "Everything", "Props"):
        world.template(name).resource_count_is("AWS::ApiGateway::Account", 0)
        world.template(name).resource_count_is("AWS::IAM::Policy", 0)
        world.template(name).resource_count_is("AWS::IAM::Role", 1)


def test_the_stage_is_named_after_the_services(world):
    for name, stage in (("Everything", "dev"), ("Prod", "prod")):
        template = world.template(name)
        template.has_resource_properties(
            "AWS::ApiGateway::Stage", {"StageName": stage, "TracingEnabled": True}
        )
        template.has_resource_properties(
            "AWS::Lambda::Function", {"Environment": {"Variables": {"CWS_STAGE": stage}}}
        )
        assert world.declared[name].stage == stage


def test_logical_ids_do_not_depend_on_the_stage(world):
    dev, prod = (world.template(name).to_json()["Resources"] for name in ("Everything", "Prod"))
    only = {id_ for id_, r in prod.items() if r["Type"] != "AWS::ApiGateway::Deployment"} - set(dev)
    assert only
    assert all("onlyprod" in id_ or id_.startswith("ServiceApionly") for id_ in only)
    assert not any("dev" in id_ or "Stack" in id_ for id_ in dev)


def test_a_method_for_each_entry_with_the_services_function_behind(world):
    template = world.template("Everything")
    entries = world.declared["Everything"].entries
    methods = [m["Properties"] for m in resources(template, "ApiGateway::Method")]
    served = [m for m in methods if m["Integration"]["Type"] == "AWS_PROXY"]
    assert len(served) == len(entries)
    assert all(m["Integration"]["IntegrationHttpMethod"] == "POST" for m in served)
    public = [m for m in served if m["AuthorizationType"] == "NONE"]
    assert len(public) == sum(entry.no_auth for entry in entries) == 1
    (authorizer,) = template.find_resources("AWS::ApiGateway::Authorizer")
    protected = [m for m in served if m["AuthorizationType"] == "CUSTOM"]
    assert len(protected) == len(entries) - 1
    assert all(m["AuthorizerId"] == {"Ref": authorizer} for m in protected)


def test_the_authorizer_is_the_function_with_the_services_header(world):
    template = world.template("Everything")
    (function,) = template.find_resources("AWS::Lambda::Function")
    template.has_resource_properties(
        "AWS::ApiGateway::Authorizer",
        {
            "Type": "TOKEN",
            "IdentitySource": "method.request.header.X-Token",
            "AuthorizerResultTtlInSeconds": 300,
            "AuthorizerUri": {
                "Fn::Join": [
                    "",
                    assertions.Match.array_with([{"Fn::GetAtt": [function, "Arn"]}]),
                ]
            },
        },
    )


def test_two_permissions_of_the_api_and_its_authorizer(world):
    permissions = resources(world.template("Everything"), "Lambda::Permission")
    assert len(permissions) == 2
    arns = sorted(json.dumps(p["Properties"]["SourceArn"]["Fn::Join"][1][-1]) for p in permissions)
    assert "/*/*/*" in json.dumps(permissions)
    assert "/authorizers/" in json.dumps(permissions)
    assert len(arns) == 2


@pytest.mark.parametrize(("name", "count"), [("Many", 200), ("Minimal", 0)])
def test_at_most_fourteen_resources_and_two_an_entry(world, name, count):
    # CoworksLayer is one more where it isn't given.
    assert len(world.template(name).to_json()["Resources"]) + 1 <= 14 + 2 * count


def test_variables_of_one_level_are_one_resource(world):
    parts = [
        r["Properties"]["PathPart"]
        for r in resources(world.template("Siblings"), "ApiGateway::Resource")
    ]
    assert sorted(parts) == ["content", "{p1}", "{p2}"]


def test_gateway_responses_have_the_services_bodies(world):
    responses = {
        r["Properties"]["ResponseType"]: (
            r["Properties"].get("StatusCode"),
            r["Properties"]["ResponseTemplates"]["application/json"],
        )
        for r in resources(world.template("Everything"), "ApiGateway::GatewayResponse")
    }
    assert responses == {
        "MISSING_AUTHENTICATION_TOKEN": ("404", '{"message":"Not Found"}'),
        "ACCESS_DENIED": ("403", '{"message":"Forbidden"}'),
        "DEFAULT_4XX": (None, '{"message":$context.error.messageString}'),
        "DEFAULT_5XX": (None, '{"message":"Internal Server Error"}'),
    }


def test_gateway_responses_have_cors_headers_where_the_service_has_cors(world):
    for response in resources(world.template("Everything"), "ApiGateway::GatewayResponse"):
        assert response["Properties"]["ResponseParameters"] == {
            "gatewayresponse.header.Access-Control-Allow-Origin": "'https://a.example'",
            "gatewayresponse.header.Access-Control-Expose-Headers": "'X-Count'",
            "gatewayresponse.header.Access-Control-Allow-Credentials": "'true'",
        }
    for response in resources(world.template("Minimal"), "ApiGateway::GatewayResponse"):
        assert not response["Properties"].get("ResponseParameters")


def test_preflights_are_public_text_and_only_where_asked_for(world):
    template = world.template("Everything")
    preflights = [
        m["Properties"]
        for m in resources(template, "ApiGateway::Method")
        if m["Properties"]["HttpMethod"] == "OPTIONS"
    ]
    assert len(preflights) == 2
    methods = set()
    for preflight in preflights:
        assert preflight["AuthorizationType"] == "NONE"
        integration = preflight["Integration"]
        assert integration["Type"] == "MOCK"
        assert integration["ContentHandling"] == "CONVERT_TO_TEXT"
        assert integration["RequestTemplates"] == {"application/json": '{"statusCode":204}'}
        (answer,) = integration["IntegrationResponses"]
        headers = {
            name.removeprefix("method.response.header."): value
            for name, value in answer["ResponseParameters"].items()
        }
        methods.add(headers.pop("Access-Control-Allow-Methods"))
        assert headers == {
            "Access-Control-Allow-Origin": "'https://a.example'",
            "Access-Control-Allow-Headers": "'Content-Type,X-Token'",
            "Access-Control-Max-Age": "'60'",
            "Access-Control-Allow-Credentials": "'true'",
            "Vary": "'Origin'",
        }
        assert answer["StatusCode"] == preflight["MethodResponses"][0]["StatusCode"] == "204"
        assert (
            "$origin == 'https://b.example:8443'" in answer["ResponseTemplates"]["application/json"]
        )
    assert methods == {"'GET'", "'GET,PUT'"}


def test_the_role_allows_its_own_logs_and_traces_only(world):
    (log_group,) = world.template("Minimal").find_resources("AWS::Logs::LogGroup")
    (role,) = resources(world.template("Minimal"), "IAM::Role")
    (policy,) = role["Properties"]["Policies"]
    assert policy["PolicyDocument"]["Statement"] == [
        {
            "Sid": "WriteLogs",
            "Effect": "Allow",
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": {"Fn::GetAtt": [log_group, "Arn"]},
        },
        {
            "Sid": "WriteTraces",
            "Effect": "Allow",
            "Action": ["xray:PutTraceSegments", "xray:PutTelemetryRecords"],
            "Resource": "*",
        },
    ]
    assert "ManagedPolicyArns" not in role["Properties"]


def test_a_secret_is_read_and_nothing_of_it_is_in_the_template(world):
    template = world.template("Secret")
    (secret_id,) = template.find_resources("AWS::SecretsManager::Secret")
    template.has_resource_properties(
        "AWS::Lambda::Function",
        {"Environment": {"Variables": {"CWS_TOKEN_SECRET_ARN": {"Ref": secret_id}}}},
    )
    (policy,) = resources(template, "IAM::Policy")
    (statement,) = policy["Properties"]["PolicyDocument"]["Statement"]
    assert statement["Resource"] == {"Ref": secret_id}
    assert all(a.startswith("secretsmanager:") for a in statement["Action"])


def test_a_function_in_a_vpc_may_use_its_network(world):
    template = world.template("Network")
    template.has_resource_properties(
        "AWS::Lambda::Function",
        {"VpcConfig": {"SubnetIds": ["subnet-12345678"]}, "Layers": [world.layer_arn, OTHER_LAYER]},
    )
    (role,) = resources(template, "IAM::Role")
    assert "ec2:CreateNetworkInterface" in json.dumps(role)


def test_a_role_of_the_users_gets_the_permissions(world):
    template = world.template("OwnRole")
    template.resource_count_is("AWS::IAM::Role", 1)
    (policy,) = resources(template, "IAM::Policy")
    assert "logs:PutLogEvents" in json.dumps(policy)
    assert "xray:PutTraceSegments" in json.dumps(policy)


def test_every_prop_arrives(world):
    template = world.template("Props")
    template.has_resource_properties(
        "AWS::Lambda::Function",
        {
            "FunctionName": "the-function",
            "Description": "The description.",
            "Runtime": "python3.13",
            "Architectures": ["x86_64"],
            "MemorySize": 1024,
            "Timeout": 5,
            "Layers": [world.layer_arn, world.layer_arn.replace("coworks", "other")],
            "Environment": {"Variables": {"COLOUR": "blue", "CWS_STAGE": "dev"}},
            "TracingConfig": assertions.Match.absent(),
        },
    )
    template.has_resource_properties(
        "AWS::ApiGateway::RestApi",
        {"Name": "the-api", "Description": "The description.", "BinaryMediaTypes": ["image/*"]},
    )
    template.has_resource_properties(
        "AWS::ApiGateway::Authorizer", {"AuthorizerResultTtlInSeconds": 0}
    )
    groups = template.find_resources("AWS::Logs::LogGroup")
    assert len(groups) == 2
    assert all(g["Properties"]["RetentionInDays"] == 1 for g in groups.values())
    assert all(g["DeletionPolicy"] == "Delete" for g in groups.values())
    template.has_resource_properties(
        "AWS::ApiGateway::Stage",
        {
            "TracingEnabled": False,
            "MethodSettings": [
                {
                    "HttpMethod": "*",
                    "ResourcePath": "/*",
                    "ThrottlingRateLimit": 10,
                    "ThrottlingBurstLimit": 5,
                    "DataTraceEnabled": False,
                }
            ],
        },
    )
    (stage,) = resources(template, "ApiGateway::Stage")
    line = json.loads(stage["Properties"]["AccessLogSetting"]["Format"])
    assert line["requestId"] == "$context.requestId"
    assert "xray" not in json.dumps(resources(template, "IAM::Role"))


def test_passing_traces_through(world):
    template = world.template("PassThrough")
    template.has_resource_properties(
        "AWS::Lambda::Function", {"TracingConfig": {"Mode": "PassThrough"}}
    )
    template.has_resource_properties("AWS::ApiGateway::Stage", {"TracingEnabled": False})


def test_modules_of_one_name_and_stages_side_by_side(world):
    template = world.template("Two")
    names = {r["Properties"]["Name"] for r in resources(template, "ApiGateway::RestApi")}
    assert names == {"deep", "shallow"}
    outputs = template.to_json()["Outputs"]
    assert set(outputs) == {
        f"{service}{output}"
        for service in ("Deep", "Shallow", "ShallowProd")
        for output in ("ApiId", "Url")
    }


def test_outputs_of_a_nested_construct_keep_the_cdks_keys(synthesize, services, layer_arn):
    def declare(stack):
        CoworksMicroService(
            stack, "My-Service", app="minimal", project_dir=services, coworks_layer=layer_arn
        )

    outputs = synthesize(declare)["Outputs"]
    assert len(outputs) == 2
    assert all(key.startswith("MyService") for key in outputs)


def test_attributes_are_the_cdks_own_objects(world):
    service = world.declared["Everything"]
    assert isinstance(service.api, apigateway.RestApi)
    assert isinstance(service.function, lambda_.Function)
    assert isinstance(service.authorizer, apigateway.TokenAuthorizer)
    assert isinstance(service.log_group, logs.LogGroup)
    assert service.url == service.api.url
    assert str(service.entries[0]) == "GET / (get)"


def test_the_construct_is_granted_as_its_function(world):
    template = world.template("Granted")
    (role,) = template.find_resources("AWS::IAM::Role")
    (other,) = [g for g in template.find_resources("AWS::Logs::LogGroup") if g.startswith("Other")]
    (policy,) = resources(template, "IAM::Policy")
    assert policy["Properties"]["Roles"] == [{"Ref": role}]
    assert other in json.dumps(policy["Properties"]["PolicyDocument"])
    template.has_resource_properties(
        "AWS::Lambda::Function", {"Environment": {"Variables": {"GROUP": {"Ref": other}}}}
    )
    template.has_resource_properties(
        "AWS::Lambda::Permission",
        {"Principal": assertions.Match.not_("apigateway.amazonaws.com")},
    )


def test_cfn_lint_has_nothing_to_say(world):
    templates = sorted(Path(world.app.synth().directory).glob("*.template.json"))
    assert len(templates) == len(world.declared)
    assert cfn_lint(templates) == []
