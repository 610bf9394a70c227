"""One way to call a service over HTTP and through its Lambda handler."""

import base64
import http.client
import json
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl, unquote

import pytest
from werkzeug.serving import make_server

from coworks_runtime import TechMicroService

REQUEST_ID = "6f3c1c1e-0000-4000-8000-000000000000"


@dataclass
class Answer:
    status: int
    headers: list[tuple[str, str]]
    body: bytes = field(repr=False)

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    def header(self, name: str) -> str | None:
        return next((v for n, v in self.headers if n.lower() == name.lower()), None)

    def all(self, name: str) -> list[str]:
        return [v for n, v in self.headers if n.lower() == name.lower()]


Headers = dict[str, str] | list[tuple[str, str]]


class Caller:
    """Sends requests to a service, in one of the ways that it can be called."""

    name: str

    def __init__(self, app: TechMicroService) -> None:
        self.app = app

    def request(
        self, method: str, target: str, body: bytes = b"", headers: Headers | None = None
    ) -> Answer:
        raise NotImplementedError

    def get(self, target: str, **headers: str) -> Answer:
        return self.request("GET", target, headers=headers)

    def json(self, method: str, target: str, value: Any) -> Answer:
        body = json.dumps(value).encode()
        return self.request(method, target, body, {"Content-Type": "application/json"})


class LocalCaller(Caller):
    """A real server on loopback."""

    name = "local"

    def __init__(self, app: TechMicroService) -> None:
        super().__init__(app)
        self.server = make_server("127.0.0.1", 0, app, threaded=True)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True)
        self.thread.start()

    def request(
        self, method: str, target: str, body: bytes = b"", headers: Headers | None = None
    ) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=60)
        try:
            connection.putrequest(method, target, skip_accept_encoding=True)
            for name, value in _pairs(headers):
                connection.putheader(name, value.encode())
            if body:
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body or None)
            response = connection.getresponse()
            return Answer(response.status, response.getheaders(), response.read())
        finally:
            connection.close()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


class LambdaCaller(Caller):
    """The Lambda handler, with the events of a REST API."""

    name = "lambda"

    def request(
        self, method: str, target: str, body: bytes = b"", headers: Headers | None = None
    ) -> Answer:
        event = rest_event(self.app, method, target, body, _pairs(headers))
        return answer_of(self.app(event, SimpleNamespace(aws_request_id=REQUEST_ID)))


class WsgiLambdaCaller(LambdaCaller):
    """The Lambda handler of a service with middleware, which has to take the WSGI way."""

    def __init__(self, app: TechMicroService) -> None:
        super().__init__(app)
        inner = app.wsgi_app
        app.wsgi_app = inner


def answer_of(payload: dict[str, Any]) -> Answer:
    """What the caller of the API gets for a function's payload."""
    assert set(payload) <= {"statusCode", "multiValueHeaders", "body", "isBase64Encoded"}
    json.dumps(payload)
    body = payload["body"]
    assert isinstance(body, str)
    data = base64.b64decode(body) if payload["isBase64Encoded"] else body.encode()
    headers = [(n, v) for n, values in payload["multiValueHeaders"].items() for v in values]
    return Answer(payload["statusCode"], headers, data)


def rest_event(
    app: TechMicroService,
    method: str,
    target: str,
    body: bytes = b"",
    headers: list[tuple[str, str]] | None = None,
    *,
    authorizer: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """The event that API Gateway makes of a request to the deployed service."""
    path, _, query = target.partition("?")
    resource, variables = _resource(app, path)
    grouped: dict[str, list[str]] = {}
    for name, value in [("Host", "api.test"), ("X-Forwarded-Proto", "https"), *(headers or [])]:
        grouped.setdefault(name, []).append(value)
    values: dict[str, list[str]] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        values.setdefault(name, []).append(value)
    return {
        "resource": resource,
        "path": path,
        "httpMethod": method,
        "headers": {name: several[-1] for name, several in grouped.items()},
        "multiValueHeaders": grouped,
        "queryStringParameters": {n: v[-1] for n, v in values.items()} or None,
        "multiValueQueryStringParameters": values or None,
        "pathParameters": variables or None,
        "stageVariables": None,
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "a1b2c3d4e5",
            "authorizer": authorizer,
            "httpMethod": method,
            "identity": {"sourceIp": "127.0.0.1"},
            "path": "/dev" + path,
            "protocol": "HTTP/1.1",
            "requestId": REQUEST_ID,
            "resourcePath": resource,
            "stage": "dev",
        },
        "body": base64.b64encode(body).decode() if body else None,
        "isBase64Encoded": bool(body),
    }


def _resource(app: TechMicroService, path: str) -> tuple[str, dict[str, str]]:
    bare = path.rstrip("/") or "/"
    best: list[tuple[list[int], str, dict[str, str]]] = []
    for route in app.registered_routes:
        pattern = re.sub(r"\\\{(\w+)\\\+\\\}", r"(?P<\1>.+)", re.escape(route.route.path))
        pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", pattern.replace("\\+", "\\+"))
        match = re.fullmatch(pattern, bare) or re.fullmatch(pattern, unquote(bare))
        if match:
            ranks = [s.count("{") + s.count("+}") for s in route.route.path.split("/")]
            best.append((ranks, route.route.path, match.groupdict()))
    return min(best)[1:] if best else (bare, {})


def _pairs(headers: Headers | None) -> list[tuple[str, str]]:
    return list(headers.items()) if isinstance(headers, dict) else list(headers or [])


@pytest.fixture(params=["local", "lambda", "lambda-wsgi"])
def call(request: pytest.FixtureRequest) -> Iterator[Callable[[TechMicroService], Caller]]:
    """How to call a service: over HTTP, as a Lambda handler, and as one that has middleware."""
    servers: list[LocalCaller] = []

    def make(app: TechMicroService) -> Caller:
        if request.param == "lambda":
            return LambdaCaller(app)
        if request.param == "lambda-wsgi":
            return WsgiLambdaCaller(app)
        servers.append(LocalCaller(app))
        return servers[-1]

    yield make
    for server in servers:
        server.close()


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TOKEN", "CWS_STAGE", "CWS_TOKEN_SECRET_ARN", "FLASK_DEBUG"):
        monkeypatch.delenv(name, raising=False)
