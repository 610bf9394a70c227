"""What a call's span tells, by the stable names of OpenTelemetry's conventions.

No header, no query, no body and no token is part of it.

https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-server-span
https://opentelemetry.io/docs/specs/semconv/faas/aws-lambda/
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from coworks_runtime.event_methods import kind_of

if TYPE_CHECKING:
    from coworks_runtime.observing.call import Call

_METHODS = "CONNECT,DELETE,GET,HEAD,OPTIONS,PATCH,POST,PUT,QUERY,TRACE"
_known = frozenset(os.environ.get("OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS", _METHODS).split(","))
_TRIGGERS = {
    "aws:dynamodb": "datasource",
    "aws:s3": "datasource",
    "aws:kafka": "pubsub",
    "aws:kinesis": "pubsub",
    "aws:mq": "pubsub",
    "aws:sns": "pubsub",
    "aws:sqs": "pubsub",
    "SelfManagedKafka": "pubsub",
}
_LONGEST_PORT = 5
_SCHEDULES = {"Scheduled Event", "Scheduled Time"}


def name_of(call: Call) -> str:
    """A span's name, as far as it is known: the method and its route, or who takes an event."""
    if call.method is None:
        return call.endpoint or "event"
    method = call.method if call.method in _known else "HTTP"
    return f"{method} {call.route}" if call.route else method


def begun(call: Call) -> dict[str, Any]:
    """What is known when a call comes, by which samplers decide."""
    found: dict[str, Any] = {
        "coworks.service": call.service.name,
        "coworks.stage": call.service.stage,
    }
    if call.method is not None:
        found |= _of_request(call, call.method)
    if call.event is not None:
        arn = getattr(call.context, "invoked_function_arn", None)
        # Without the alias, by which it may have been called.
        parts = arn.split(":")[:7] if isinstance(arn, str) else []
        found |= {
            "faas.trigger": "http" if call.method is not None else _trigger(call.event),
            "faas.invocation_id": call.request_id,
            "faas.coldstart": call.is_cold,
            "cloud.provider": "aws",
            "cloud.resource_id": ":".join(parts) or None,
            "cloud.account.id": parts[4] if len(parts) == 7 else None,
        }
    return _known_of(found)


def ended(call: Call) -> dict[str, Any]:
    """What is known when it has been answered."""
    return _known_of(
        {
            "coworks.entry": call.endpoint,
            "http.response.status_code": call.status if call.method is not None else None,
            "http.route": call.route,
            "url.path": getattr(call.request, "path", None),
        }
    )


def _of_request(call: Call, method: str) -> dict[str, Any]:
    is_known = method in _known
    host, port = _address(call.header("Host") or _domain(call.event) or "")
    return {
        "http.request.method": method if is_known else "_OTHER",
        "http.request.method_original": None if is_known else method,
        "url.path": _path(call),
        "url.scheme": _scheme(call),
        "server.address": host,
        "server.port": port,
    }


def _domain(event: Any) -> str | None:
    told = event.get("requestContext") if isinstance(event, dict) else None
    domain = told.get("domainName") if isinstance(told, dict) else None
    return domain if isinstance(domain, str) else None


def _path(call: Call) -> str | None:
    if call.environ is not None:
        path = call.environ.get("SCRIPT_NAME", "") + call.environ.get("PATH_INFO", "")
    else:
        path = call.event.get("path") or call.event.get("rawPath")
    return path if isinstance(path, str) else None


def _scheme(call: Call) -> str:
    """The caller's: AWS takes no other than HTTPS but for a load balancer, which tells."""
    if call.environ is not None:
        return str(call.environ.get("wsgi.url_scheme", "http"))
    told = (call.header("X-Forwarded-Proto") or "").partition(",")[0].strip().lower()
    return "http" if told == "http" else "https"


def _address(host: str) -> tuple[str | None, int | None]:
    """A host and its port, as a header has them: ``example.com:8080``, ``[::1]:8080``."""
    host = host.rpartition("@")[2]  # no name and no password, wherever they come from
    end = host.find("]") + 1
    name, _, port = host[end:].partition(":")
    is_port = port.isascii() and port.isdecimal() and len(port) <= _LONGEST_PORT
    return (host[:end] or name).strip("[]") or None, int(port) if is_port else None


def _trigger(event: Any) -> str:
    """What kind of thing has sent an event.

    https://opentelemetry.io/docs/specs/semconv/faas/faas-spans/#function-trigger-type
    """
    source, detail_type = kind_of(event)
    if detail_type is None:
        return _TRIGGERS.get(source or "", "other")
    # Of EventBridge: a schedule, or a message of a bus.
    return "timer" if detail_type in _SCHEDULES else "pubsub"


def _known_of(found: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in found.items() if value is not None}
