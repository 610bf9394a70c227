"""The pure pieces of the local gateway."""

import base64
import json

import pytest

from coworks_cdk.local import vtl
from coworks_cdk.local.gateway.event import Request, method_arn, proxy_event
from coworks_cdk.local.gateway.gateway_responses import NO_ROUTE, TIMED_OUT, gateway_response
from coworks_cdk.local.gateway.policy import MalformedPolicy, evaluate, matches
from coworks_cdk.local.gateway.response import proxy_response
from coworks_cdk.local.gateway.routing import Router
from coworks_cdk.local.gateway.throttle import Bucket
from coworks_cdk.local.template.records import Api, GatewayResponse, Lambda, Route, Stage

ARN = "arn:aws:execute-api:us-east-1:123456789012:api/dev/GET/content/a"
BASE = "arn:aws:execute-api:us-east-1:123456789012:api"


def statement(effect="Allow", action="execute-api:Invoke", resource="*"):
    return {"Effect": effect, "Action": action, "Resource": resource}


@pytest.mark.parametrize(
    ("statements", "outcome"),
    [
        ([statement()], "allow"),
        (statement(), "allow"),
        ([statement(resource=f"{BASE}/dev/*/*")], "allow"),
        ([statement(resource=f"{BASE}/dev/GET/content/?")], "allow"),
        ([statement(resource=[f"{BASE}/prod/*", f"{BASE}/*"])], "allow"),
        ([statement(action="EXECUTE-API:*")], "allow"),
        ([statement(action=["s3:Get", "*"])], "allow"),
        ([statement(action="execute-api:ManageConnections")], "deny"),
        ([statement(resource=f"{BASE}/prod/*/*")], "deny"),
        ([statement(resource=f"{BASE}/dev/GET/content")], "deny"),
        ([statement(resource=f"{BASE}/dev/POST/*")], "deny"),
        ([statement("Deny")], "explicit-deny"),
        ([statement(), statement("Deny", resource=ARN)], "explicit-deny"),
        ([statement(), statement("Deny", resource=f"{ARN}/other")], "allow"),
    ],
)
def test_policies(statements, outcome):
    assert evaluate({"Statement": statements}, ARN) == outcome


@pytest.mark.parametrize(
    ("document", "why"),
    [
        (None, "no object but NoneType"),
        ({}, "no Statement"),
        ({"Statement": []}, "no Statement"),
        ({"Statement": ["x"]}, "a statement is no object but str"),
        ({"Statement": [statement("allow")]}, "neither 'Allow' nor 'Deny'"),
        ({"Statement": [{**statement(), "NotAction": "x"}]}, "NotAction is not evaluated"),
        ({"Statement": [statement(resource=1)]}, "Resource is neither"),
        ({"Statement": [statement(action=[1])]}, "Action is neither"),
    ],
)
def test_malformed_policies(document, why):
    with pytest.raises(MalformedPolicy, match=why):
        evaluate(document, ARN)


def test_patterns_are_no_regular_expressions():
    assert matches("a.b", "a.b")
    assert not matches("a.b", "axb")
    assert matches("a*", "a/b\nc")


ROUTES = {
    "/": ["GET"],
    "/test": ["GET"],
    "/{id}": ["GET", "POST"],
    "/a": [],
    "/a/{x}": ["GET"],
    "/a/{x}/b": ["GET"],
    "/a/lit": ["POST"],
    "/file": [],
    "/file/{path+}": ["ANY"],
    "/c": [],
    "/c/{v}": [],
    "/c/{v}/x": ["GET"],
}


@pytest.fixture(scope="module")
def router():
    routes = [
        Route(method, path, "id", Lambda("arn"))
        for path, methods in ROUTES.items()
        for method in methods
    ]
    return Router(tuple(ROUTES), routes)


@pytest.mark.parametrize(
    ("method", "path", "resource", "parameters"),
    [
        ("GET", "/", "/", {}),
        ("GET", "", "/", {}),
        ("GET", "/test", "/test", {}),
        ("GET", "/te%73t", "/test", {}),
        ("GET", "/test/", "/test", {}),
        ("GET", "/other", "/{id}", {"id": "other"}),
        ("GET", "/a%2Fb", "/{id}", {"id": "a%2Fb"}),
        ("POST", "/x", "/{id}", {"id": "x"}),
        ("GET", "/a", "/{id}", {"id": "a"}),
        ("GET", "/a/1", "/a/{x}", {"x": "1"}),
        ("GET", "/a/1/b", "/a/{x}/b", {"x": "1"}),
        ("GET", "/a/lit/b", "/a/{x}/b", {"x": "lit"}),
        ("DELETE", "/file/a/b%20c", "/file/{path+}", {"path": "a/b%20c"}),
        ("GET", "/file/a//b", "/file/{path+}", {"path": "a//b"}),
        ("GET", "/c/1/x", "/c/{v}/x", {"v": "1"}),
    ],
)
def test_routes(router, method, path, resource, parameters):
    match = router.match(method, path)
    assert match is not None
    assert match.route.path == resource
    assert match.parameters == parameters


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/test"),
        ("HEAD", "/"),
        ("GET", "/a/lit"),
        ("GET", "/a/1/c"),
        ("GET", "/a//b"),
        ("GET", "/c/1"),
        ("GET", "/test/more"),
    ],
)
def test_no_routes(router, method, path):
    assert router.match(method, path) is None


API = Api(
    logical_id="Api",
    id="api",
    service="Service",
    stack="Stack",
    region="us-east-1",
    account="123456789012",
    routes=(),
    resources=(),
    stages=(),
    responses={},
    binary_media_types=("image/png",),
)
STAGE = Stage("dev", "abc", {"variable": "value"})


def request(*headers, body=b"", query="", path="/dev/content/a%20b"):
    return Request(
        method="POST",
        path=path,
        query=query,
        headers=headers,
        body=body,
        source_ip="127.0.0.1",
        port=8000,
        id="00000000-0000-0000-0000-000000000000",
        trace_id="Root=1",
        time=1_700_000_000.0,
    )


def event_of(request_, api=API):
    routes = [Route("POST", "/content/{value}", "abc123", Lambda("arn"))]
    match = Router(["/content/{value}"], routes).match("POST", "/content/a%20b")
    assert match is not None
    return proxy_event(request_, api, STAGE, match, "/content/a%20b", None)


def test_event():
    event = event_of(
        request(
            ("Host", "127.0.0.1:8000"),
            ("X-Several", "a"),
            ("x-several", "b"),
            ("Connection", "close"),
            query="a=1&a=2&b=x+y&c=%C3%BC&d&",
        )
    )
    assert event["resource"] == "/content/{value}"
    assert event["path"] == "/content/a%20b"
    assert event["pathParameters"] == {"value": "a%20b"}
    assert event["headers"]["X-Several"] == "b"
    assert event["multiValueHeaders"]["X-Several"] == ["a", "b"]
    assert "Connection" not in event["headers"]
    assert event["headers"]["X-Forwarded-Proto"] == "http"
    assert event["queryStringParameters"] == {"a": "2", "b": "x y", "c": "ü", "d": ""}
    assert event["multiValueQueryStringParameters"]["a"] == ["1", "2"]
    assert event["stageVariables"] == {"variable": "value"}
    assert event["body"] is None
    context = event["requestContext"]
    assert context["path"] == "/dev/content/a%20b"
    assert context["requestTime"] == "14/Nov/2023:22:13:20 +0000"
    assert context["identity"]["sourceIp"] == "127.0.0.1"
    assert "authorizer" not in context


def test_nothing_is_null():
    event = event_of(request())
    assert event["queryStringParameters"] is None
    assert event["multiValueQueryStringParameters"] is None


@pytest.mark.parametrize(
    ("media_type", "binary", "encoded"),
    [
        ("image/png", ("image/png",), True),
        ("IMAGE/PNG; a=b", ("image/png",), True),
        ("text/plain", ("image/png",), False),
        ("text/plain", ("*/*",), True),
        ("text/plain", (), False),
    ],
)
def test_bodies(media_type, binary, encoded):
    api = Api(**{**vars(API), "binary_media_types": binary})
    event = event_of(request(("Content-Type", media_type), body=b"body"), api)
    assert event["isBase64Encoded"] is encoded
    expected = base64.b64encode(b"body").decode() if encoded else "body"
    assert event["body"] == expected


def test_method_arn():
    assert method_arn(request(), API, STAGE, "/content/a%20b") == (
        "arn:aws:execute-api:us-east-1:123456789012:api/dev/POST/content/a%20b"
    )


def answer(accept=None, binary=("*/*",), **payload):
    return proxy_response(json.dumps({"statusCode": 200, **payload}).encode(), binary, accept)


def test_headers_of_an_answer_are_merged():
    response = answer(
        headers={"X-One": "1", "X-Two": "a", "X-Number": 3, "X-Yes": True},
        multiValueHeaders={"x-two": ["a", "b"]},
        statusCode="201",
    )
    assert response.status == 201
    assert response.headers == (
        ("X-One", "1"),
        ("X-Number", "3"),
        ("X-Yes", "true"),
        ("x-two", "a"),
        ("x-two", "b"),
        ("Content-Type", "application/json"),
    )


@pytest.mark.parametrize(
    ("accept", "binary", "decoded"),
    [
        (None, ("*/*",), True),
        ("text/html", ("*/*",), True),
        ("image/png", ("image/png",), True),
        ("image/png,text/html", ("image/png",), True),
        ("text/html,image/png", ("image/png",), False),
        ("image/png", (), False),
    ],
)
def test_accept_decides_on_decoding(accept, binary, decoded):
    response = answer(accept, binary, body="AP8=", isBase64Encoded=True)
    assert response.body == (b"\x00\xff" if decoded else b"AP8=")


def test_text_that_is_said_to_be_no_base64_stays():
    assert answer(body="AP8=").body == b"AP8="
    assert answer(body=None).body == b""


def test_no_json_is_malformed():
    with pytest.raises(ValueError, match="no JSON"):
        proxy_response(b"{", (), None)


def with_responses(*responses):
    return Api(**{**vars(API), "responses": {r.type: r for r in responses}})


def test_default_gateway_response():
    response = gateway_response(NO_ROUTE, API, request())
    assert response.status == 403
    assert response.body == b'{"message":"Missing Authentication Token"}'
    assert ("x-amzn-ErrorType", "MissingAuthenticationTokenException") in response.headers


def test_gateway_responses():
    api = with_responses(
        GatewayResponse(
            "DEFAULT_4XX",
            headers={
                "Content-Type": "'text/plain'",
                "X-Origin": "method.request.header.Origin",
                "X-None": "method.request.header.None",
                "X-Id": "context.requestId",
            },
            template="$context.error.responseType $context.error.message on $context.path.",
        ),
        GatewayResponse("INTEGRATION_TIMEOUT", status=599),
    )
    response = gateway_response(NO_ROUTE, api, request(("origin", "https://one.example")))
    assert response.status == 403
    assert response.body == (
        b"MISSING_AUTHENTICATION_TOKEN Missing Authentication Token on /dev/content/a%20b."
    )
    headers = dict(response.headers)
    assert headers["Content-Type"] == "text/plain"
    assert headers["X-Origin"] == "https://one.example"
    assert headers["X-Id"].startswith("0000")
    assert "X-None" not in headers
    assert gateway_response(TIMED_OUT, api, request()).status == 599


def test_bucket():
    now = [0.0]
    bucket = Bucket(rate=2, burst=3, clock=lambda: now[0])
    assert [bucket.take() for _ in range(4)] == [True, True, True, False]
    now[0] = 0.5
    assert [bucket.take() for _ in range(2)] == [True, False]
    now[0] = 100.0
    assert [bucket.take() for _ in range(4)] == [True, True, True, False]


CDK_TEMPLATE = """#set($origin = $input.params().header.get("Origin"))
#if($origin == "")
  #set($origin = $input.params().header.get("origin"))
#end
#if($origin == "https://a.example" || $origin == "https://b.example")
  ## allowed
  #set($context.responseOverride.header.Access-Control-Allow-Origin = $origin)
#end"""
BRANCHES = """
#set($h = $input.params().header)
#if(!$h.get('X'))#set($context.responseOverride.status = 204)
#elseif($h.get('X') != 'a' && $h.get('X') != 'b')#set($context.responseOverride.status = 400)
#else
  #if($h.get('X'))#set($context.responseOverride.header.X = $input.params('X'))#end
#end
"""


@pytest.mark.parametrize(
    ("template", "headers", "status", "overridden"),
    [
        (CDK_TEMPLATE, {"Origin": "https://b.example"}, None, "https://b.example"),
        (CDK_TEMPLATE, {"Origin": "https://c.example"}, None, None),
        (CDK_TEMPLATE, {}, None, None),
        (BRANCHES, {}, 204, None),
        (BRANCHES, {"X": "c"}, 400, None),
        (BRANCHES, {"X": "b"}, None, "b"),
        ("", {}, None, None),
    ],
)
def test_templates(template, headers, status, overridden):
    override = vtl.run(vtl.parse(template), headers)
    assert override.status == status
    assert list(override.headers.values()) == ([] if overridden is None else [overridden])


@pytest.mark.parametrize(
    ("template", "why"),
    [
        ("text", "text 'text'"),
        ("#set($a = 'b') text", "text 'text'"),
        ("#foreach($a in $b)", "text"),
        ("#set $a", "without parentheses"),
        ("#set($a = 'b'", "unclosed"),
        ("#set(a = 'b')", "assignment to 'a'"),
        ("#set($a = $util.escape('b'))", "expression"),
        ("#set($a = [])", "expression"),
        ("#if($a)", "without #end"),
        ("#end", "without #if"),
        ("#else", "without #if"),
        ("#if($a < 3)#end", "expression"),
    ],
)
def test_templates_not_understood(template, why):
    with pytest.raises(vtl.NotUnderstood, match=why):
        vtl.parse(template)
