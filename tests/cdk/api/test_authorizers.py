"""Another authorizer than the service's own."""

import pytest
from aws_cdk import App, Duration, Stack, assertions
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_lambda as lambda_

from coworks_cdk import CoworksMicroService


@pytest.fixture
def declare(services, layer_arn):
    def declare(stack, construct_id="Service", **props):
        known = {"app": "everything", "project_dir": services, "coworks_layer": layer_arn}
        return CoworksMicroService(stack, construct_id, **(known | props))

    return declare


def function(stack):
    arn = "arn:aws:lambda:eu-west-1:123456789012:function:gatekeeper"
    return lambda_.Function.from_function_attributes(
        stack, f"Gatekeeper{len(stack.node.children)}", function_arn=arn, same_environment=True
    )


def users(stack):
    pool = cognito.UserPool(stack, "Users")
    return apigateway.CognitoUserPoolsAuthorizer(stack, "Cognito", cognito_user_pools=[pool])


def by_request(stack):
    return apigateway.RequestAuthorizer(
        stack,
        "Request",
        handler=function(stack),
        identity_sources=[apigateway.IdentitySource.header("X-Key")],
    )


def by_token(stack):
    return apigateway.TokenAuthorizer(stack, "Token", handler=function(stack))


def iam(_):
    return apigateway.AuthorizationType.IAM


@pytest.mark.parametrize(
    ("make", "kind", "count"),
    [
        (users, "COGNITO_USER_POOLS", 1),
        (by_request, "CUSTOM", 1),
        (by_token, "CUSTOM", 1),
        (iam, "AWS_IAM", 0),
    ],
)
def test_it_lets_the_callers_of_protected_entries_in(declare, make, kind, count):
    stack = Stack(App(), "Stack")
    given = make(stack)
    service = declare(stack, authorizer=given)
    template = assertions.Template.from_stack(stack)
    authorizers = template.find_resources("AWS::ApiGateway::Authorizer")
    assert len(authorizers) == count
    kinds = {}
    for method in template.find_resources("AWS::ApiGateway::Method").values():
        properties = method["Properties"]
        if properties["HttpMethod"] != "OPTIONS":
            kinds[properties["OperationName"]] = properties["AuthorizationType"]
            if properties["AuthorizationType"] in ("CUSTOM", "COGNITO_USER_POOLS"):
                assert properties["AuthorizerId"] == {"Ref": next(iter(authorizers))}
    assert kinds == {e.endpoint: "NONE" if e.no_auth else kind for e in service.entries}
    assert service.authorizer is (None if make is iam else given)
    template.has_resource_properties(
        "AWS::Lambda::Function", {"Environment": {"Variables": {"CWS_AUTHORIZER": kind}}}
    )


def test_unsigned_requests_are_a_403(declare):
    stack = Stack(App(), "Stack")
    declare(stack, authorizer=apigateway.AuthorizationType.IAM)
    assertions.Template.from_stack(stack).has_resource_properties(
        "AWS::ApiGateway::GatewayResponse",
        {
            "ResponseType": "MISSING_AUTHENTICATION_TOKEN",
            "StatusCode": "403",
            "ResponseTemplates": {"application/json": '{"message":"Forbidden"}'},
        },
    )


def test_misuse_is_told_with_the_constructs_path(declare):
    app = App()
    stack = Stack(app, "Stack")
    shared = by_request(stack)
    declare(stack, "First", authorizer=shared)
    declare(stack, "Second", authorizer=shared)
    declare(stack, "Public", app="minimal", authorizer=by_token(stack))
    declare(stack, "Signed", app="minimal", authorizer=apigateway.AuthorizationType.IAM)
    declare(stack, "Type", authorizer=apigateway.AuthorizationType.COGNITO)
    declare(stack, "Text", authorizer="cognito")
    declare(stack, "Cached", authorizer=users(stack), authorizer_cache_ttl=Duration.minutes(1))
    with pytest.raises(RuntimeError, match="Validation failed") as refused:
        app.synth()
    told = str(refused.value)
    assert "[Stack/First]" not in told
    for expected in (
        "[Stack/Second] authorizer: got one that serves the API FirstApi",
        "[Stack/Public] authorizer: got one, and every entry is public; allowed:",
        "[Stack/Signed] authorizer: got one, and every entry is public; allowed:",
        "[Stack/Type] authorizer: got an AuthorizationType; allowed: an authorizer of API Gateway",
        "[Stack/Text] authorizer: got 'cognito'; allowed: an authorizer of API Gateway",
        "[Stack/Cached] authorizer_cache_ttl: got a value with `authorizer`; allowed:",
    ):
        assert expected in told, told
