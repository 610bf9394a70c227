"""A deployment's id beyond its stack: nested stacks with routes, stacks that refer to it, replaced functions."""

import pytest
from aws_cdk import App, CfnOutput, NestedStack, Stack
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_lambda as lambda_

from coworks_cdk import CoworksMicroService
from coworks_cdk.api.picture import IDENTITY

DEPLOYMENT = "AWS::ApiGateway::Deployment"

#: What CloudFormation replaces a resource for, and an integration doesn't reach it otherwise for.
NO_MATTER = {
    "AWS::EC2::VPCEndpoint": {
        "DnsOptions",
        "ResourceConfigurationArn",
        "ServiceNetworkArn",
    },
    "AWS::KinesisFirehose::DeliveryStream": {
        "AmazonOpenSearchServerlessDestinationConfiguration",
        "AmazonopensearchserviceDestinationConfiguration",
        "DatabaseSourceConfiguration",
        "DirectPutSourceConfiguration",
        "ElasticsearchDestinationConfiguration",
        "IcebergDestinationConfiguration",
        "KinesisStreamSourceConfiguration",
        "MSKSourceConfiguration",
        "SnowflakeDestinationConfiguration",
    },
    "AWS::Lambda::Version": {"ProvisionedConcurrencyConfig", "RuntimePolicy"},
}


@pytest.mark.parametrize("kind", IDENTITY)
def test_what_replaces_a_resource_is_known(kind):
    from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", kind).schema
    replacing = {path.split("/")[2] for path in schema.get("createOnlyProperties", ())}
    # Those that always replace are all known; a few more may.
    assert replacing - NO_MATTER.get(kind, set()) <= set(IDENTITY[kind])


@pytest.fixture
def deployed(services, layer_arn):
    """The template of a stack with a service, and its deployment's id."""

    def deployed(declare, **props):
        app = App()
        stack = Stack(app, "Stack")
        service = CoworksMicroService(
            stack, "Service", app="minimal", project_dir=services, coworks_layer=layer_arn, **props
        )
        declare(service)
        template = app.synth().get_stack_by_name("Stack").template
        (found,) = (k for k, one in template["Resources"].items() if one["Type"] == DEPLOYMENT)
        return template, found

    return deployed


def nested(*, routes=("x",), description=None, named=None, given_url=False):
    """A nested stack with routes of the service's API."""

    def declare(service):
        stack = NestedStack(Stack.of(service), "Routes", description=description)
        api = apigateway.RestApi.from_rest_api_attributes(
            stack,
            "Api",
            rest_api_id=service.api.rest_api_id,
            root_resource_id=service.api.node.default_child.attr_root_resource_id,
        )
        for part in routes:
            api.root.add_resource(part).add_method("GET", apigateway.MockIntegration())
        if named:
            function = lambda_.Function(
                stack,
                "Function",
                function_name=named,
                runtime=lambda_.Runtime.PYTHON_3_13,
                handler="index.handler",
                code=lambda_.Code.from_inline("pass"),
            )
            api.root.add_method("PUT", apigateway.LambdaIntegration(function))
        if given_url:
            CfnOutput(stack, "Url", value=service.url)

    return declare


def test_routes_in_a_nested_stack_are_deployed(deployed):
    template, route = deployed(nested())
    (inner,) = (
        k for k, one in template["Resources"].items() if one["Type"] == "AWS::CloudFormation::Stack"
    )
    assert inner in template["Resources"][route]["DependsOn"]
    assert deployed(nested(description="Of others"))[1] == route
    others = [nested(routes=()), nested(routes=("x", "y")), nested(named="a"), nested(named="b")]
    assert len({deployed(other)[1] for other in others} | {route}) == 5


def test_a_nested_stack_that_is_made_after_the_deployment_stays_after_it(deployed):
    template, found = deployed(nested(given_url=True))
    awaited = template["Resources"][found]["DependsOn"]
    assert not [name for name in awaited if "NestedStack" in name]


def test_nothing_in_a_nested_stack_is_beside_an_apis_document(deployed):
    with pytest.raises(RuntimeError, match=r"Routes\w*\.\w+, an AWS::ApiGateway::Method, beside"):
        deployed(nested(), api_body="openapi")


def test_another_stack_may_refer_to_the_deployment(deployed):
    def declare(service):
        other = Stack(service.node.root, "Other")
        CfnOutput(other, "Deployment", value=service.api.latest_deployment.deployment_id)

    template, found = deployed(declare)
    assert template["Outputs"][f"ExportsOutputRef{found}{exported(template)}"]
    assert deployed(lambda _: None)[1] == found


def exported(template):
    (name,) = (key for key in template["Outputs"] if key.startswith("ExportsOutputRef"))
    return name[-8:]


def test_a_function_of_a_tenant_each_is_another_function(deployed):
    _, found = deployed(lambda _: None)

    def isolated(service):
        service.function.node.default_child.add_property_override(
            "TenancyConfig", {"TenantIsolationMode": "PER_TENANT"}
        )

    assert deployed(isolated)[1] != found
