"""What the CDK itself refuses, and what it could only refuse late: problems as all others."""

import re

import pytest
from aws_cdk import App, CfnParameter, Duration, Size, Stack
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_codedeploy as codedeploy
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_lambda as lambda_

from coworks_cdk import CoworksMicroService


def number(stack):
    return CfnParameter(stack, "Number", type="Number", default=1).value_as_number


def network(stack):
    return ec2.Vpc(stack, "Vpc", max_azs=1, nat_gateways=0, restrict_default_security_group=False)


def private(stack):
    certificate = "arn:aws:acm:eu-west-1:123456789012:certificate/12345678"
    return {
        "endpoint_type": apigateway.EndpointType.PRIVATE,
        "vpc_endpoints": [
            ec2.InterfaceVpcEndpoint.from_interface_vpc_endpoint_attributes(
                stack, "Endpoint", vpc_endpoint_id="vpce-1", port=443
            )
        ],
        "domain_name": apigateway.DomainName(
            stack,
            "Domain",
            domain_name="a.example.com",
            certificate=acm.Certificate.from_certificate_arn(stack, "Certificate", certificate),
        ),
    }


def late_list(stack):
    return CfnParameter(stack, "List", type="CommaDelimitedList").value_as_list


def late_text(stack):
    return CfnParameter(stack, "Text").value_as_string


REFUSED = {
    "PublicSubnets": (
        lambda stack: {
            "vpc": network(stack),
            "vpc_subnets": ec2.SubnetSelection(subnet_type=ec2.SubnetType.PUBLIC),
        },
        "the CDK refuses its props: Lambda Functions in a public subnet can NOT access",
    ),
    "Subnets": (
        lambda stack: {
            "vpc": stack.node.find_child("Vpc"),
            "vpc_subnets": ec2.SubnetSelection(subnet_group_name="nowhere"),
            "version": True,
        },
        "the CDK refuses its props: There are no subnet groups with name 'nowhere'",
    ),
    "Storage": (
        lambda _: {"function_options": {"ephemeral_storage_size": Size.mebibytes(1)}},
        "the CDK refuses its props: Ephemeral storage size must be",
    ),
    "Events": (
        lambda _: {"function_options": {"events": ["a-secret"]}},
        "the CDK refuses its props: Passed to parameter props of new .*Function: .*; Index 0",
    ),
    "Logs": (
        lambda _: {"stage_options": {"access_log_format": apigateway.AccessLogFormat.clf()}},
        "the CDK refuses its props: Access log format is specified without a destination",
    ),
    "Variables": (
        lambda _: {"stage_options": {"variables": {"secret": 987654}}, "access_logs": True},
        "the CDK refuses its props: Passed to parameter props of .*; Key 'secret'",
    ),
    "Minutes": (
        lambda stack: {"timeout": Duration.minutes(number(stack))},
        (
            "timeout: got a Duration of minutes that are known at deployment only; allowed: such a "
            r"value as Duration\.seconds\("
        ),
    ),
    "Wait": (
        lambda stack: {
            "integration_timeout": Duration.seconds(stack.node.find_child("Number").value_as_number)
        },
        (
            "integration_timeout: got a Duration of seconds .*; allowed: such a value as "
            r"Duration\.millis\("
        ),
    ),
    "Layers": (
        lambda stack: {"layers": late_list(stack)},
        "layers: got a list that is known at deployment only; allowed: a list of layers",
    ),
    "Runtime": (
        lambda stack: {"runtime": lambda_.Runtime(late_text(stack))},
        "runtime: got a value that is known at deployment only; allowed: Python 3.11",
    ),
    "Names": (
        lambda stack: {"environment": {stack.node.find_child("Text").value_as_string: "secret"}},
        "environment: got a value that is known at deployment only for a name; allowed:",
    ),
    "Nul": (
        lambda _: {"environment": {"KEY": "secret\0"}},
        "environment: got a value for 'KEY' that no process can have; allowed: text",
    ),
    "Half": (
        lambda _: {"environment": {"KEY": "secret\ud800"}},
        "environment: got a value for 'KEY' that no process can have; allowed: text",
    ),
    "Pattern": (
        lambda _: {"exclude": ["[z-a]"]},
        r"exclude pattern '\[z-a\]' is none: bad character range",
    ),
    "Own": (
        lambda _: {"exclude": ["minimal.py"]},
        "app: got 'minimal', and minimal.py is left out of the function's code; allowed:",
    ),
    "Private": (private, "domain_name: got a public domain with a PRIVATE endpoint; allowed:"),
    "Servers": (
        lambda _: {"deployment_config": codedeploy.EcsDeploymentConfig.ALL_AT_ONCE},
        "deployment_config: got 'CodeDeployDefault.ECSAllAtOnce'; allowed: a configuration for",
    ),
    "Plain": (lambda _: {"memory_size": 1}, "memory_size: got 1 MB; allowed: 128 to 10240 MB"),
}


@pytest.fixture(scope="module")
def told(services, layer_arn):
    """The problems of an app with all these services, by the construct's id."""
    app = App()
    stack = Stack(app, "Stack")
    known = {"app": "minimal", "project_dir": services, "coworks_layer": layer_arn}
    for construct_id, (props, _) in REFUSED.items():
        CoworksMicroService(stack, construct_id, **(known | props(stack)))
    with pytest.raises(RuntimeError, match="Validation failed") as refused:
        app.synth()
    found = {}
    for construct_id, problem in re.findall(r"\[Stack/(\w+)\] (.*)", str(refused.value)):
        found.setdefault(construct_id, []).append(problem)
    return found


@pytest.mark.parametrize("construct_id", REFUSED)
def test_each_is_one_problem_of_its_service(told, construct_id):
    (problem,) = told[construct_id]
    assert re.match(REFUSED[construct_id][1], problem), problem


def test_no_value_that_may_be_secret_is_shown(told):
    assert not re.search("a-secret|987654|secret\\W*(\0|\ud800)", str(told))


def test_what_cloudformation_can_fill_in_is_left_to_it(services, layer_arn):
    stack = Stack(App(), "Stack")
    late = number(stack)
    service = CoworksMicroService(
        stack,
        "Service",
        app="minimal",
        project_dir=services,
        coworks_layer=layer_arn,
        timeout=Duration.seconds(late),
        integration_timeout=Duration.millis(late),
        authorizer_cache_ttl=Duration.seconds(late),
        binary_media_types=late_list(stack),
        deployment_config=codedeploy.LambdaDeploymentConfig.ALL_AT_ONCE,
    )
    function = service.function.node.default_child
    assert stack.resolve(function.timeout) == {"Ref": "Number"}
    assert stack.resolve(service.api.node.default_child.binary_media_types) == {"Ref": "List"}
