"""The requests, as the REST proxy events that API Gateway sends, and the answers that are right."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

CONTENT = bytes(range(256)) * 4096

_HEADERS = {
    "Accept": "application/json, text/plain, */*",
    "Accept-Encoding": "gzip, deflate, br",
    "Accept-Language": "en-GB,en;q=0.9,fr;q=0.8",
    "Authorization": "token",
    "Cache-Control": "no-cache",
    "CloudFront-Forwarded-Proto": "https",
    "CloudFront-Is-Desktop-Viewer": "true",
    "CloudFront-Is-Mobile-Viewer": "false",
    "CloudFront-Is-SmartTV-Viewer": "false",
    "CloudFront-Is-Tablet-Viewer": "false",
    "CloudFront-Viewer-Country": "FR",
    "Content-Type": "application/json",
    "Host": "abcdef1234.execute-api.eu-west-1.amazonaws.com",
    "Origin": "https://www.example.com",
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
    "Via": "2.0 0123456789abcdef.cloudfront.net (CloudFront)",
    "X-Amzn-Trace-Id": "Root=1-65a1b2c3-0123456789abcdef01234567",
    "X-Forwarded-For": "203.0.113.10, 198.51.100.20",
    "X-Forwarded-Port": "443",
    "X-Forwarded-Proto": "https",
}


def _event(
    method: str,
    resource: str,
    path: str,
    *,
    parameters: dict[str, str] | None = None,
    query: dict[str, str] | None = None,
    body: str | None = None,
) -> str:
    event = {
        "resource": resource,
        "path": path,
        "httpMethod": method,
        "headers": _HEADERS,
        "multiValueHeaders": {name: [value] for name, value in _HEADERS.items()},
        "queryStringParameters": query,
        "multiValueQueryStringParameters": {n: [v] for n, v in query.items()} if query else None,
        "pathParameters": parameters,
        "stageVariables": None,
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "abcdef1234",
            "authorizer": {"principalId": "user", "integrationLatency": 3},
            "domainName": "abcdef1234.execute-api.eu-west-1.amazonaws.com",
            "domainPrefix": "abcdef1234",
            "extendedRequestId": "JKJaXmPLvHcESHA=",
            "httpMethod": method,
            "identity": {
                "cognitoIdentityPoolId": None,
                "sourceIp": "203.0.113.10",
                "userAgent": _HEADERS["User-Agent"],
            },
            "path": f"/dev{path}",
            "protocol": "HTTP/1.1",
            "requestId": "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
            "requestTime": "09/Apr/2015:12:34:56 +0000",
            "requestTimeEpoch": 1428582896000,
            "resourceId": "123456",
            "resourcePath": resource,
            "stage": "dev",
        },
        "body": body,
        "isBase64Encoded": False,
    }
    return json.dumps(event)


ZIP = "GET /zip"
DICT, TYPED, TAKEN = "GET /dict", "GET /typed", "POST /typed"
ORDER = {
    "id": 5,
    "name": "a first order",
    "paid": True,
    "total": 42.5,
    "lines": [{"sku": f"sku-{number}", "quantity": number} for number in range(1, 6)],
}
"""What these answer, as a dict and as a class; the last one takes it too."""
EVENTS = {
    "GET /": _event("GET", "/", "/"),
    "POST /": _event("POST", "/", "/", body='{"value": 20}'),
    "GET /content": _event(
        "GET", "/content/{id}", "/content/5", parameters={"id": "5"}, query={"name": "x"}
    ),
    ZIP: _event("GET", "/zip", "/zip"),
    DICT: _event("GET", "/dict", "/dict"),
    TYPED: _event("GET", "/typed", "/typed"),
    TAKEN: _event("POST", "/typed", "/typed", body=json.dumps(ORDER)),
}
"""Requests by name, as the text that a runtime client gets."""

_EXPECTED: dict[str, Callable[[bytes], bool]] = {
    "GET /": lambda body: body == b"Hello world.\n",
    "POST /": lambda body: body == b"Value stored (20).\n",
    "GET /content": lambda body: json.loads(body) == {"id": 5, "name": "x"},
    ZIP: lambda body: body == CONTENT,
    **dict.fromkeys((DICT, TYPED, TAKEN), lambda body: json.loads(body) == ORDER),
}


def is_right(request: str, answer: dict[str, Any]) -> bool:
    """Whether an answer has status 200 and the right body."""
    body = answer.get("body")
    if isinstance(body, dict):
        body = json.dumps(body)
    if isinstance(body, str):
        body = base64.b64decode(body) if answer.get("isBase64Encoded") else body.encode()
    return answer.get("statusCode") == 200 and bool(_EXPECTED[request](body or b""))
