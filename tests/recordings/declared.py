"""A template of what cases declare: an API for each declaration, and one function for all."""

from tests.local.assemblies import resource, uri

ROUTE = {"route", "mock", "timeout_ms", "integration_parameters", "integration_method"}
API = {
    "authorizer",
    "binaryMediaTypes",
    "canary",
    "endpoint",
    "gatewayResponses",
    "kind",
    "requestValidator",
    "routes",
    "variables",
}
TIMEOUT = 20
_ANSWERS = """
import json, os, sys, time

def handler(event, context):
    kind = "authorizer" if event.get("type") in ("TOKEN", "REQUEST") else "function"
    keep([kind, event])
    answer = told()[kind]
    if not isinstance(answer, dict):
        return answer
    if "$raise" in answer:
        raise Exception(answer["$raise"])
    if "$exit" in answer:
        sys.exit(answer["$exit"])
    if "$sleep" in answer:
        time.sleep(answer["$sleep"])
        return {"statusCode": 200, "body": "late"}
    if "$policy" in answer:
        statement = {"Action": "execute-api:Invoke", "Effect": answer["$policy"]}
        statement["Resource"] = answer.get("resource", "*")
        document = {"Version": "2012-10-17", "Statement": [statement]}
        given = {"policyDocument": document, "context": answer.get("context", {})}
        principal = answer.get("principal", "user")
        return given if principal is None else {"principalId": principal, **given}
    return None if "$null" in answer else answer
"""
FUNCTION = f"""{_ANSWERS}
def told():
    with open(os.environ["CASE"] + "/case") as file:
        return json.load(file)

def keep(event):
    with open(os.environ["CASE"] + "/events", "a") as file:
        file.write(json.dumps(event) + "\\n")
"""
"""Does what the case in a folder says, and keeps the events that it gets there."""
FUNCTION_ON_AWS = f"""{_ANSWERS}
import uuid, boto3

store, bucket = boto3.client("s3"), os.environ["BUCKET"]

def told():
    return json.load(store.get_object(Bucket=bucket, Key="case")["Body"])

def keep(event):
    key = "events/%d-%s" % (time.time_ns(), uuid.uuid4())
    store.put_object(Bucket=bucket, Key=key, Body=json.dumps(event).encode())
"""
"""The same with a bucket."""


def function(timeout, folder):
    """The function that does what the case in a folder says."""
    return {
        "Code": {"S3Bucket": "assets", "S3Key": "code.zip"},
        "Handler": "app.handler",
        "Timeout": timeout,
        "Environment": {"Variables": {"CASE": str(folder)}},
    }


def api_resources(api, prefix, function_="Function"):
    """The resources of one API, their logical ids beginning with a prefix."""
    unknown = set(api) - API
    assert not unknown, f"what is declared by {unknown} is not known here"
    name = f"{prefix}Api"
    ref = {"Ref": name}
    types = [api.get("endpoint", "REGIONAL")]
    made = {
        name: resource(
            "AWS::ApiGateway::RestApi",
            Name=name,
            EndpointConfiguration={"Types": types},
            BinaryMediaTypes=api.get("binaryMediaTypes", []),
        ),
        f"{prefix}Permission": resource(
            "AWS::Lambda::Permission",
            Action="lambda:InvokeFunction",
            FunctionName={"Fn::GetAtt": [function_, "Arn"]},
            Principal="apigateway.amazonaws.com",
            SourceArn={"Fn::Sub": f"arn:aws:execute-api:*:*:${{{name}}}/*"},
        ),
        f"{prefix}Deployment": resource("AWS::ApiGateway::Deployment", RestApiId=ref),
        f"{prefix}Stage": resource(
            "AWS::ApiGateway::Stage",
            StageName="dev",
            RestApiId=ref,
            DeploymentId={"Ref": f"{prefix}Deployment"},
            **({"Variables": api["variables"]} if "variables" in api else {}),
            **({"CanarySetting": {"PercentTraffic": 100}} if "canary" in api else {}),
        ),
    }
    if "authorizer" in api:
        made[f"{prefix}Authorizer"] = _authorizer(api["authorizer"], ref, function_)
    for kind, response in api.get("gatewayResponses", {}).items():
        made[f"{prefix}{kind}".replace("_", "")] = _gateway_response(kind, response, ref)
    ids = {"": {"Fn::GetAtt": [name, "RootResourceId"]}}
    for number, route in enumerate(api["routes"]):
        options = route if isinstance(route, dict) else {"route": route}
        assert set(options) <= ROUTE, f"what a route has by {set(options) - ROUTE} is not known"
        method, path, *auth = options["route"].split(" ")
        for parent, part in _parts(path):
            if f"{parent}/{part}" not in ids:
                own = f"{prefix}Resource{len(ids)}"
                made[own] = resource(
                    "AWS::ApiGateway::Resource",
                    ParentId=ids[parent],
                    PathPart=part,
                    RestApiId=ref,
                )
                ids[f"{parent}/{part}"] = {"Ref": own}
        properties = {"AuthorizationType": "NONE"}
        if auth:
            authorizer = {"Ref": f"{prefix}Authorizer"}
            properties = {"AuthorizationType": "CUSTOM", "AuthorizerId": authorizer}
        if "requestValidator" in api:
            properties["RequestValidatorId"] = "validator"
        made[f"{prefix}Method{number}"] = resource(
            "AWS::ApiGateway::Method",
            HttpMethod=method,
            ResourceId=ids[path.rstrip("/")],
            RestApiId=ref,
            Integration=_integration(options, function_, api.get("kind")),
            MethodResponses=_method_responses(options),
            **properties,
        )
    return made


def _parts(path):
    parent = ""
    for part in path.split("/")[1:]:
        if part:
            yield parent, part
            parent += f"/{part}"


def _integration(options, function_, kind):
    if kind == "rest-aws":
        return {"Type": "AWS", "Uri": uri(function_)}
    if "mock" not in options:
        timeout = options.get("timeout_ms")
        return {
            "Type": "AWS_PROXY",
            "Uri": uri(function_),
            "IntegrationHttpMethod": options.get("integration_method", "POST"),
            "RequestParameters": options.get("integration_parameters", {}),
            **({} if timeout is None else {"TimeoutInMillis": timeout}),
        }
    mock = options["mock"]
    return {
        "Type": "MOCK",
        "RequestTemplates": mock.get("request", {}),
        **({"PassthroughBehavior": mock["passthrough"]} if "passthrough" in mock else {}),
        **({"ContentHandling": mock["convert"]} if "convert" in mock else {}),
        "IntegrationResponses": [
            {
                "StatusCode": response["status"],
                **({"SelectionPattern": response["pattern"]} if "pattern" in response else {}),
                "ResponseTemplates": {"application/json": response.get("template", "")},
                "ResponseParameters": {
                    f"method.response.header.{name}": value
                    for name, value in response.get("headers", {}).items()
                },
            }
            for response in mock["responses"]
        ],
    }


def _method_responses(options):
    """What a deploy wants declared of a mock's answers."""
    return [
        {
            "StatusCode": response["status"],
            "ResponseParameters": {
                f"method.response.header.{name}": True for name in response.get("headers", {})
            },
        }
        for response in options.get("mock", {}).get("responses", ())
    ]


def _authorizer(authorizer, ref, function_):
    return resource(
        "AWS::ApiGateway::Authorizer",
        Name="authorizer",
        Type=authorizer.get("type", "TOKEN"),
        RestApiId=ref,
        AuthorizerUri=uri(function_),
        AuthorizerResultTtlInSeconds=authorizer.get("ttl", 300),
        IdentitySource=authorizer.get("source", "method.request.header.Authorization"),
        **(
            {"IdentityValidationExpression": authorizer["pattern"]}
            if "pattern" in authorizer
            else {}
        ),
    )


def _gateway_response(kind, response, ref):
    return resource(
        "AWS::ApiGateway::GatewayResponse",
        ResponseType=kind,
        RestApiId=ref,
        ResponseParameters={
            f"gatewayresponse.header.{name}": value
            for name, value in response.get("headers", {}).items()
        },
        **({"StatusCode": response["status"]} if "status" in response else {}),
        **(
            {"ResponseTemplates": {"application/json": response["template"]}}
            if "template" in response
            else {}
        ),
    )
