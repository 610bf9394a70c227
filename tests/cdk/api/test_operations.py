"""What each route does, as pure records, and their rendering as the CDK's methods."""

from dataclasses import replace

from aws_cdk import App, Stack, assertions
from aws_cdk import aws_apigateway as apigateway

from coworks_cdk.api.methods import declare_methods
from coworks_cdk.api.operations import Answer, Integration, Operation, Routes, Target
from coworks_cdk.api.route_tree import route_tree
from coworks_cdk.service_description import Cors, Entry

TARGET = Target("arn:aws:apigateway:eu-west-1:lambda:path", "arn:function", timeout=None)


def entry(method, path, *, no_auth=False, no_cors=True):
    endpoint = f"{method.lower()}_{path.strip('/')}"
    return Entry(method, path, endpoint, None, no_auth, no_cors, None, None, (), None)


def of(*entries, cors=None):
    routes = Routes(route_tree(entries), TARGET, cors or Cors())
    return list(routes.operations(routes.root))


def test_an_entry_is_a_method_of_its_name_with_the_function_behind():
    (operation,) = of(entry("GET", "/"))
    uri = "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/arn:function/invocations"
    expected = Integration("AWS_PROXY", uri=uri)
    assert operation == Operation("GET", expected, name="get_", protected=True)


def test_a_public_entry_is_not_protected():
    (operation,) = of(entry("GET", "/", no_auth=True))
    assert not operation.protected


def test_a_preflight_is_public_and_answered_by_the_gateway():
    cors = Cors(allow_origins=("https://a.example",), allow_headers=(), max_age=5)
    *_, preflight = of(entry("GET", "/", no_cors=False), entry("PUT", "/"), cors=cors)
    assert (preflight.method, preflight.protected, preflight.name) == ("OPTIONS", False, None)
    assert preflight.integration.type == "MOCK"
    (answer,) = preflight.integration.answers
    assert answer.headers == {
        "Access-Control-Allow-Origin": "'https://a.example'",
        "Access-Control-Allow-Methods": "'GET'",
        "Access-Control-Max-Age": "'5'",
        "Vary": "'Origin'",
    }


def test_an_entry_of_its_own_answers_a_preflight():
    found = of(entry("GET", "/", no_cors=False), entry("OPTIONS", "/"))
    assert [operation.method for operation in found] == ["GET", "OPTIONS"]
    assert {operation.integration.type for operation in found} == {"AWS_PROXY"}


EVERYTHING = Integration(
    "AWS",
    uri=TARGET.uri(action="invocations"),
    timeout=5000,
    content_handling="CONVERT_TO_TEXT",
    passthrough="NEVER",
    request_parameters={"integration.request.header.X-Amz-Invocation-Type": "'Event'"},
    request_templates={"application/json": "$input.json('$')"},
    answers=(
        Answer("202", headers={"X-A": "'a'"}, templates={"application/json": "{}"}),
        Answer("400", pattern="bad.*", content_handling="CONVERT_TO_TEXT"),
    ),
)


STREAMED = Integration("AWS_PROXY", uri=TARGET.uri(), transfer_mode="STREAM")


class Given(Routes):
    """Routes whose methods have the integrations under test."""

    def operations(self, node):
        for operation in super().operations(node):
            integration = EVERYTHING if operation.method == "GET" else STREAMED
            yield replace(operation, integration=integration)


def test_all_that_an_integration_says_is_in_the_method():
    stack = Stack(App(), "Stack")
    api = apigateway.RestApi(stack, "Api", cloud_watch_role=False)
    entries = [entry("GET", "/", no_auth=True), entry("PUT", "/", no_auth=True)]
    declare_methods(api, Given(route_tree(entries), TARGET), None)
    template = assertions.Template.from_stack(stack).to_json()
    methods = {
        resource["Properties"]["HttpMethod"]: resource["Properties"]["Integration"]
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::ApiGateway::Method"
    }
    header = "integration.request.header.X-Amz-Invocation-Type"
    assert methods["GET"] == {
        "Type": "AWS",
        "IntegrationHttpMethod": "POST",
        "Uri": TARGET.uri(),
        "TimeoutInMillis": 5000,
        "ContentHandling": "CONVERT_TO_TEXT",
        "PassthroughBehavior": "NEVER",
        "RequestParameters": {header: "'Event'"},
        "RequestTemplates": {"application/json": "$input.json('$')"},
        "IntegrationResponses": [
            {
                "StatusCode": "202",
                "ResponseParameters": {"method.response.header.X-A": "'a'"},
                "ResponseTemplates": {"application/json": "{}"},
            },
            {
                "StatusCode": "400",
                "SelectionPattern": "bad.*",
                "ContentHandling": "CONVERT_TO_TEXT",
            },
        ],
    }
    assert methods["PUT"]["ResponseTransferMode"] == "STREAM"
