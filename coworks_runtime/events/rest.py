"""Events of API Gateway's REST APIs with Lambda proxy integration (payload format 1.0).

https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
"""

from binascii import a2b_base64
from typing import Any
from urllib.parse import urlencode

from coworks_runtime.events.answer import encoded_body, grouped
from coworks_runtime.events.codec import Codec
from coworks_runtime.events.environ import (
    base_environ,
    context_text,
    context_texts,
    part,
    scalar_text,
)
from coworks_runtime.events.paths import split_by_route

# What tells of a signed request's caller, of an identity that tells of the connection too.
_CALLER = (
    "accountId",
    "caller",
    "cognitoAuthenticationProvider",
    "cognitoAuthenticationType",
    "cognitoIdentityId",
    "cognitoIdentityPoolId",
    "principalOrgId",
    "user",
    "userArn",
)

# What API Gateway itself adds to the context that an authorizer returned.
_NOT_CONTEXT = ("principalId", "integrationLatency")


def environ(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Give the WSGI environ of a REST proxy event.

    :raises MalformedEvent: A part of the event is of an impossible type.
    """
    request_context = part(event, "requestContext")
    return base_environ(
        event,
        context,
        method=event["httpMethod"],
        path=_split_path(event, request_context),
        query=_query_string(event),
        remote_addr=part(request_context, "identity").get("sourceIp"),
        protocol=request_context.get("protocol"),
        domain=request_context.get("domainName"),
    )


def _split_path(event: dict[str, Any], request_context: dict[str, Any]) -> tuple[str, str]:
    path = event["path"] or "/"
    whole = request_context.get("path")
    if not isinstance(whole, str) or not whole:
        return "", path
    resource = event.get("resource")
    if isinstance(resource, str):
        split = split_by_route(whole, resource, part(event, "pathParameters"))
        if split is not None:
            return split
    return (whole.removesuffix(path) if whole.endswith(path) else ""), path


def _query_string(event: dict[str, Any]) -> str:
    values = part(event, "multiValueQueryStringParameters")
    if not values:
        values = part(event, "queryStringParameters")
        if not values:
            return ""
    return urlencode(query_pairs(values), errors="replace")


def query_pairs(values: dict[str, Any]) -> list[tuple[str, str]]:
    """Give the names and values of a query in order, repeated ones one by one.

    :param values: Name → a value, or a list of values.
    :raises MalformedEvent: A value is an object.
    """
    return [
        (name, scalar_text(item, f"query parameter {name}"))
        for name, value in values.items()
        for item in (value if isinstance(value, list) else (value,))
    ]


def payload(
    _event: dict[str, Any], status: str, headers: list[tuple[str, str]], body: bytes
) -> dict[str, Any]:
    """Give the answer of a WSGI application as the payload."""
    groups, text = grouped(headers)
    return proxy_payload(int(status[:3]), groups, body, text=text)


def proxy_payload(
    status: int, groups: dict[str, list[str]], body: bytes, *, text: bool
) -> dict[str, Any]:
    """Give the answer in the only keys that API Gateway takes; any other one is a 502.

    :param groups: The headers, name → values.
    :param text: The body is text.
    """
    content, is_base64 = encoded_body(body, text=text)
    return {
        "statusCode": status,
        "multiValueHeaders": groups,
        "body": content,
        "isBase64Encoded": is_base64,
    }


def answer_of(payload: dict[str, Any]) -> tuple[str, list[tuple[str, str]], bytes]:
    """Give the status, headers and body of a payload: :func:`proxy_payload` read backwards."""
    body = payload["body"]
    content = a2b_base64(body) if payload["isBase64Encoded"] else body.encode()
    headers = [(n, value) for n, values in payload["multiValueHeaders"].items() for value in values]
    return str(payload["statusCode"]), headers, content


def authorizer(event: dict[str, Any]) -> dict[str, str] | None:
    """Give the context of the authorizer that let the event in; None where there was none."""
    try:
        result = event["requestContext"]["authorizer"]
    except (KeyError, TypeError):
        return None
    if not isinstance(result, dict):
        return None
    if isinstance(result.get("claims"), dict):
        return context_texts(result["claims"])
    texts = {}
    has_values = False
    for name, value in result.items():
        if value is not None:
            has_values = True
            if name not in _NOT_CONTEXT:
                texts[name] = context_text(value)
    # An HTTP API without authorizer sends one that holds nothing but nulls.
    return texts if has_values else None


def signed_caller(event: dict[str, Any]) -> dict[str, str] | None:
    """Give who signed the request; None where it isn't signed.

    API Gateway tells who it is where the method asks for a signature. The access key stays out
    of it.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-variables-for-access-logging.html
    """
    context = event.get("requestContext")
    identity = context.get("identity") if isinstance(context, dict) else None
    if not isinstance(identity, dict) or not identity.get("userArn"):
        return None
    named = {name: identity[name] for name in _CALLER if identity.get(name) is not None}
    return context_texts(named)


def is_asynchronous(event: dict[str, Any]) -> bool:
    """Tell whether API Gateway has sent an event without waiting for what becomes of it.

    The template that makes such an event says so in its request context, where a caller's input
    has no place.
    """
    context = event.get("requestContext")
    return isinstance(context, dict) and context.get("invocationType") == "Event"


CODEC = Codec("REST API proxy event", environ, payload, authorizer)
