"""Which codec an event is for."""

from typing import Final

from coworks_runtime.events import rest
from coworks_runtime.events.codec import Codec

EXPECTED: Final = (
    "A CoWorks service answers REST API proxy events (payload format 1.0), HTTP API and function "
    "URL events (payload format 2.0), Application Load Balancer events, and TOKEN authorizer "
    "events."
)


def codec_of(event: object) -> Codec | None:
    """Find the codec of an event by its shape.

    :param event: What Lambda called the function with, of any type.
    :return: None for an event that is no HTTP request; authorizer events are none either.
    """
    if not isinstance(event, dict) or "methodArn" in event or "routeArn" in event:
        return None
    context = event.get("requestContext")
    if isinstance(event.get("httpMethod"), str) and isinstance(event.get("path"), str):
        if context is None:
            return rest.CODEC
        if isinstance(context, dict):
            return _alb() if "elb" in context else rest.CODEC
    elif isinstance(context, dict) and isinstance(event.get("rawPath"), str):
        request = context.get("http")
        if isinstance(request, dict) and isinstance(request.get("method"), str):
            return _http()
    return None


# On use: a function is sent events of one shape.


def _alb() -> Codec:
    from coworks_runtime.events import alb

    return alb.CODEC


def _http() -> Codec:
    from coworks_runtime.events import http

    return http.CODEC
