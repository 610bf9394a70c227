"""Pure: which headers API Gateway lets through, and under which names.

Recorded by AWS's answers to requests and functions with all of these (2024-07, 2024-12).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from coworks_cdk.local.gateway.request import Request
from coworks_cdk.local.template.records import Api

_DROPPED = frozenset(
    {
        "connection",
        "content-length",
        "content-md5",
        "expect",
        "keep-alive",
        "max-forwards",
        "proxy-authenticate",
        "proxy-connection",
        "server",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "www-authenticate",
        "x-http-method-override",
    }
)
_REMAPPED = frozenset(
    {
        "authorization",
        "connection",
        "content-length",
        "content-md5",
        "date",
        "expect",
        "host",
        "max-forwards",
        "proxy-authenticate",
        "server",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "user-agent",
        "www-authenticate",
        "x-amzn-requestid",
    }
)
_RESPELLED = {
    name.lower(): name
    for name in (
        "Accept",
        "Accept-Encoding",
        "Accept-Language",
        "Authorization",
        "Content-Type",
        "Cookie",
        "Host",
        "Origin",
        "Referer",
        "User-Agent",
    )
}
"""Headers that CloudFront, which is in front of an edge-optimized API, spells anew."""


def headers_in(request: Request, api: Api) -> dict[str, list[str]]:
    """Give the headers that a function or a template sees: names, to all values in order."""
    headers: dict[str, list[str]] = {}
    spelled = dict(_RESPELLED) if api.edge else {}
    for name, value in request.headers:
        key = name.lower()
        if key not in _DROPPED:
            headers.setdefault(spelled.setdefault(key, name), []).append(value)
    own = {
        "X-Amzn-Trace-Id": request.trace_id,
        "X-Forwarded-For": ", ".join(
            [*request.header_values("X-Forwarded-For"), request.source_ip]
        ),
        "X-Forwarded-Port": str(request.port),
        "X-Forwarded-Proto": "http",
    }
    names = {name.lower() for name in own}
    kept = {name: values for name, values in headers.items() if name.lower() not in names}
    return kept | {name: [value] for name, value in own.items()}


def headers_out(headers: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Give the headers of an integration's answer the names that they go out with."""
    return [
        (f"x-amzn-Remapped-{name}" if name.lower() in _REMAPPED else name, value)
        for name, value in headers
    ]


def single(headers: Mapping[str, list[str]]) -> dict[str, str]:
    """Give the last value of each header."""
    return {name: values[-1] for name, values in headers.items()}
