"""Traces with OpenTelemetry: a server span a request, by OpenTelemetry's API alone.

What samples and exports is set up by who deploys the service: a layer, or the service itself.
The attributes have the stable names of OpenTelemetry's conventions for HTTP and functions.

https://opentelemetry.io/docs/specs/semconv/http/http-spans/
https://opentelemetry.io/docs/specs/semconv/faas/aws-lambda/
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from flask import got_request_exception

from coworks_runtime.environment import on_lambda
from coworks_runtime.event_signals import event_finished
from coworks_runtime.observing.call import current_call
from coworks_runtime.observing.observe import observe

try:
    from opentelemetry import context as contexts
    from opentelemetry import trace
except ImportError as error:
    if (error.name or "").partition(".")[0] != "opentelemetry":
        raise  # it is there, and lacks something itself
    raise ImportError(
        "OTel needs the package opentelemetry-api, which isn't installed: "
        "pip install opentelemetry-api (on Lambda a layer of OpenTelemetry brings it)",
        name="opentelemetry",
    ) from error

if TYPE_CHECKING:
    from coworks_runtime.observing.call import Call
    from coworks_runtime.observing.observed import Observed

_METHODS = frozenset(
    {"CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "QUERY", "TRACE"}
)
_XRAY = "X-Amzn-Trace-Id"
_HEXADECIMAL = frozenset("0123456789abcdef")
_FLUSH_MILLISECONDS = 30_000


class OTel:
    """Traces the calls of a service with OpenTelemetry.

    Each request is a server span named after its method and route (``GET /orders/{id}``), and each
    event that a method takes one named after the method. The span's parent is what the caller's
    headers say, W3C's ``traceparent`` before X-Ray's, else what Lambda says. Where something else
    has begun a span for the invocation already, as the layers of OpenTelemetry do, that one tells
    it all, and there is no second.

    A span tells method, route, path, status, the exception where one was answered with a 500, the
    entry, and whether it was a cold start: no header, no query, no body, no token. Spans are sent
    before the answer ends, as far as the set-up can.

    .. code-block:: python

        app = Orders()
        OTel(app)

    :param app: the service.
    """

    def __init__(self, app: Observed) -> None:
        self._is_on_lambda = on_lambda()
        observe(app, self)
        got_request_exception.connect(self._failed, app, weak=False)
        event_finished.connect(self._failed, app, weak=False)

    def begin(self, call: Call) -> None:
        """Begin the call's span."""
        if call.method is None and _is_question(call.event):
            return
        given = trace.get_current_span()
        if given.is_recording():
            call.keep(self, _Traced(given, None))
            return
        tracer = trace.get_tracer("coworks_runtime")
        parent = _parent(call)
        span = tracer.start_span(call.method or "event", context=parent, kind=trace.SpanKind.SERVER)
        token = contexts.attach(trace.set_span_in_context(span, parent))
        call.keep(self, _Traced(span, token))

    def go_on(self, call: Call) -> None:
        """Tell what is known of a call while somebody else's span lasts: it ends with the handler.

        What makes the answer's pieces afterwards is below it all the same.
        """
        traced: _Traced | None = call.kept_by(self)
        if traced is not None and traced.token is None:
            _tell(traced, call)
            call.around_pieces = partial(trace.use_span, traced.span, record_exception=False)

    def end(self, call: Call) -> None:
        """Tell what is known of the call, and end its span."""
        traced: _Traced | None = call.kept_by(self)
        if traced is None:
            return
        _tell(traced, call)
        if traced.token is not None:
            contexts.detach(traced.token)
            traced.span.end()
        elif call.around_pieces is None:
            return  # who began the span sends it
        flush = getattr(trace.get_tracer_provider(), "force_flush", None)
        if self._is_on_lambda and flush is not None:
            flush(_FLUSH_MILLISECONDS)

    def _failed(self, _app: Any, exception: BaseException | None, **_extra: Any) -> None:
        call = current_call.get()
        traced: _Traced | None = None if call is None else call.kept_by(self)
        if traced is not None and exception is not None:
            traced.error = exception


class _Traced:
    """The span of a call.

    :param span: the span.
    :param token: what ends it being the current one; ``None`` where it is somebody else's.
    """

    def __init__(self, span: trace.Span, token: Any) -> None:
        self.span = span
        self.token = token
        self.error: BaseException | None = None


def _tell(traced: _Traced, call: Call) -> None:
    """Put on a span what is known of its call; nothing on one that has ended."""
    span = traced.span
    if not span.is_recording():
        return
    error = traced.error or call.error
    span.update_name(_name(call))
    span.set_attributes(_attributes(call))
    failed = call.status >= 500 if call.status is not None else call.error is not None
    if error is not None:
        span.record_exception(error)
    if failed:
        kind = type(error).__qualname__ if error is not None else str(call.status)
        span.set_attribute("error.type", kind)
        span.set_status(trace.Status(trace.StatusCode.ERROR))


def _is_question(event: Any) -> bool:
    """Whether API Gateway asks for a policy, which is no request of the service's."""
    return isinstance(event, dict) and "methodArn" in event


def _name(call: Call) -> str:
    if call.method is None:
        return call.endpoint or "event"
    method = call.method if call.method in _METHODS else "HTTP"
    return f"{method} {call.route}" if call.route else method


def _attributes(call: Call) -> dict[str, Any]:
    found: dict[str, Any] = {
        "coworks.service": call.service.name,
        "coworks.stage": call.service.stage,
        "coworks.entry": call.endpoint,
        "http.response.status_code": call.status,
    }
    if call.method is not None:
        known = call.method in _METHODS
        found |= {
            "http.request.method": call.method if known else "_OTHER",
            "http.request.method_original": None if known else call.method,
            "http.route": call.route,
            "url.path": getattr(call.request, "path", None),
            "url.scheme": getattr(call.request, "scheme", None),
            "server.address": _host(call),
        }
    if call.event is not None:
        arn = getattr(call.context, "invoked_function_arn", None)
        found |= {
            "faas.trigger": "other" if call.method is None else "http",
            "faas.invocation_id": call.request_id,
            "faas.coldstart": call.is_cold,
            "cloud.provider": "aws",
            # Without the alias, by which it may have been called.
            "cloud.resource_id": ":".join(arn.split(":")[:7]) if isinstance(arn, str) else None,
        }
    return {name: value for name, value in found.items() if value is not None}


def _host(call: Call) -> str | None:
    host = getattr(call.request, "host", None)
    return host.partition(":")[0] or None if isinstance(host, str) else None


def _parent(call: Call) -> contexts.Context:
    """What the caller says of its trace: by W3C's header, by X-Ray's, or through Lambda."""
    names = ("traceparent", "tracestate")
    carrier = {name: value for name in names if (value := call.header(name)) is not None}
    if carrier:
        # Imported for who sends them: it compiles patterns, and a start would wait for that.
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        context = TraceContextTextMapPropagator().extract(carrier)
        if trace.get_current_span(context).get_span_context().is_valid:
            return context
    span = _xray_span(call.header(_XRAY) or "")
    if span is None:
        # Lambda has one for each call. Where X-Ray samples none of it, that says nothing.
        own = _xray_span(call.trace or "")
        span = own if own is not None and own.get_span_context().trace_flags.sampled else None
    return contexts.get_current() if span is None else trace.set_span_in_context(span)


def _xray_span(header: str) -> trace.Span | None:
    """The span that X-Ray's header names.

    https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader
    """
    parts = dict(part.strip().partition("=")[::2] for part in header.split(";"))
    version, _, root = parts.get("Root", "").partition("-")
    moment, _, number = root.partition("-")
    parent = parts.get("Parent", "")
    if version != "1" or not (_is_hex(moment, 8) and _is_hex(number, 24) and _is_hex(parent, 16)):
        return None
    return trace.NonRecordingSpan(
        trace.SpanContext(
            trace_id=int(moment + number, 16),
            span_id=int(parent, 16),
            is_remote=True,
            trace_flags=trace.TraceFlags(parts.get("Sampled") != "0"),
        )
    )


def _is_hex(text: str, length: int) -> bool:
    return len(text) == length and _HEXADECIMAL.issuperset(text)
