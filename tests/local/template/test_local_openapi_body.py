"""An API that is one OpenAPI document."""

import pytest

from coworks_cdk.local.errors import NotEmulated
from coworks_cdk.local.template.assembly import read_assembly
from coworks_cdk.local.template.model import read_model
from coworks_cdk.local.template.records import Lambda, Mock, MockResponse
from tests.local.assemblies import resource, service, uri, write

FUNCTION = {"type": "aws_proxy", "httpMethod": "POST", "uri": uri()}
PREFLIGHT = {
    "type": "mock",
    "contentHandling": "CONVERT_TO_TEXT",
    "requestTemplates": {"application/json": '{"statusCode": 204}'},
    "responses": {
        "default": {
            "statusCode": "204",
            "responseParameters": {"method.response.header.X": "'x'"},
        }
    },
}
AUTHORIZER = {
    "type": "apiKey",
    "name": "X-Token",
    "in": "header",
    "x-amazon-apigateway-authtype": "custom",
    "x-amazon-apigateway-authorizer": {
        "type": "token",
        "authorizerUri": uri(),
        "authorizerResultTtlInSeconds": 60,
    },
}


def operation(integration=FUNCTION, **more):
    return {"x-amazon-apigateway-integration": integration, **more}


def document(**more):
    return {
        "openapi": "3.0.1",
        "info": {"title": "api", "version": "1"},
        "paths": {
            "/": {"get": operation(), "parameters": []},
            "/a/{p1}": {
                "put": operation(security=[{"token": []}]),
                "options": operation(PREFLIGHT),
            },
            "/file/{path+}": {"x-amazon-apigateway-any-method": operation()},
        },
        "components": {"securitySchemes": {"token": AUTHORIZER}},
        "x-amazon-apigateway-binary-media-types": ["image/png"],
        "x-amazon-apigateway-gateway-responses": {
            "MISSING_AUTHENTICATION_TOKEN": {
                "statusCode": 404,
                "responseParameters": {"gatewayresponse.header.X": "'x'"},
                "responseTemplates": {"application/json": "{}"},
            },
            "DEFAULT_5XX": {},
        },
        **more,
    }


def with_body(body):
    resources = service(Api=resource("AWS::ApiGateway::RestApi", Body=body))
    del resources["Get"]
    return resources


def api_of(tmp_path, body):
    (api,) = read_model(read_assembly(write(tmp_path / "cdk.out", with_body(body)))).apis
    return api


def test_a_document_is_read_as_resources_are(tmp_path):
    api = api_of(tmp_path, document())
    assert api.resources == ("/", "/a", "/a/{p1}", "/file", "/file/{path+}")
    assert [(route.method, route.path) for route in api.routes] == [
        ("GET", "/"),
        ("PUT", "/a/{p1}"),
        ("OPTIONS", "/a/{p1}"),
        ("ANY", "/file/{path+}"),
    ]
    get, put, options, _ = api.routes
    assert isinstance(get.integration, Lambda)
    assert get.authorizer is None
    assert put.authorizer is not None
    assert put.authorizer.kind == "TOKEN"
    assert put.authorizer.sources == ("method.request.header.X-Token",)
    assert put.authorizer.ttl == 60
    assert options.integration == Mock(
        (MockResponse(204, {"X": "'x'"}),),
        {"application/json": '{"statusCode": 204}'},
        convert_to_text=True,
    )
    assert api.binary_media_types == ("image/png",)
    missing = api.responses["MISSING_AUTHENTICATION_TOKEN"]
    assert (missing.status, missing.headers, missing.template) == (404, {"X": "'x'"}, "{}")
    assert api.responses["DEFAULT_5XX"].status is None


def test_signed_callers_and_requests(tmp_path):
    schemes = {
        "sigv4": {"type": "apiKey", "x-amazon-apigateway-authtype": "awsSigv4"},
        "request": {
            "type": "apiKey",
            "x-amazon-apigateway-authorizer": {
                "type": "request",
                "authorizerUri": uri(),
                "identitySource": "method.request.header.A, method.request.querystring.b",
            },
        },
    }
    paths = {
        "/one": {"get": operation(security=[{"sigv4": []}])},
        "/two": {"get": operation(**{"x-amazon-apigateway-auth": {"type": "AWS_IAM"}})},
        "/three": {"get": operation()},
    }
    body = document(
        paths=paths, components={"securitySchemes": schemes}, security=[{"request": []}]
    )
    one, two, three = (route.authorizer for route in api_of(tmp_path, body).routes)
    assert (one.kind, two.kind, three.kind) == ("IAM", "IAM", "REQUEST")
    assert three.sources == ("method.request.header.A", "method.request.querystring.b")


@pytest.mark.parametrize(
    ("more", "what"),
    [
        ({"paths": {"/": {"get": {}}}}, "a method without integration"),
        ({"x-amazon-apigateway-policy": {"Statement": []}}, "x-amazon-apigateway-policy"),
        ({"paths": {"/": {"get": operation({"type": "http"})}}}, "an integration of type HTTP"),
        ({"security": [{"token": ["scope"]}]}, "security"),
        ({"security": [{"other": []}]}, "the security scheme 'other'"),
        (
            {"paths": {"/": {"get": operation(**{"x-amazon-apigateway-request-validator": "v"})}}},
            "x-amazon-apigateway-request-validator",
        ),
    ],
)
def test_what_is_not_emulated(tmp_path, more, what):
    with pytest.raises(NotEmulated) as raised:
        api_of(tmp_path, document(**more))
    assert what in str(raised.value)


def test_it_is_served(serve):
    served = serve("def handler(e, c): return {'statusCode': 200}", with_body(document()))
    assert served.ask()[0] == 200
    assert served.ask("OPTIONS", "/dev/a/1")[1]["x"] == "x"
    assert served.ask("PUT", "/dev/a/1")[0] == 401
    assert served.ask("GET", "/dev/none")[0] == 404
