"""Keyword arguments handed on to the CDK's constructs, domains, endpoints and timeouts."""

import pytest
from aws_cdk import App, Duration, Size, Stack, assertions
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_lambda as lambda_

from coworks_cdk import CoworksMicroService
from tests.cfn_lint import cfn_lint

ARN = "arn:aws:acm:us-east-1:123456789012:certificate/12345678-1234-1234-1234-123456789012"


@pytest.fixture
def declare(services, layer_arn):
    def declare(stack, construct_id="Service", **props):
        known = {"app": "everything", "project_dir": services, "coworks_layer": layer_arn}
        return CoworksMicroService(stack, construct_id, **(known | props))

    return declare


def domain(stack, construct_id="Domain", name="api.example.com"):
    return apigateway.DomainName.from_domain_name_attributes(
        stack,
        construct_id,
        domain_name=name,
        domain_name_alias_target="d-1234567890.execute-api.eu-west-1.amazonaws.com",
        domain_name_alias_hosted_zone_id="Z1234567890",
    )


def endpoint(stack):
    return ec2.InterfaceVpcEndpoint.from_interface_vpc_endpoint_attributes(
        stack, "Endpoint", port=443, vpc_endpoint_id="vpce-12345678"
    )


@pytest.fixture
def synthesized(declare, tmp_path):
    """Synthesizes one service in a stack, and has cfn-lint look at it."""
    app = App(outdir=str(tmp_path))
    stack = Stack(app, "Stack")

    def synthesize(make):
        declare(stack, **make(stack))
        app.synth()
        assert cfn_lint(sorted(tmp_path.glob("*.template.json"))) == []
        return assertions.Template.from_stack(stack)

    return synthesize


def test_options_are_handed_on(synthesized):
    def make(stack):
        return {
            "function_options": {
                "reserved_concurrent_executions": 5,
                "ephemeral_storage_size": Size.mebibytes(1024),
                "logging_format": lambda_.LoggingFormat.JSON,
                "dead_letter_queue_enabled": True,
                "insights_version": lambda_.LambdaInsightsVersion.VERSION_1_0_229_0,
                "events": (),
            },
            "api_options": {
                "min_compression_size": Size.kibibytes(1),
                "disable_execute_api_endpoint": True,
                "default_method_options": apigateway.MethodOptions(api_key_required=True),
            },
            "stage_options": {"metrics_enabled": True, "caching_enabled": True, "variables": {}},
        }

    template = synthesized(make)
    template.has_resource_properties(
        "AWS::Lambda::Function",
        {
            "ReservedConcurrentExecutions": 5,
            "EphemeralStorage": {"Size": 1024},
            "LoggingConfig": {"LogFormat": "JSON"},
        },
    )
    template.has_resource_properties(
        "AWS::ApiGateway::RestApi",
        {"MinimumCompressionSize": 1024, "DisableExecuteApiEndpoint": True},
    )
    template.has_resource_properties("AWS::ApiGateway::Method", {"ApiKeyRequired": True})
    template.has_resource_properties(
        "AWS::ApiGateway::Stage",
        {"MethodSettings": [assertions.Match.object_like({"MetricsEnabled": True})]},
    )


def test_a_domain_shared_by_paths_and_a_longer_wait(synthesized, declare):
    def make(stack):
        shared = domain(stack)
        declare(stack, "Other", app="minimal", domain_name=shared, base_path="other")
        declare(stack, "Deep", app="minimal", domain_name=shared, base_path="orders/v1")
        return {
            "domain_name": shared,
            "base_path": "orders",
            "integration_timeout": Duration.minutes(2),
            "timeout": Duration.minutes(2),
        }

    template = synthesized(make)
    mappings = template.find_resources("AWS::ApiGateway::BasePathMapping").values()
    paths = {m["Properties"]["BasePath"]: m["Properties"]["DomainName"] for m in mappings}
    assert paths == {"orders": "api.example.com", "other": "api.example.com"}
    template.has_resource_properties(
        "AWS::ApiGatewayV2::ApiMapping",
        {
            "ApiMappingKey": "orders/v1",
            "DomainName": "api.example.com",
            "Stage": assertions.Match.any_value(),
            "ApiId": assertions.Match.any_value(),
        },
    )
    template.has_resource_properties(
        "AWS::ApiGateway::Method", {"Integration": {"TimeoutInMillis": 120000}}
    )


def test_a_private_api_is_called_through_its_endpoints_only(synthesized):
    template = synthesized(
        lambda stack: {
            "endpoint_type": apigateway.EndpointType.PRIVATE,
            "vpc_endpoints": [endpoint(stack)],
        }
    )
    common = {
        "Action": "execute-api:Invoke",
        "Principal": {"AWS": "*"},
        "Resource": "execute-api:/*",
    }
    template.has_resource_properties(
        "AWS::ApiGateway::RestApi",
        {
            "EndpointConfiguration": {"Types": ["PRIVATE"], "VpcEndpointIds": ["vpce-12345678"]},
            "Policy": {
                "Statement": [
                    {"Effect": "Allow", **common},
                    {
                        "Effect": "Deny",
                        "Condition": {"StringNotEquals": {"aws:SourceVpce": ["vpce-12345678"]}},
                        **common,
                    },
                ]
            },
        },
    )


def test_a_method_is_called_as_its_endpoint(synthesized):
    methods = synthesized(lambda _: {}).find_resources("AWS::ApiGateway::Method").values()
    names = [m["Properties"].get("OperationName") for m in methods]
    assert "get" in names
    assert all(
        (m["Properties"].get("OperationName") is None)
        == (m["Properties"]["HttpMethod"] == "OPTIONS")
        for m in methods
    )


WRONG = [
    (
        {"function_options": {"memory_size": 512}},
        "function_options: got 'memory_size'; allowed: the prop `memory_size`",
    ),
    (
        {"function_options": {"handler": "x.y"}},
        "function_options: got 'handler'; allowed: the prop `app`",
    ),
    (
        {"function_options": {"log_group": None}},
        "function_options: got 'log_group'; allowed: the prop `log_retention`",
    ),
    (
        {"function_options": {"reserved_concurrency": 5}},
        "function_options: got 'reserved_concurrency'; allowed: keyword arguments of aws_lambda.Function, as reserved_concurrent_executions",
    ),
    (
        {"function_options": {"reserved_concurrent_executions": "5"}},
        "function_options: got 'reserved_concurrent_executions' with a str; allowed: the types of",
    ),
    ({"function_options": ["x"]}, "function_options: got a list; allowed: a mapping of"),
    (
        {"api_options": {"rest_api_name": "x"}},
        "api_options: got 'rest_api_name'; allowed: the prop `api_name`",
    ),
    (
        {"api_options": {"cloud_watch_role": True}},
        "api_options: got 'cloud_watch_role'; allowed: a stack of the account's own",
    ),
    (
        {"api_options": {"nonsense": 1}},
        "api_options: got 'nonsense'; allowed: keyword arguments of aws_apigateway.RestApi",
    ),
    (
        {"stage_options": {"stage_name": "x"}},
        "stage_options: got 'stage_name'; allowed: the prop `stage`",
    ),
    (
        {"stage_options": {"tracing_enabled": False}},
        "stage_options: got 'tracing_enabled'; allowed: the prop `tracing`",
    ),
    (
        {"stage_options": {"access_log_format": None}, "access_logs": True},
        "stage_options: got access_log_format with access_logs=True",
    ),
    (
        {"domain_name": "api.example.com"},
        "domain_name: got 'api.example.com'; allowed: a domain's DomainName",
    ),
    (
        {"base_path": "orders"},
        "base_path: got a value without `domain_name`; allowed: both, or neither",
    ),
    *(
        ({"base_path": path}, f"base_path: got {path!r}; allowed: parts of a path with '/' between")
        for path in ("/orders", "orders/", "orders//v1", "or ders", "x" * 301)
    ),
    (
        {"endpoint_type": "PRIVATE"},
        "endpoint_type: got 'PRIVATE'; allowed: an EndpointType, as apigateway.",
    ),
    (
        {"endpoint_type": apigateway.EndpointType.PRIVATE},
        "endpoint_type: got PRIVATE without `vpc_endpoints`; allowed: PRIVATE with",
    ),
    ({"vpc_endpoints": ["vpce-1"]}, "vpc_endpoints: got 'vpce-1'; allowed: a VPC endpoint"),
    (
        {"integration_timeout": 29},
        "integration_timeout: got 29; allowed: a Duration of 1 to 300 seconds",
    ),
    (
        {"integration_timeout": Duration.seconds(301)},
        "integration_timeout: got 301 seconds; allowed: 1 to 300 seconds",
    ),
    (
        {
            "integration_timeout": Duration.seconds(30),
            "endpoint_type": apigateway.EndpointType.EDGE,
        },
        "integration_timeout: got 30 seconds with an EDGE endpoint; allowed: at most 29 seconds",
    ),
]


@pytest.fixture(scope="module")
def told(services, layer_arn):
    app = App()
    stack = Stack(app, "Stack")
    known = {"app": "everything", "project_dir": services, "coworks_layer": layer_arn}
    for number, (props, _) in enumerate(WRONG):
        CoworksMicroService(stack, f"S{number}", **(known | props))
    CoworksMicroService(stack, "Regional", vpc_endpoints=[endpoint(stack)], **known)
    shared = domain(stack)
    for name, path in (("First", "a"), ("Second", "a"), ("Whole", None), ("WholeToo", None)):
        CoworksMicroService(stack, name, domain_name=shared, base_path=path, **known)
    other = domain(stack, "Other", "other.example.com")
    CoworksMicroService(stack, "Elsewhere", domain_name=other, base_path="a", **known)
    for name, more in (
        ("Edge", {"endpoint_type": apigateway.EndpointType.EDGE}),
        ("Old", {"security_policy": apigateway.SecurityPolicy.TLS_1_0}),
        ("New", {}),
    ):
        made = apigateway.DomainName(
            stack,
            f"{name}Domain",
            domain_name=f"{name.lower()}.example.com",
            certificate=acm.Certificate.from_certificate_arn(stack, f"{name}Certificate", ARN),
            **more,
        )
        CoworksMicroService(stack, name, domain_name=made, base_path="a/b", **known)
    with pytest.raises(RuntimeError, match="Validation failed") as refused:
        app.synth()
    return [line.strip() for line in str(refused.value).splitlines()]


@pytest.mark.parametrize("number", range(len(WRONG)))
def test_what_is_refused(told, number):
    start = f"[Stack/S{number}] {WRONG[number][1]}"
    assert [line for line in told if line.startswith(start)], told


def test_endpoints_of_a_regional_api_are_refused(told):
    start = "[Stack/Regional] vpc_endpoints: got 1 for an endpoint of type REGIONAL; allowed: "
    assert [line for line in told if line.startswith(start)]


def test_paths_of_several_parts_need_a_regional_domain(told):
    assert [line for line in told if "'a/b'" in line] == [
        (
            f"[Stack/{name}] base_path: got 'a/b' with a{kind}; allowed: one part of a path there. "
            "Paths of several parts are for regional domains with TLS 1.2."
        )
        for name, kind in (("Edge", "n EDGE domain"), ("Old", " domain with TLS 1.0"))
    ]


def test_one_path_of_one_domain_in_two_regions(services, layer_arn):
    app = App()
    for region in ("eu-west-1", "us-east-1"):
        stack = Stack(app, region, env={"account": "123456789012", "region": region})
        CoworksMicroService(
            stack,
            "Service",
            app="minimal",
            project_dir=services,
            coworks_layer=layer_arn.replace("eu-west-1", region),
            domain_name=domain(stack),
            base_path="a",
        )
    assert len(app.synth().stacks) == 2


def test_a_path_of_a_domain_is_taken_once(told):
    refused = [line for line in told if "on a domain where" in line]
    assert refused == [
        (
            "[Stack/Second] base_path: got 'a' on a domain where Stack/First has it; allowed: a path "
            "of its own."
        ),
        (
            "[Stack/WholeToo] base_path: got no path on a domain where Stack/Whole has it; allowed: a "
            "path of its own."
        ),
    ]
