"""Events of Application Load Balancers.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html
"""

from itertools import product
from typing import Any

from coworks_runtime.events.answer import encoded_body, grouped
from coworks_runtime.events.codec import Codec
from coworks_runtime.events.environ import base_environ, part
from coworks_runtime.events.rest import query_pairs


def environ(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Give the WSGI environ of a load balancer's event.

    :raises MalformedEvent: A part of the event is of an impossible type.
    """
    built = base_environ(
        event,
        context,
        method=event["httpMethod"],
        path=("", event["path"] or "/"),
        query=_query_string(event),
        remote_addr=None,
        protocol=None,
    )
    # The balancer appends the address that it saw to what the caller may have written.
    seen = built.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2].strip()
    if seen:
        built["REMOTE_ADDR"] = seen
    return built


def _query_string(event: dict[str, Any]) -> str:
    # Names and values are as sent: encoding them again would change them.
    values = part(event, "multiValueQueryStringParameters")
    pairs = query_pairs(values or part(event, "queryStringParameters"))
    return "&".join([f"{name}={value}" for name, value in pairs])


def payload(
    event: dict[str, Any], status: str, headers: list[tuple[str, str]], body: bytes
) -> dict[str, Any]:
    """Give the answer with multi-value headers where the event came with them.

    The target group decides on that, and ignores the other kind of headers.
    """
    groups, text = grouped(headers)
    content, is_base64 = encoded_body(body, text=text)
    answer: dict[str, Any] = {
        "statusCode": int(status[:3]),
        "statusDescription": status,
        "body": content,
        "isBase64Encoded": is_base64,
    }
    if "multiValueHeaders" in event:
        answer["multiValueHeaders"] = groups
    else:
        answer["headers"] = _single_values(groups)
    return answer


def _single_values(groups: dict[str, list[str]]) -> dict[str, str]:
    """Join repeated headers, but for cookies: these can't be joined.

    A header's name has no case, an object's key has: 512 ways to write ``set-cookie`` carry as
    many cookies.
    """
    single = {}
    for name, values in groups.items():
        if len(values) == 1:
            single[name] = values[0]
        elif name.lower() == "set-cookie":
            spellings = product(*zip("set-cookie", "SET-COOKIE", strict=True))
            distinct = dict.fromkeys("".join(letters) for letters in spellings)
            single.update(zip(distinct, values, strict=False))
        else:
            single[name] = ",".join(values)
    return single


def authorizer(_event: dict[str, Any]) -> dict[str, str] | None:
    """Give None: a load balancer knows no Lambda authorizer."""
    return None


CODEC = Codec("load balancer event", environ, payload, authorizer)
