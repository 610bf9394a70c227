"""Numbers, lists and patterns that parameters of the stack give: read as CloudFormation fills them in."""

import pytest

from coworks_cdk.local.errors import LocalError, NotEmulated
from tests.local.assemblies import function, method, resource, service, stage
from tests.local.assemblies import token_authorizer as authorizer

ANSWER = """
def handler(event, context):
    if event.get("type") == "TOKEN":
        statement = {"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": "*"}
        return {"principalId": "x", "policyDocument": {"Statement": [statement]}}
    time = round(context.get_remaining_time_in_millis() / 1000)
    body = f"{time} {context.memory_limit_in_mb} {event['isBase64Encoded']}"
    return {"statusCode": 200, "body": body}
"""


def number(value):
    return {"Type": "Number", "Default": value}


def ref(name):
    return {"Ref": name}


def resources(**further):
    limits = {"ThrottlingRateLimit": ref("Few"), "ThrottlingBurstLimit": ref("Few")}
    api = resource("AWS::ApiGateway::RestApi", Name="api", BinaryMediaTypes=ref("Types"))
    integration = {**method()["Properties"]["Integration"], "TimeoutInMillis": ref("Wait")}
    return service(
        **{
            "Api": api,
            "Function": function("code", Timeout=ref("Seconds"), MemorySize=ref("Memory")),
            "Get": method(authorizer="Guard", Integration=integration),
            "Guard": authorizer(
                AuthorizerResultTtlInSeconds=ref("Few"), IdentityValidationExpression=ref("Form")
            ),
            "Stage": stage(MethodSettings=[{"ResourcePath": "/*", "HttpMethod": "*", **limits}]),
            **further,
        }
    )


PARAMETERS = {
    "Seconds": number("20"),
    "Memory": number(512),
    "Wait": number(20_000),
    "Few": number(50.0),
    "Types": {"Type": "CommaDelimitedList", "Default": "image/png, text/plain"},
    "Form": {"Type": "String", "Default": "[a-z]+"},
}


def test_values_of_parameters_are_those_of_the_properties(serve):
    served = serve(ANSWER, resources(), Parameters=PARAMETERS)
    text = {"Authorization": "token", "Content-Type": "text/plain"}
    status, _, body = served.ask(headers=text, body="x")
    assert status == 200
    assert body.decode() == "20 512 True"
    json = {"Authorization": "token", "Content-Type": "application/json"}
    assert served.ask(headers=json, body="x")[2].decode() == "20 512 False"
    assert served.ask(headers={"Authorization": "12"})[0] == 401


@pytest.mark.parametrize(
    ("name", "default", "told"),
    [
        ("Seconds", "soon", "a number was expected, got 'soon'"),
        ("Few", True, "a number was expected, got True"),
        ("Wait", "", "a number was expected, got ''"),
    ],
)
def test_a_parameter_that_is_no_number(serve, name, default, told):
    with pytest.raises(LocalError, match=told):
        serve(ANSWER, resources(), Parameters=PARAMETERS | {name: number(default)})


@pytest.mark.parametrize("pattern", ["[", r"^\p{L}+$"])
def test_a_pattern_that_python_does_not_know(serve, pattern):
    form = {"Type": "String", "Default": pattern}
    with pytest.raises(NotEmulated, match=r"Guard: the pattern .*; use one that Python knows"):
        serve(ANSWER, resources(), Parameters=PARAMETERS | {"Form": form})
