"""What is declared for entries whose work is done after their answer."""

import json

import pytest
from aws_cdk import Duration
from aws_cdk import aws_lambda_destinations as destinations
from aws_cdk import aws_sqs as sqs

from coworks_cdk import CoworksMicroService


@pytest.fixture(scope="module")
def declared(synthesize, services, layer_arn):
    """Four services of one stack: as resources and as a document, with versions, and plain."""

    def declare(stack):
        failed = destinations.SqsDestination(sqs.Queue(stack, "Failed"))
        options = {
            "on_failure": failed,
            "max_event_age": Duration.hours(1),
            "retry_attempts": 1,
        }
        common = {"app": "later", "project_dir": services, "coworks_layer": layer_arn}
        CoworksMicroService(stack, "Later", **common, function_options=options)
        CoworksMicroService(stack, "Body", **common, api_body="openapi")
        CoworksMicroService(stack, "Live", **common, version=True, function_options=options)
        CoworksMicroService(stack, "Text", **common, binary_media_types=["image/png", "text/*"])

    return synthesize(declare)


def of_type(template, kind):
    return {
        name: resource["Properties"]
        for name, resource in template["Resources"].items()
        if resource["Type"] == f"AWS::{kind}"
    }


def method(template, service, http_method):
    (found,) = [
        properties
        for name, properties in of_type(template, "ApiGateway::Method").items()
        if name.startswith(service) and properties["HttpMethod"] == http_method
    ]
    return found


def test_the_function_is_invoked_asynchronously_by_an_integration_without_proxy(declared):
    report = method(declared, "Later", "POST")
    integration = report["Integration"]
    assert integration["Type"] == "AWS"
    assert integration["IntegrationHttpMethod"] == "POST"
    assert "/2015-03-31/functions/" in json.dumps(integration["Uri"])
    assert integration["RequestParameters"] == {
        "integration.request.header.X-Amz-Invocation-Type": "'Event'"
    }
    assert integration["PassthroughBehavior"] == "NEVER"
    assert integration["ContentHandling"] == "CONVERT_TO_TEXT"
    assert report["AuthorizationType"] == "CUSTOM"
    assert "AuthorizerId" in report
    assert method(declared, "Later", "PUT")["AuthorizationType"] == "NONE"
    assert method(declared, "Later", "GET")["Integration"]["Type"] == "AWS_PROXY"


def test_a_template_for_each_type_that_the_entry_takes(declared):
    values = method(declared, "Later", "POST")["Integration"]["RequestTemplates"]
    assert sorted(values) == [
        "application/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
    ]
    raw = method(declared, "Later", "PUT")["Integration"]["RequestTemplates"]
    assert set(raw) > {*values, "application/octet-stream", "text/plain"}
    assert len(set(raw.values())) == 1
    assert '"isBase64Encoded":#if(' in raw["text/plain"]
    assert len(raw["text/plain"]) < 4500
    text = method(declared, "Text", "PUT")["Integration"]["RequestTemplates"]
    assert '"isBase64Encoded":#if(' in text["text/plain"]
    assert "true" not in text["application/json"]


def test_the_202_with_the_service_s_cors(declared):
    report = method(declared, "Later", "POST")
    (answer,) = report["Integration"]["IntegrationResponses"]
    assert (answer["StatusCode"], answer["ContentHandling"]) == ("202", "CONVERT_TO_TEXT")
    headers = {
        "method.response.header.Access-Control-Allow-Origin": "'https://a.test'",
        "method.response.header.Access-Control-Allow-Credentials": "'true'",
        "method.response.header.Vary": "'Origin'",
    }
    assert answer["ResponseParameters"] == headers
    (told,) = report["MethodResponses"]
    assert (told["StatusCode"], told["ResponseParameters"]) == ("202", dict.fromkeys(headers, True))
    template = answer["ResponseTemplates"]["application/json"]
    assert '{"request_id":"$context.requestId"}' in template
    assert "https://b.test" in template
    (plain,) = method(declared, "Later", "PUT")["Integration"]["IntegrationResponses"]
    assert "ResponseParameters" not in plain


def test_the_document_says_the_same(declared):
    (body,) = [p["Body"] for p in of_type(declared, "ApiGateway::RestApi").values() if "Body" in p]
    said = body["paths"]["/report/{p1}"]["post"]["x-amazon-apigateway-integration"]
    there = method(declared, "Later", "POST")["Integration"]
    assert said["type"] == "aws"
    assert said["passthroughBehavior"] == "never"
    assert said["requestParameters"] == there["RequestParameters"]
    assert said["requestTemplates"] == there["RequestTemplates"]
    (answer,) = there["IntegrationResponses"]
    assert said["responses"]["default"]["responseTemplates"] == answer["ResponseTemplates"]
    assert "202" in body["paths"]["/report/{p1}"]["post"]["responses"]


def test_where_failures_go_and_how_often_is_tried(declared):
    configs = of_type(declared, "Lambda::EventInvokeConfig")
    qualifiers = {name: config["Qualifier"] for name, config in configs.items()}
    assert sorted(name[:5] for name in qualifiers) == ["Later", "LiveA", "LiveF"]
    for config in configs.values():
        assert config["MaximumEventAgeInSeconds"] == 3600
        assert config["MaximumRetryAttempts"] == 1
        assert config["DestinationConfig"]["OnFailure"]
    # What the API calls is the alias, which has its own.
    (alias,) = (qualifiers[name] for name in qualifiers if name.startswith("LiveA"))
    assert alias != "$LATEST"


def test_a_changed_answer_is_deployed_anew(synthesize, tmp_path, services, layer_arn):
    source = (services / "later.py").read_text()
    ids = []
    for text in (source, source.replace("(background=True, no_auth=True)", "(no_auth=True)")):
        (tmp_path / "later.py").write_text(text)

        def declare(stack):
            CoworksMicroService(
                stack, "Later", app="later", project_dir=tmp_path, coworks_layer=layer_arn
            )

        ids += of_type(synthesize(declare), "ApiGateway::Deployment")
    assert len(set(ids)) == 2
