"""What the construct declares for entries that stream, and for no others."""

import json
from pathlib import Path

import pytest
from aws_cdk import App, Duration, Stack
from aws_cdk import aws_lambda as lambda_

from coworks_cdk import CoworksMicroService

WRAPPER = "AWS_LAMBDA_EXEC_WRAPPER"


@pytest.fixture(scope="module")
def declared(synthesize, services, layer_arn):
    def declared(app="streaming", **props):
        return synthesize(
            lambda stack: CoworksMicroService(
                stack,
                "Service",
                app=app,
                project_dir=services,
                coworks_layer=layer_arn,
                **props,
            )
        )

    return declared


def integrations(template):
    """The methods' integrations, by their operation names."""
    return {
        resource["Properties"]["OperationName"]: resource["Properties"]["Integration"]
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::ApiGateway::Method"
    }


def variables(template):
    (function,) = (
        resource["Properties"]
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::Lambda::Function"
    )
    return function["Environment"]["Variables"]


def uri(integration):
    return json.dumps(integration["Uri"])


@pytest.fixture(scope="module")
def streaming(declared):
    return declared(timeout=Duration.minutes(15))


def test_an_entry_that_streams_has_an_integration_that_streams(streaming):
    answer = integrations(streaming)["get_answer"]
    assert answer["Type"] == "AWS_PROXY"
    assert answer["IntegrationHttpMethod"] == "POST"
    assert answer["ResponseTransferMode"] == "STREAM"
    assert ":lambda:path/2021-11-15/functions/" in uri(answer)
    assert "/response-streaming-invocations" in uri(answer)


def test_a_stream_may_last_as_long_as_its_function(streaming, declared):
    assert integrations(streaming)["get_answer"]["TimeoutInMillis"] == 900_000
    assert integrations(declared())["get_answer"]["TimeoutInMillis"] == 29_000
    longer = integrations(
        declared(timeout=Duration.minutes(2), integration_timeout=Duration.seconds(60))
    )
    assert longer["get_answer"]["TimeoutInMillis"] == 120_000
    assert longer["get"]["TimeoutInMillis"] == 60_000


def test_other_entries_are_as_ever(streaming):
    whole = integrations(streaming)["get"]
    assert "ResponseTransferMode" not in whole
    assert "TimeoutInMillis" not in whole
    assert ":lambda:path/2015-03-31/functions/" in uri(whole)


def test_the_function_runs_in_the_loop_where_an_entry_streams(streaming, declared):
    assert variables(streaming)[WRAPPER] == "/opt/coworks-stream"
    assert WRAPPER not in variables(declared("minimal"))


def test_streaming_is_switched_off_as_a_whole(declared):
    template = declared(streaming=False)
    assert WRAPPER not in variables(template)
    answer = integrations(template)["get_answer"]
    assert "ResponseTransferMode" not in answer
    assert "/2015-03-31/functions/" in uri(answer)


def test_one_permission_lets_the_api_stream(streaming):
    permissions = [
        resource["Properties"]["Action"]
        for resource in streaming["Resources"].values()
        if resource["Type"] == "AWS::Lambda::Permission"
    ]
    assert permissions == ["lambda:InvokeFunction", "lambda:InvokeFunction"]


def test_an_alias_streams(declared):
    template = declared(version=True)
    assert "Alias" in uri(integrations(template)["get_answer"])


def test_one_document_says_it_too(declared):
    template = declared(api_body="openapi", timeout=Duration.minutes(5))
    (body,) = (
        resource["Properties"]["Body"]
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::ApiGateway::RestApi"
    )
    answer = body["paths"]["/answer"]["get"]["x-amazon-apigateway-integration"]
    assert answer["responseTransferMode"] == "STREAM"
    assert answer["timeoutInMillis"] == 300_000
    assert "response-streaming-invocations" in json.dumps(answer["uri"])
    assert (
        "responseTransferMode" not in body["paths"]["/"]["get"]["x-amazon-apigateway-integration"]
    )


def test_another_wrapper_runs_as_well(declared, layer_arn):
    for props in (
        {"environment": {WRAPPER: "/opt/otel-instrument"}},
        {"otel_layer": layer_arn.replace("coworks", "otel")},
    ):
        told = variables(declared(**props))
        assert told[WRAPPER] == "/opt/coworks-stream"
        assert told["CWS_EXEC_WRAPPER"] == "/opt/otel-instrument"


def test_a_wrapper_that_would_replace_the_one_of_streams_is_refused(services, layer_arn):
    app = App()
    service = CoworksMicroService(
        Stack(app, "Stack"),
        "Service",
        app="streaming",
        project_dir=services,
        coworks_layer=layer_arn,
    )
    service.add_environment(WRAPPER, "/opt/other")
    with pytest.raises(Exception, match="Stack/Service") as error:
        app.synth()
    message = str(error.value)
    assert "got AWS_LAMBDA_EXEC_WRAPPER '/opt/other'" in message
    assert "GET /answer (get_answer) with stream" in message


def test_another_wrapper_is_welcome_without_streams(declared):
    template = declared(streaming=False, environment={WRAPPER: "/opt/otel-instrument"})
    assert variables(template)[WRAPPER] == "/opt/otel-instrument"


def test_what_has_no_effect_on_streams_is_said(services, layer_arn):
    stack = Stack(App(), "Stack")
    CoworksMicroService(
        stack,
        "Service",
        app="streaming",
        project_dir=services,
        coworks_layer=layer_arn,
        stage_options={"cache_cluster_enabled": True, "caching_enabled": True},
    )
    folder = Path(stack.node.root.synth().directory)
    texts = [
        str(entry["data"])
        for file in folder.glob("*.metadata.json")
        for entries in json.loads(file.read_text()).values()
        for entry in entries
        if entry["type"] == "aws:cdk:warning"
    ]
    said = "has no effect on the entry GET /answer (get_answer): API Gateway keeps no streams"
    assert sum(said in text for text in texts) == 2


def test_the_oldest_python_streams_too(declared):
    template = declared(runtime=lambda_.Runtime.PYTHON_3_11)
    assert variables(template)[WRAPPER] == "/opt/coworks-stream"
