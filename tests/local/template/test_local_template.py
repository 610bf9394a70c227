"""What is read of a template, and what is refused."""

import json
import subprocess
import sys

import pytest

from coworks_cdk.local.errors import LocalError, NotEmulated
from coworks_cdk.local.template.assembly import fingerprint, read_assembly
from coworks_cdk.local.template.model import read_model
from coworks_cdk.local.template.records import Mock, MockResponse
from tests.local.assemblies import (
    RUNTIME,
    function,
    method,
    resource,
    service,
    stage,
    token_authorizer,
    uri,
    write,
)


def model_of(folder, resources, **keywords):
    return read_model(read_assembly(write(folder / "cdk.out", resources, **keywords)))


def api_with(**properties):
    return resource("AWS::ApiGateway::RestApi", Name="api", **properties)


def path(part, parent=None):
    return resource(
        "AWS::ApiGateway::Resource",
        PathPart=part,
        ParentId=parent or {"Fn::GetAtt": ["Api", "RootResourceId"]},
        RestApiId={"Ref": "Api"},
    )


def test_a_service(tmp_path):
    model = model_of(
        tmp_path,
        service(
            Content=path("content"),
            Value=path("{value}", {"Ref": "Content"}),
            Put=method("PUT", {"Ref": "Value"}, authorizer="Authorizer"),
            Authorizer=token_authorizer(AuthorizerResultTtlInSeconds=60),
            Stage=stage(
                Variables={"a": "b"},
                MethodSettings=[
                    {
                        "HttpMethod": "*",
                        "ResourcePath": "/*",
                        "ThrottlingRateLimit": 5,
                        "ThrottlingBurstLimit": 7,
                    }
                ],
            ),
            Missing=resource(
                "AWS::ApiGateway::GatewayResponse",
                RestApiId={"Ref": "Api"},
                ResponseType="MISSING_AUTHENTICATION_TOKEN",
                StatusCode="404",
                ResponseParameters={"gatewayresponse.header.X": "'x'"},
                ResponseTemplates={"application/json": "{}"},
            ),
        ),
    )
    (api,) = model.apis
    assert api.service == "Service"
    assert api.resources == ("/", "/content", "/content/{value}")
    assert api.binary_media_types == ("*/*",)
    get, put = api.routes
    assert (get.method, get.path, get.authorizer) == ("GET", "/", None)
    assert (put.method, put.path) == ("PUT", "/content/{value}")
    assert put.authorizer is not None
    assert put.authorizer.sources == ("method.request.header.Authorization",)
    assert (put.authorizer.kind, put.authorizer.ttl) == ("TOKEN", 60)
    (served,) = api.stages
    assert (served.rate, served.burst, served.variables) == (5.0, 7, {"a": "b"})
    missing = api.responses["MISSING_AUTHENTICATION_TOKEN"]
    assert (missing.status, missing.headers, missing.template) == (404, {"X": "'x'"}, "{}")
    (run,) = model.functions.values()
    assert (run.handler, run.runtime, run.timeout) == ("app.handler", RUNTIME, 5.0)


def mock(**properties):
    response = {"StatusCode": "204", **properties.pop("response", {})}
    return {"Type": "MOCK", "IntegrationResponses": [response], **properties}


def gateway_response(headers=None, template=None, media_type="application/json"):
    return resource(
        "AWS::ApiGateway::GatewayResponse",
        ResponseType="MISSING_AUTHENTICATION_TOKEN",
        RestApiId={"Ref": "Api"},
        ResponseParameters={f"gatewayresponse.header.{k}": v for k, v in (headers or {}).items()},
        ResponseTemplates={} if template is None else {media_type: template},
    )


def test_a_mock(tmp_path):
    headers = {"method.response.header.X": "'x'"}
    integration = mock(response={"ResponseParameters": headers}, ContentHandling="CONVERT_TO_TEXT")
    model = model_of(tmp_path, service(Options=method("OPTIONS", Integration=integration)))
    found = model.apis[0].routes[1].integration
    assert found == Mock((MockResponse(204, {"X": "'x'"}),), convert_to_text=True)


NOT_EMULATED = {
    "BodyS3Location": (
        service(Api=api_with(BodyS3Location={"Bucket": "b", "Key": "k"})),
        "BodyS3Location",
    ),
    "HTTP_PROXY": (service(Get=method(Integration={"Type": "HTTP_PROXY"})), "type HTTP_PROXY"),
    "JWT": (service(Get=method(AuthorizationType="JWT")), "AuthorizationType JWT"),
    "scopes": (
        service(Get=method(AuthorizationType="AWS_IAM", AuthorizationScopes=["a"])),
        "AuthorizationScopes",
    ),
    "identity source": (
        service(Authorizer=token_authorizer(Type="REQUEST", IdentitySource="$request.header.A")),
        "the identity source '$request.header.A'",
    ),
    "key": (service(Get=method(ApiKeyRequired=True)), "ApiKeyRequired"),
    "validator": (service(Get=method(RequestValidatorId="v")), "RequestValidatorId"),
    "policy": (service(Api=api_with(Policy={"Statement": []})), "Policy"),
    "compression": (service(Api=api_with(MinimumCompressionSize=1)), "MinimumCompressionSize"),
    "authorizer": (
        service(
            Authorizer={
                **token_authorizer(),
                "Properties": {**token_authorizer()["Properties"], "Type": "JWT"},
            }
        ),
        "an authorizer of type JWT",
    ),
    "uri": (
        service(Get=method(Integration={"Type": "AWS_PROXY", "Uri": "arn:aws:sqs"})),
        "the URI 'arn:aws:sqs'",
    ),
    "credentials": (
        service(Get=method(Integration={"Type": "AWS_PROXY", "Uri": uri(), "Credentials": "r"})),
        "Credentials",
    ),
    "responses": (
        service(Get=method(Integration={"Type": "MOCK"})),
        "0 integration responses",
    ),
    "media type": (
        service(Get=method(Integration=mock(response={"ResponseTemplates": {"a/b": ""}}))),
        "templates for",
    ),
    "vtl": (
        service(
            Get=method(
                Integration=mock(
                    response={"ResponseTemplates": {"application/json": "#evaluate('')"}}
                )
            )
        ),
        "directive #evaluate",
    ),
    "request vtl": (
        service(
            Get=method(Integration=mock(RequestTemplates={"application/json": "$util.urlX()"}))
        ),
        "expression",
    ),
    "mock header": (
        service(
            Get=method(
                Integration=mock(
                    response={
                        "ResponseParameters": {
                            "method.response.header.X": "integration.response.header.Y"
                        }
                    }
                )
            )
        ),
        "the header X from 'integration.response.header.Y'",
    ),
    "handling": (
        service(Get=method(Integration=mock(ContentHandling="CONVERT_TO_BINARY"))),
        "ContentHandling CONVERT_TO_BINARY",
    ),
    "response handling": (
        service(Get=method(Integration=mock(response={"ContentHandling": "CONVERT_TO_BINARY"}))),
        "ContentHandling CONVERT_TO_BINARY",
    ),
    "mock parameters": (
        service(
            Get=method(
                Integration=mock(
                    RequestParameters={"integration.request.header.X": "context.stage"}
                )
            )
        ),
        "RequestParameters",
    ),
    "proxy handling": (
        service(
            Get=method(
                Integration={
                    "Type": "AWS_PROXY",
                    "Uri": uri(),
                    "ContentHandling": "CONVERT_TO_TEXT",
                }
            )
        ),
        "ContentHandling",
    ),
    "gateway response header": (
        service(Missing=gateway_response({"X": "method.request.body.x"})),
        "the header X from 'method.request.body.x'",
    ),
    "gateway response context": (
        service(Missing=gateway_response({"X": "context.unheardOf"})),
        "the header X from 'context.unheardOf'",
    ),
    "gateway response template": (
        service(Missing=gateway_response(template="#if($context.stage)a#end")),
        "the template's if",
    ),
    "gateway response variable": (
        service(Missing=gateway_response(template="$context.unheardOf")),
        "the template's expression '$context.unheardOf'",
    ),
    "gateway response media type": (
        service(Missing=gateway_response(template="", media_type="text/plain")),
        "templates for ['text/plain']",
    ),
    "cache": (service(Stage=stage(CacheClusterEnabled=True)), "CacheClusterEnabled"),
    "method cache": (
        service(Stage=stage(MethodSettings=[{"CachingEnabled": True}])),
        "CachingEnabled",
    ),
    "throttled method": (
        service(
            Stage=stage(
                MethodSettings=[
                    {"HttpMethod": "GET", "ResourcePath": "/", "ThrottlingRateLimit": 1}
                ]
            )
        ),
        "throttling of one method",
    ),
    "layer": (
        service(Function=function("code", Layers=["arn:aws:lambda:us-east-1:1:layer:x:1"])),
        "the layer arn:aws:lambda:us-east-1:1:layer:x:1",
    ),
    "runtime": (service(Function=function("code", Runtime="nodejs22.x")), "the function arn"),
    "intrinsic": (
        service(
            Function=function(
                "code", MemorySize=1, Environment={"Variables": {"A": {"Fn::Base64": "x"}}}
            )
        ),
        "Fn::Base64",
    ),
    "attribute": (
        service(
            Table=resource("AWS::DynamoDB::Table"),
            Function=function(
                "code", Environment={"Variables": {"A": {"Fn::GetAtt": ["Table", "StreamArn"]}}}
            ),
        ),
        "Fn::GetAtt of StreamArn of Table",
    ),
}


@pytest.mark.parametrize("name", NOT_EMULATED)
def test_what_is_not_emulated_is_refused_by_name(tmp_path, name):
    resources, what = NOT_EMULATED[name]
    if name == "policy":
        what = "Policy"
    with pytest.raises(NotEmulated, match="is not emulated locally; ") as raised:
        model_of(tmp_path, resources)
    assert what in str(raised.value)


def test_a_missing_permission_is_refused(tmp_path):
    resources = service()
    del resources["Permission"]
    with pytest.raises(LocalError, match="Stack/Service: no AWS::Lambda::Permission lets / "):
        model_of(tmp_path, resources)


def test_a_missing_permission_of_the_authorizer_is_refused(tmp_path):
    resources = service(
        Get=method(authorizer="Authorizer"),
        Authorizer=token_authorizer("Guard"),
        Guard=function("code"),
    )
    with pytest.raises(LocalError, match="lets its authorizer"):
        model_of(tmp_path, resources)


def test_expressions(tmp_path):
    variables = {
        "REF": {"Ref": "AWS::Region"},
        "STACK": {"Ref": "AWS::StackName"},
        "NUMBER": 5,
        "BOOLEAN": True,
        "PARAMETER": {"Ref": "Parameter"},
        "SUB": {"Fn::Sub": "${AWS::AccountId}/${Table}/${Table.Arn}/${!Literal}"},
        "SUB_WITH": {"Fn::Sub": ["${A}-${B}", {"A": "a", "B": {"Ref": "Parameter"}}]},
        "SELECT": {"Fn::Select": ["1", {"Fn::Split": [",", "a,b,c"]}]},
        "IF": {"Fn::If": ["Yes", "then", "else"]},
        "IF_NOT": {"Fn::If": ["No", "then", "else"]},
        "TABLE": {"Ref": "Table"},
        "LAYER": {"Ref": "Layer"},
        "NAMED": {"Ref": "Named"},
    }
    model = model_of(
        tmp_path,
        service(
            Function=function("code", Environment={"Variables": variables}),
            Table=resource("AWS::DynamoDB::Table"),
            Layer=resource("AWS::Lambda::LayerVersion", Content={"S3Key": "code.zip"}),
            Named=function("code", FunctionName="a-name"),
        ),
        Parameters={"Parameter": {"Type": "String", "Default": "given"}},
        Conditions={
            "Yes": {"Fn::Or": [{"Fn::Equals": [{"Ref": "AWS::Region"}, "x"]}, {"Condition": "In"}]},
            "In": {"Fn::And": [{"Fn::Equals": [1, 1]}]},
            "No": {"Fn::Not": [{"Condition": "Yes"}]},
        },
    )
    (run,) = model.functions.values()
    values = dict(run.environment)
    assert values.pop("LAYER").startswith("arn:aws:lambda:us-east-1:123456789012:layer:Stack-Layer")
    assert values == {
        "REF": "us-east-1",
        "STACK": "Stack",
        "NUMBER": "5",
        "BOOLEAN": "true",
        "PARAMETER": "given",
        "SUB": "123456789012/Stack-Table/arn:aws:dynamodb:us-east-1:123456789012:Stack-Table"
        "/${Literal}",
        "SUB_WITH": "a-given",
        "SELECT": "b",
        "IF": "then",
        "IF_NOT": "else",
        "TABLE": "Stack-Table",
        "NAMED": "a-name",
    }


@pytest.mark.parametrize(
    ("expression", "why"),
    [
        ({"Ref": "Nowhere"}, "Ref of 'Nowhere'"),
        ({"Fn::GetAtt": ["Nowhere", "Arn"]}, "Fn::GetAtt of 'Nowhere'"),
        ({"Fn::ImportValue": "nothing"}, "no stack of this assembly exports"),
        ({"Fn::If": ["Odd", 1, 2]}, "the condition"),
        ({"Ref": "Parameter"}, "the parameter Parameter"),
        ({"Fn::Split": [",", "a,b"]}, "a string was expected"),
    ],
)
def test_expressions_that_fail(tmp_path, expression, why):
    with pytest.raises(LocalError, match=why):
        model_of(
            tmp_path,
            service(Function=function("code", Environment={"Variables": {"A": expression}})),
            Parameters={"Parameter": {"Type": "String"}},
            Conditions={"Odd": {"Fn::Contains": [[], 1]}},
        )


def test_a_layer_of_another_stack(tmp_path):
    layer = resource("AWS::Lambda::LayerVersion", Content={"S3Bucket": "b", "S3Key": "layer.zip"})
    exported = {"Value": {"Ref": "Layer"}, "Export": {"Name": "Layers:Layer"}}
    folder = tmp_path / "cdk.out"
    files = {"layer": {"python/lay.py": ""}}
    write(folder, {"Layer": layer}, assets=files, stack="Layers", Outputs={"O": exported})
    first = json.loads((folder / "manifest.json").read_text())
    imported = {"Fn::ImportValue": "Layers:Layer"}
    write(folder, service(Function=function("code", Layers=[imported])))
    second = json.loads((folder / "manifest.json").read_text())
    second["artifacts"] |= first["artifacts"]
    (folder / "manifest.json").write_text(json.dumps(second))
    model = read_model(read_assembly(folder))
    (run,) = model.functions.values()
    assert [layer.name for layer in run.layers] == ["asset.layer"]


def test_stages_of_the_app_are_read(tmp_path):
    inner = write(tmp_path / "cdk.out" / "assembly-Prod", service())
    manifest = {
        "artifacts": {
            "assembly-Prod": {
                "type": "cdk:cloud-assembly",
                "properties": {"directoryName": inner.name},
            }
        }
    }
    (tmp_path / "cdk.out" / "manifest.json").write_text(json.dumps(manifest))
    (source,) = read_assembly(tmp_path / "cdk.out", region="eu-west-1")
    assert (source.name, source.region) == ("Stack", "eu-west-1")


def test_notes(tmp_path):
    model = model_of(tmp_path, service(Url=resource("AWS::Lambda::Url")))
    assert model.notes == ("Stack/Url: function URLs are not served here",)


def test_no_assembly(tmp_path):
    with pytest.raises(LocalError, match="synthesize first"):
        read_assembly(tmp_path)


@pytest.mark.parametrize("content", ["{", "[]"])
def test_a_broken_assembly(tmp_path, content):
    folder = write(tmp_path / "cdk.out", service())
    (folder / "Stack.template.json").write_text(content)
    with pytest.raises(LocalError, match="synthesize again"):
        read_assembly(folder)


def test_code_that_is_no_asset(tmp_path):
    with pytest.raises(LocalError, match="is no asset of the assembly"):
        model_of(tmp_path, service(Function=function("elsewhere")))


def test_services_are_chosen_by_name(tmp_path):
    sources = read_assembly(write(tmp_path / "cdk.out", service()))
    for name in ("Service", "Stack/Service"):
        assert len(read_model(sources, [name]).apis) == 1
    assert len(read_model(sources, [], "Stack").apis) == 1
    with pytest.raises(LocalError, match=r"no service 'Other' in the assembly \(services: Ser"):
        read_model(sources, ["Other"])
    with pytest.raises(LocalError, match=r"no REST API in the stack 'Other' \(stacks .*: Stack"):
        read_model(sources, [], "Other")


def test_what_is_not_chosen_does_not_matter(tmp_path):
    folder = tmp_path / "cdk.out"
    write(folder, service(Get=method(ApiKeyRequired=True)), stack="Other")
    other = json.loads((folder / "manifest.json").read_text())
    write(folder, service())
    both = json.loads((folder / "manifest.json").read_text())
    both["artifacts"] |= other["artifacts"]
    (folder / "manifest.json").write_text(json.dumps(both))
    sources = read_assembly(folder)
    assert len(read_model(sources, stack="Stack").apis) == 1
    with pytest.raises(NotEmulated, match="ApiKeyRequired"):
        read_model(sources)


def test_no_service(tmp_path):
    with pytest.raises(LocalError, match=r"no REST API in the assembly \(stacks .*: none\)"):
        model_of(tmp_path, {"Table": resource("AWS::DynamoDB::Table")})


def test_a_fingerprint_changes_with_the_assembly(tmp_path):
    folder = write(tmp_path / "cdk.out", service())
    before = fingerprint(folder)
    assert fingerprint(folder) == before
    (folder / "asset.code" / "data.json").write_text("{}")
    assert fingerprint(folder) == before
    (folder / "manifest.json").write_text("{}")
    assert fingerprint(folder) != before
    assert fingerprint(tmp_path / "nowhere") == ()


def test_neither_the_cdk_nor_flask_is_imported():
    script = (
        "import sys, coworks_cdk.local.__main__\n"
        "print([m for m in ('aws_cdk', 'jsii', 'flask', 'coworks_runtime') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_what_the_synth_warned_of_and_a_caller_meets(tmp_path):
    warnings = {
        "Service": "TOKEN is undefined: nobody can call it. [ack: coworks:no-token]",
        "Other": "TOKEN is undefined. [ack: coworks:no-token]",
        "Service/Function": "a warning of somebody else's [ack: other:thing]",
    }
    model = model_of(tmp_path, service(), warnings=warnings)
    assert model.notes == ("Service: TOKEN is undefined: nobody can call it.",)
