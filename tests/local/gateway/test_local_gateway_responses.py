"""API Gateway's own errors."""

from coworks_cdk.local.gateway.gateway_responses import NO_ROUTE, TIMED_OUT, gateway_response
from coworks_cdk.local.template.records import Api, GatewayResponse
from tests.local.gateway.requests_of_an_api import API, arrival


def with_responses(*responses):
    return Api(**{**vars(API), "responses": {r.type: r for r in responses}})


def test_default_gateway_response():
    response = gateway_response(NO_ROUTE, arrival())
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
    response = gateway_response(NO_ROUTE, arrival(("origin", "https://one.example"), api=api))
    assert response.status == 403
    assert response.body == (
        b"MISSING_AUTHENTICATION_TOKEN Missing Authentication Token on /dev/content/a%20b."
    )
    headers = dict(response.headers)
    assert headers["Content-Type"] == "text/plain"
    assert headers["X-Origin"] == "https://one.example"
    assert headers["X-Id"].startswith("0000")
    assert "X-None" not in headers
    assert gateway_response(TIMED_OUT, arrival(api=api)).status == 599
