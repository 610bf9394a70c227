"""Every prop in each of its forms: declared here, imported, known at deployment only, ``None``."""

from pathlib import Path

import pytest
from aws_cdk import (
    App,
    CfnOutput,
    CfnParameter,
    Duration,
    Fn,
    RemovalPolicy,
    Stack,
    assertions,
)
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_codedeploy as codedeploy
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_secretsmanager as secretsmanager

from coworks_cdk import CoworksMicroService
from coworks_cdk.settings import Settings
from tests.cfn_lint import cfn_lint

ARN = "arn:aws:lambda:eu-west-1:123456789012:layer:other:7"
LAMBDA = iam.ServicePrincipal("lambda.amazonaws.com")
FUNCTION = "arn:aws:lambda:eu-west-1:123456789012:function:gatekeeper"
CERTIFICATE = "arn:aws:acm:eu-west-1:123456789012:certificate/12345678-1234-1234-1234-123456789012"
ROLE = "arn:aws:iam::123456789012:role/x"
SECRET = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:token-AbCdEf"


def parameter(stack, **kwargs):
    return CfnParameter(stack, f"Parameter{len(stack.node.children)}", **kwargs)


def late_text(stack, default="text"):
    return parameter(stack, default=default).value_as_string


def late_number(stack, default):
    return parameter(stack, type="Number", default=default).value_as_number


def late_names(stack, default):
    return parameter(stack, type="CommaDelimitedList", default=default).value_as_list


def vpc(stack, construct_id="Vpc"):
    return ec2.Vpc(stack, construct_id, max_azs=2, nat_gateways=1)


def imported_vpc(stack, construct_id="Vpc"):
    return ec2.Vpc.from_vpc_attributes(
        stack,
        construct_id,
        vpc_id="vpc-12345678",
        availability_zones=["eu-west-1a"],
        private_subnet_ids=["subnet-12345678"],
        public_subnet_ids=["subnet-87654321"],
    )


def late_vpc(stack):
    return ec2.Vpc.from_vpc_attributes(
        stack,
        "Vpc",
        vpc_id=Fn.import_value("vpc"),
        availability_zones=["eu-west-1a"],
        private_subnet_ids=[Fn.import_value("subnet")],
    )


def layer(stack, construct_id):
    code = lambda_.Code.from_asset(str(Path(__file__).parent))
    return lambda_.LayerVersion(stack, construct_id, code=code)


def imported_layer(stack, construct_id, arn=ARN):
    return lambda_.LayerVersion.from_layer_version_arn(stack, construct_id, arn)


def groups(stack, *made):
    network = imported_vpc(stack)
    return {"vpc": network, "security_groups": [make(stack, network) for make in made]}


def own_group(stack, network):
    return ec2.SecurityGroup(stack, f"Own{len(stack.node.children)}", vpc=network)


def imported_group(stack, _):
    return ec2.SecurityGroup.from_security_group_id(stack, "Imported", "sg-12345678")


def late_group(stack, _):
    group_id = Fn.import_value("group")
    return ec2.SecurityGroup.from_security_group_id(stack, "Late", group_id)


#: prop → what is given for it, of a stack, in each of its forms; ``network`` are those of a VPC.
FORMS = {
    "app": [lambda _: "everything:app"],
    "stage": [lambda _: "v1"],
    "layers": [
        lambda s: [layer(s, "Declared")],
        lambda s: (imported_layer(s, "Imported"),),
        lambda _: [ARN],
        lambda s: [late_text(s, ARN)],
        lambda _: [],
    ],
    "coworks_layer": [
        lambda s: layer(s, "Coworks"),
        lambda s: imported_layer(s, "Coworks", ARN.replace("other", "coworks")),
        lambda s: late_text(s, ARN.replace("other", "coworks")),
    ],
    "requirements": [lambda s: None],
    "environment": [lambda s: {"NAME": late_text(s)}, lambda _: {}],
    "token": [
        lambda s: secretsmanager.Secret(s, "Secret"),
        lambda s: secretsmanager.Secret.from_secret_complete_arn(s, "Secret", SECRET),
        lambda s: secretsmanager.Secret.from_secret_name_v2(s, "Secret", "the-token"),
        lambda s: secretsmanager.Secret.from_secret_complete_arn(s, "Secret", late_text(s, SECRET)),
    ],
    "authorizer_cache_ttl": [
        lambda _: Duration.seconds(0),
        lambda _: Duration.millis(2000),
        lambda s: Duration.seconds(late_number(s, 60)),
    ],
    "binary_media_types": [
        lambda _: ("image/png", "image/*"),
        lambda _: [],
        lambda s: late_names(s, "image/png"),
        lambda s: [late_text(s, "image/png")],
    ],
    "runtime": [lambda _: lambda_.Runtime.PYTHON_3_12],
    "architecture": [lambda _: lambda_.Architecture.X86_64],
    "memory_size": [lambda _: 1024, lambda _: 1024.0, lambda s: late_number(s, 256)],
    "timeout": [lambda _: Duration.minutes(1), lambda s: Duration.seconds(late_number(s, 20))],
    "tracing": [lambda _: lambda_.Tracing.DISABLED],
    "streaming": [lambda _: False, lambda _: True],
    "otel_layer": [
        lambda s: layer(s, "Otel"),
        lambda _: ARN.replace("other", "otel"),
        lambda s: late_text(s, ARN.replace("other", "otel")),
    ],
    "log_format": [lambda _: "json", lambda _: "json", lambda _: "json"],
    "log_level": [lambda _: "DEBUG", lambda _: "FATAL", lambda _: "TRACE"],
    "log_retention": [lambda _: logs.RetentionDays.INFINITE],
    "access_logs": [lambda _: True, lambda _: False],
    "removal_policy": [lambda _: RemovalPolicy.DESTROY],
    "role": [
        lambda s: iam.Role(s, "Role", assumed_by=LAMBDA),
        lambda s: iam.Role.from_role_arn(s, "Role", ROLE),
        lambda s: iam.Role.from_role_arn(s, "Role", ROLE, mutable=False),
        lambda s: iam.Role.from_role_arn(s, "Role", Fn.import_value("role")),
    ],
    "throttling_rate_limit": [lambda _: 0.5, lambda s: late_number(s, 5)],
    "throttling_burst_limit": [lambda _: 0, lambda s: late_number(s, 5)],
    "function_name": [lambda _: "name", late_text],
    "api_name": [lambda _: "An API's name", late_text],
    "description": [lambda _: "What it is.", late_text],
    "exclude": [lambda _: ["*.md"], lambda _: ()],
    "include": [lambda _: [".well-known"], lambda _: ()],
    "prune_packages": [lambda _: False],
    "vpc": [vpc, imported_vpc, late_vpc],
    "authorizer": [
        # The first three have a cache of the service's own authorizer.
        *(None, None, None),
        lambda s: apigateway.CognitoUserPoolsAuthorizer(
            s, "Cognito", cognito_user_pools=[cognito.UserPool(s, "Users")]
        ),
        lambda s: apigateway.TokenAuthorizer(
            s, "Token", handler=lambda_.Function.from_function_arn(s, "Gatekeeper", FUNCTION)
        ),
        lambda _: apigateway.AuthorizationType.IAM,
    ],
    "version": [lambda _: False, lambda _: True],
    "snap_start": [lambda _: True],
    "deployment_config": [
        lambda _: codedeploy.LambdaDeploymentConfig.CANARY_10_PERCENT_5_MINUTES,
        lambda s: codedeploy.LambdaDeploymentConfig.from_lambda_deployment_config_name(
            s, "Config", "ours"
        ),
    ],
    "deployment_alarms": [
        lambda s: (
            cloudwatch.Metric(namespace="Orders", metric_name="Failed").create_alarm(
                s, "Alarm", threshold=1, evaluation_periods=1
            ),
        ),
        lambda s: [cloudwatch.Alarm.from_alarm_name(s, "Alarm", "ours")],
    ],
    "domain_name": [
        lambda s: apigateway.DomainName(
            s,
            "Domain",
            domain_name="api.example.com",
            certificate=acm.Certificate.from_certificate_arn(s, "Certificate", CERTIFICATE),
        ),
        lambda s: apigateway.DomainName.from_domain_name_attributes(
            s,
            "Domain",
            domain_name=late_text(s, "api.example.com"),
            domain_name_alias_target="d-1.execute-api.eu-west-1.amazonaws.com",
            domain_name_alias_hosted_zone_id="Z1234567890",
        ),
    ],
    "base_path": [lambda _: "orders"],
    "endpoint_type": [
        lambda _: apigateway.EndpointType.REGIONAL,
        lambda _: apigateway.EndpointType.EDGE,
        lambda _: apigateway.EndpointType.PRIVATE,
        lambda _: apigateway.EndpointType.PRIVATE,
    ],
    "vpc_endpoints": [
        None,
        None,
        lambda s: [
            ec2.InterfaceVpcEndpoint.from_interface_vpc_endpoint_attributes(
                s, "Endpoint", port=443, vpc_endpoint_id=late_text(s, "vpce-12345678")
            )
        ],
        lambda s: (
            ec2.InterfaceVpcEndpoint(
                s,
                "Endpoint",
                vpc=vpc(s, "EndpointVpc"),
                service=ec2.InterfaceVpcEndpointAwsService.APIGATEWAY,
            ),
        ),
    ],
    "integration_timeout": [
        lambda _: Duration.minutes(2),
        lambda s: Duration.millis(late_number(s, 20000)),
    ],
    "api_body": [lambda _: "openapi"],
    "function_options": [
        lambda _: {"reserved_concurrent_executions": 5},
        lambda s: {"reserved_concurrent_executions": late_number(s, 5)},
        lambda _: {},
    ],
    "api_options": [lambda _: {"disable_execute_api_endpoint": True}, lambda _: {}],
    "stage_options": [lambda _: {"variables": {"colour": "blue"}}, lambda _: {}],
}
NETWORKS = [
    lambda s: {
        "vpc": vpc(s),
        "vpc_subnets": ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS),
    },
    lambda s: {
        "vpc": imported_vpc(s),
        "vpc_subnets": ec2.SubnetSelection(
            subnets=[ec2.Subnet.from_subnet_id(s, "Subnet", "subnet-11111111")]
        ),
    },
    lambda s: groups(s, own_group, imported_group, late_group),
    groups,
    lambda s: groups(s, own_group) | {"security_groups": (own_group(s, imported_vpc(s, "V2")),)},
]


def declared(stack, number):
    """The props of one service: of every prop the form of this number, where it has so many."""
    props = {
        name: forms[number](stack)
        for name, forms in FORMS.items()
        if number < len(forms) and forms[number] is not None
    }
    if number >= len(FORMS["vpc"]):
        props |= NETWORKS[number - len(FORMS["vpc"])](stack)
    return props


@pytest.fixture(scope="module")
def world(services, layer_arn):
    """Every form of every prop, the n-th ones in the n-th stack of an app."""
    app = App()
    stacks = []
    for number in range(len(FORMS["vpc"]) + len(NETWORKS)):
        stack = Stack(app, f"Forms{number}")
        stacks.append(stack)
        props = {"app": "everything", "project_dir": services, "coworks_layer": layer_arn}
        CoworksMicroService(stack, "Service", **(props | declared(stack, number)))
    folder = Path(app.synth().directory)
    return folder, [assertions.Template.from_stack(stack) for stack in stacks]


def test_every_prop_has_its_forms():
    networks = {"vpc_subnets", "security_groups"}
    assert set(FORMS) | networks | {"project_dir"} == set(Settings.props())


def test_every_form_is_synthesized_and_cfn_lint_has_nothing_to_say(world):
    folder, templates = world
    for template in templates:
        template.resource_count_is("AWS::Lambda::Function", 1)
        template.resource_count_is("AWS::ApiGateway::RestApi", 1)
    assert cfn_lint(sorted(folder.glob("*.template.json"))) == []


def test_security_groups_arrive(world):
    world[1][len(FORMS["vpc"]) + 2].has_resource_properties(
        "AWS::Lambda::Function",
        {
            "VpcConfig": {
                "SecurityGroupIds": [
                    {"Fn::GetAtt": [assertions.Match.string_like_regexp("Own"), "GroupId"]},
                    "sg-12345678",
                    {"Fn::ImportValue": "group"},
                ]
            }
        },
    )


def test_none_is_the_default_of_every_optional_prop(services, layer_arn):
    app = App()
    optional = [name for name, prop in Settings.props().items() if not prop.required]
    given, left_out = Stack(app, "Given"), Stack(app, "LeftOut")
    CoworksMicroService(
        given,
        "Service",
        **(
            dict.fromkeys(optional)
            | {"app": "minimal", "project_dir": services}
            | {"coworks_layer": layer_arn}
        ),
    )
    CoworksMicroService(
        left_out, "Service", app="minimal", project_dir=services, coworks_layer=layer_arn
    )
    templates = [assertions.Template.from_stack(stack).to_json() for stack in (given, left_out)]
    assert templates[0] == templates[1]


def test_one_role_for_services_of_two_stacks(services, layer_arn):
    app = App()
    owner = Stack(app, "Owner")
    role = iam.Role(owner, "Role", assumed_by=LAMBDA)
    stacks = [Stack(app, "One"), Stack(app, "Other")]
    for stack in (owner, owner, *stacks):
        CoworksMicroService(
            stack,
            f"Service{len(stack.node.children)}",
            app="minimal",
            project_dir=services,
            coworks_layer=layer_arn,
            role=role,
        )
    for stack, count in ((owner, 2), (stacks[0], 1), (stacks[1], 1)):
        template = assertions.Template.from_stack(stack)
        policies = template.find_resources("AWS::IAM::Policy").values()
        assert len(policies) == count
        for policy in policies:
            statements = policy["Properties"]["PolicyDocument"]["Statement"]
            sids = [statement["Sid"] for statement in statements]
            assert sids == ["WriteLogs", "WriteTraces"]


def outputs(stack):
    return assertions.Template.from_stack(stack).to_json()["Outputs"]


@pytest.mark.parametrize("first", [True, False])
def test_an_output_of_the_users_keeps_its_key(services, layer_arn, first):
    stack = Stack(App(), "Stack")

    def own():
        CfnOutput(stack, "HelloUrl", value="mine")
        CfnOutput(stack, "Mine", value="mine").override_logical_id("HelloApiId")

    if first:
        own()
    CoworksMicroService(
        stack, "Hello", app="minimal", project_dir=services, coworks_layer=layer_arn
    )
    if not first:
        own()
    found = outputs(stack)
    assert found["HelloUrl"] == found["HelloApiId"] == {"Value": "mine"}
    assert len(found) == 4
