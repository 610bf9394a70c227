"""Events of API Gateway's HTTP APIs and of Lambda's function URLs (payload format 2.0).

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
"""

from typing import Any

from coworks_runtime.events.answer import encoded_body, grouped
from coworks_runtime.events.codec import Codec, MalformedEvent
from coworks_runtime.events.environ import base_environ, context_texts, kind, native, part
from coworks_runtime.events.paths import split_by_prefix, split_by_route


def environ(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Give the WSGI environ of an event in format 2.0.

    :raises MalformedEvent: A part of the event is of an impossible type.
    """
    request_context = part(event, "requestContext")
    http = request_context["http"]
    query = event.get("rawQueryString") or ""
    if not isinstance(query, str):
        raise MalformedEvent(f"rawQueryString of the event is {kind(query)}, not a string")
    built = base_environ(
        event,
        context,
        method=http["method"],
        path=_split_path(event, request_context),
        query=query,
        remote_addr=http.get("sourceIp"),
        protocol=http.get("protocol"),
        domain=request_context.get("domainName"),
    )
    cookies = event.get("cookies")
    if cookies:
        if not isinstance(cookies, list) or not all(isinstance(item, str) for item in cookies):
            raise MalformedEvent("cookies of the event is no list of strings")
        built["HTTP_COOKIE"] = native("; ".join(cookies))
    return built


def _split_path(event: dict[str, Any], request_context: dict[str, Any]) -> tuple[str, str]:
    path = event["rawPath"] or "/"
    route = event.get("routeKey")
    if isinstance(route, str):
        # "GET /content/{value}", or "$default" which tells nothing of the path.
        split = split_by_route(path, route.partition(" ")[2], part(event, "pathParameters"))
        if split is not None:
            return split
    stage = request_context.get("stage")
    if not isinstance(stage, str) or stage in {"", "$default"}:
        return "", path
    return split_by_prefix(path, f"/{stage}")


def payload(
    _event: dict[str, Any], status: str, headers: list[tuple[str, str]], body: bytes
) -> dict[str, Any]:
    """Give the answer in format 2.0, where cookies go apart from the other headers."""
    groups, text = grouped(headers)
    cookies: list[str] = []
    single = {}
    for name, values in groups.items():
        if name.lower() == "set-cookie":
            cookies = values
        else:
            single[name] = values[0] if len(values) == 1 else ",".join(values)
    content, is_base64 = encoded_body(body, text=text)
    return {
        "statusCode": int(status[:3]),
        "headers": single,
        "cookies": cookies,
        "body": content,
        "isBase64Encoded": is_base64,
    }


def authorizer(event: dict[str, Any]) -> dict[str, str] | None:
    """Give the context of the authorizer that let the event in; None where there was none.

    A Lambda authorizer gives its context, a JWT authorizer its claims, IAM the caller's identity.
    """
    context = event.get("requestContext")
    result = context.get("authorizer") if isinstance(context, dict) else None
    if not isinstance(result, dict):
        return None
    jwt = result.get("jwt")
    candidates = (
        result.get("lambda"),
        jwt.get("claims") if isinstance(jwt, dict) else None,
        result.get("iam"),
    )
    for candidate in candidates:
        if isinstance(candidate, dict):
            return context_texts(candidate)
    return None


CODEC = Codec("HTTP API or function URL event", environ, payload, authorizer)
