"""What Lambda calls: the event becomes a WSGI environ, the answer becomes the payload."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

from coworks_runtime import events
from coworks_runtime.events import rest
from coworks_runtime.routing.url_map import told_route
from coworks_runtime.wrappers import AUTHORIZER_KEY

from .wsgi_way import call_wsgi, read_body

if TYPE_CHECKING:
    from .protocol import LambdaService, StreamAnswer

MAX_PAYLOAD = 6 * 1024 * 1024
"""Lambda's limit for the answer of a synchronous call, in bytes
(https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html)."""

_JSON_GROWTH = 6
"""How much longer a character of text may become in JSON."""
_ENVELOPE = 64 * 1024
"""More than what is around a body in a payload."""
_ERROR = b'{"message":"Internal Server Error"}'
_logger = logging.getLogger(__name__)


class _Streaming:
    """How this process answers piece by piece, where it can: the loop that runs it says so."""

    def __init__(self) -> None:
        self.answer: StreamAnswer | None = None


streaming = _Streaming()


def handle(service: LambdaService, event: Any, context: Any) -> Any:
    """Answer a Lambda event.

    :param service: the service.
    :param event: an event of API Gateway (REST or HTTP API), of a Function URL, of an ALB, of
        API Gateway's token authorizer, or one that a method of the service takes.
    :param context: the Lambda context.
    :return: the payload that the event's sender expects, or what the method returns.
    :raises UnknownEventError: for any other event.
    """
    codec = events.codec_of(event)
    if codec is None:
        from .other_events import answer_event  # many functions are sent none

        return answer_event(service, event, context)
    if streaming.answer is not None:
        streamed = streaming.answer(service, codec, event, context)
        if streamed is not None:
            return streamed
    payload = _payload(service, codec, event, context)
    growth = 1 if payload["isBase64Encoded"] else _JSON_GROWTH
    if len(payload["body"]) * growth + _ENVELOPE > MAX_PAYLOAD and _size(payload) > MAX_PAYLOAD:
        _logger.error(
            "The answer of %s %s is %d bytes as a payload, Lambda carries %d at most: "
            "give the caller a link to it (Amazon S3) or send it in parts",
            *request_line(service, codec, event),
            _size(payload),
            MAX_PAYLOAD,
        )
        return codec.payload(event, *internal_error())
    return payload


def _payload(
    service: LambdaService, codec: events.Codec, event: dict[str, Any], context: Any
) -> dict[str, Any]:
    """The answer as a payload: by the short way where that is right, else by WSGI.

    Flask answers its own errors; what is raised around it, by middleware say, becomes a 500 here.
    """
    try:
        short_way = service.short_way if codec is rest.CODEC else None
        answer = None if short_way is None else short_way.answer(event, context)
        if isinstance(answer, dict):
            return answer
        if answer is None:
            environ = codec.environ(event, context)
            environ[AUTHORIZER_KEY] = codec.authorizer(event)
            if rest.is_asynchronous(event):
                from .asynchronous import call_asynchronously  # as above

                answer = call_asynchronously(service, environ)
            else:
                answer = call_wsgi(service, environ)
        status, headers, stream = answer
        return codec.payload(event, status, headers, read_body(stream))
    except events.MalformedEvent:
        raise
    except Exception:
        if rest.is_asynchronous(event):
            raise  # there is nobody to be answered, and Lambda tries again
        _logger.exception(
            "Exception outside the service on %s %s", *request_line(service, codec, event)
        )
        return codec.payload(event, *internal_error())


def request_line(
    service: LambdaService, codec: events.Codec, event: dict[str, Any]
) -> tuple[str, str]:
    """The method and the route of an event, for the log."""
    environ = codec.environ(event, None)
    method: str = environ["REQUEST_METHOD"]
    return method, told_route(service.url_map, method, environ["PATH_INFO"])


def internal_error() -> tuple[str, list[tuple[str, str]], bytes]:
    """The answer to what fails around a service: status line, headers, body."""
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(_ERROR)))]
    return "500 INTERNAL SERVER ERROR", headers, _ERROR


def _size(payload: dict[str, Any]) -> int:
    return len(json.dumps(payload, ensure_ascii=False).encode("utf-8", "surrogatepass"))
