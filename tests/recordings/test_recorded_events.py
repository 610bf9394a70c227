"""The events of the recorded cases, given to a service both ways: what it sees, what it answers."""

import base64
import json
import os
import re
from copy import deepcopy
from dataclasses import replace
from urllib.parse import unquote

import pytest

from coworks_cdk.local.gateway.event import proxy_event
from coworks_cdk.local.gateway.request import Arrival, Request
from coworks_cdk.local.gateway.response import proxy_response
from coworks_cdk.local.gateway.routing import Router
from coworks_cdk.local.template.records import Api, Lambda, Route, Stage
from coworks_runtime import TechMicroService, entry, request
from tests.recordings.matching import differences, problems
from tests.recordings.recorded import Case, cases

METHODS = ("get", "post", "put", "patch", "delete", "head", "options")
ANSWER = {"statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded"}
DIFFERENT = {
    "routing-method-falls-to-greedy": "Flask answers OPTIONS of a path that has an entry by itself"
}
"""Cases that a service answers otherwise, with the reason that the documentation gives."""
BASE = Api("Api", "api", "Service", "Stack", "us-east-1", "123456789012", (), (), (), {})


def routes_of(case):
    for route in case.api["routes"]:
        method, path, *auth = (route if isinstance(route, str) else route["route"]).split(" ")
        yield method, path, bool(auth)


def arrival_of(case):
    """The request as it arrives at the gateway."""
    path, _, query = case.request["path"].partition("?")
    if case.kind == "rest-custom-domain":
        path = (
            "/dev/" + (case.aws["event"].get("pathParameters") or {"proxy": "example/v1"})["proxy"]
        )
    path = "/" + path.lstrip("/")
    routes = [Route(method, at, "abc123", Lambda("arn")) for method, at, _ in routes_of(case)]
    api = replace(
        BASE,
        routes=tuple(routes),
        edge=case.api.get("endpoint") == "EDGE",
        binary_media_types=tuple(case.api.get("binaryMediaTypes", ())),
    )
    method = (case.aws.get("event") or {}).get("httpMethod", case.request["method"])
    within = "/" + path.removeprefix("/dev").lstrip("/")
    match = Router(sorted({"/", *(r.path for r in routes)}), routes).match(method, within)
    given = Request(
        method=method,
        path=path,
        query=query,
        headers=(("Host", "api.execute-api.us-east-1.amazonaws.com"), *case.headers),
        body=case.body,
        source_ip="127.0.0.1",
        port=443,
        id="00000000-0000-0000-0000-000000000000",
        trace_id="Root=1-00000000-000000000000000000000000",
        time=1_700_000_000.0,
    )
    return Arrival(given, api, Stage("dev", "abc", case.api.get("variables")), within, match)


def event_of(case):
    """The event as the gateway makes it, with what was recorded of it in its place."""
    protected = any(auth for _, _, auth in routes_of(case))
    event = proxy_event(arrival_of(case), {"principalId": "user"} if protected else None)
    return overlaid(event, case.aws.get("event") or {})


def overlaid(event, recorded):
    for name, value in recorded.items():
        if isinstance(value, dict) and isinstance(event.get(name), dict):
            overlaid(event[name], value)
        elif isinstance(value, dict) and name != "$keys":
            event[name] = overlaid({}, value)
        elif not name.startswith("$") and not str(value).startswith("$"):
            event[name] = value
    return event


def cannot(case):
    """Why a service can't be shown to answer a case; None where it can."""
    answer = case.function_answer
    if "status" not in case.aws or case.aws.get("status") in {403, 413, 502, 504}:
        return "API Gateway answers by itself, or the function's answer is none"
    if not isinstance(answer, dict) or not set(answer) <= ANSWER:
        return "a service never answers so"
    if answer.get("body") is not None and not isinstance(answer["body"], str):
        return "a service never answers so"
    if case.aws["status"] in {401, 500} or (case.is_request and arrival_of(case).match is None):
        return "API Gateway answers by itself"
    return DIFFERENT.get(str(case))


PLAYED = [
    case
    for case in cases()
    if (case.is_request or case.kind == "rest-custom-domain") and cannot(case) is None
]
URLS = [c for c in cases() if c.kind == "function-url" and c.aws.get("event") and c.request]


def plain(case):
    """The case with the literals of its paths as entries' names can have them."""
    text = json.dumps(case.content)
    for part in set(
        re.findall(r"(?<=/)[a-z0-9]+(?:[-_][a-z0-9]+)+(?=[/\"])", json.dumps(case.api))
    ):
        text = text.replace(part, re.sub("[-_]", "", part))
    return Case(json.loads(text))


def service_of(case, answer):
    """A service with the routes of a case, whose entries all answer the same."""
    takes_values = "?" in case.request["path"] or bool(case.request.get("body"))
    members = {"token_authorizer": lambda self, token: False}
    for method, path, protected in routes_of(case):
        parts = [part for part in path.split("/") if part]
        words = [part for part in parts if "{" not in part]
        names = [part.strip("{}") for part in parts if "{" in part]
        taken = "".join(f", *{n[:-1]}" if n.endswith("+") else f", {n}" for n in names)
        values = ", **values" if takes_values else ""
        for verb in METHODS if method == "ANY" else [method.lower()]:
            name = "_".join([verb, *words])
            while name in members:
                name += "_"
            scope = {"answer": answer}
            exec(f"def {name}(self{taken}{values}): return answer()", scope)
            members[name] = entry(scope[name], no_auth=not protected)
    return type("Recorded", (TechMicroService,), members)(name="recorded")


def answered(answer):
    """A Flask response as the recorded function's answer."""
    body = answer.get("body") or ""
    content = base64.b64decode(body) if answer.get("isBase64Encoded") else body.encode()
    response = TechMicroService.response_class(content, answer.get("statusCode", 200))
    flagged = answer.get("isBase64Encoded")
    response.headers["Content-Type"] = f"application/{'octet-stream' if flagged else 'json'}"
    given = [(n, v) for n, vs in (answer.get("multiValueHeaders") or {}).items() for v in vs]
    for name, value in (answer.get("headers") or {}).items():
        text = str(value).lower() if isinstance(value, bool) else value
        if (name, text) not in given:
            given.append((name, text))
    for name in {name for name, _ in given}:
        response.headers.remove(name)
    for name, text in given:
        response.headers.add(name, text)
    return response


@pytest.fixture(params=["1", "0"], ids=["short-way", "wsgi-way"])
def way(request, monkeypatch):
    monkeypatch.setenv("CWS_SHORT_WAY", request.param)


def play(case, event):
    """Give what the entry saw, and the payload that came out."""
    seen = {}

    def answer():
        seen.update(
            method=request.method,
            path=request.path,
            args=request.args.to_dict(flat=False),
            body=request.get_data(),
            headers=dict(request.headers),
            values=dict(request.view_args or {}),
            event=request.aws_event,
            authorizer=dict(request.authorizer or {}),
        )
        return answered(case.function_answer)

    service = service_of(case, answer)
    assert (service.short_way is None) is (os.environ["CWS_SHORT_WAY"] == "0")
    return seen, service(deepcopy(event), None)


@pytest.mark.parametrize("case", [plain(case) for case in PLAYED], ids=str)
def test_recorded_event(way, case):
    event = event_of(case)
    seen, payload = play(case, event)
    assert seen, payload
    assert seen["event"] == event
    assert seen["method"] == event["httpMethod"]
    assert seen["args"] == (event["multiValueQueryStringParameters"] or {})
    body = event["body"] or ""
    assert seen["body"] == (base64.b64decode(body) if event["isBase64Encoded"] else body.encode())
    found = {name.lower(): value for name, value in seen["headers"].items()}
    sent = {name.lower(): value for name, value in event["headers"].items()}
    assert problems(sent, found) == []
    values = {name: unquote(value) for name, value in (event["pathParameters"] or {}).items()}
    assert {n: "/".join(v) if isinstance(v, tuple) else v for n, v in seen["values"].items()} == {
        name: value.rstrip("/") for name, value in values.items()
    }
    authorizer = event["requestContext"].get("authorizer") or {}
    assert authorizer.items() >= seen["authorizer"].items()
    accept = next((value for name, value in case.headers if name.lower() == "accept"), None)
    response = proxy_response(
        json.dumps(payload).encode(), tuple(case.api.get("binaryMediaTypes", ())), accept
    )
    aws = {**case.aws, "headers": dict(case.aws.get("headers", {}))}
    for name in ("X-Amzn-Trace-Id", "x-amz-apigw-id", "x-amzn-RequestId", "Date", "Content-Length"):
        aws["headers"].pop(name, None)
    assert differences(aws, (response.status, response.headers, response.body)) == []


@pytest.mark.parametrize("case", URLS, ids=str)
def test_recorded_event_of_a_function_url(way, case):
    path, _, query = case.request["path"].partition("?")
    event = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query,
        "headers": {name.lower(): value for name, value in case.headers},
        "requestContext": {
            "domainName": "id.lambda-url.us-east-1.on.aws",
            "http": {"method": case.request["method"], "path": path, "sourceIp": "127.0.0.1"},
            "stage": "$default",
        },
        "isBase64Encoded": False,
    }
    if case.body:
        event["body"] = case.body.decode()
    event = overlaid(event, case.aws["event"])
    content = {**case.content, "function_answer": {"statusCode": 200, "body": "ok"}}
    content["api"] = {"routes": ["ANY /{proxy+}"]}
    seen, payload = play(Case(content), event)
    assert (payload["statusCode"], payload["body"]) == (200, "ok")
    found = {name.lower(): value for name, value in seen["headers"].items()}
    assert problems(event["headers"], found) == []
    assert seen["values"]["proxy"] == tuple(unquote(path).strip("/").split("/"))


def test_every_event_is_given_or_has_a_reason_not_to_be():
    played = {str(case) for case in (*PLAYED, *URLS)}
    reaching = [case for case in cases() if case.is_request and case.aws.get("event")]
    assert [str(c) for c in reaching if str(c) not in played and cannot(c) is None] == []
    assert {str(case) for case in cases()} >= set(DIFFERENT) or "RECORDINGS" in os.environ
