"""What a call's span hangs below: the caller's span, by W3C's headers or by X-Ray's, or Lambda's.

https://www.w3.org/TR/trace-context/
https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from opentelemetry import context as contexts
from opentelemetry import trace

if TYPE_CHECKING:
    from coworks_runtime.observing.call import Call

_W3C = {"traceparent": False, "tracestate": True, "baggage": True}
"""The headers, and whether several of them are one list."""
_XRAY = "X-Amzn-Trace-Id"
_MOST_BAGGAGE, _LONGEST_BAGGAGE = 64, 8192
_HEXADECIMAL = frozenset("0123456789abcdef")


def parent_of(call: Call) -> contexts.Context:
    """The context of a call: its parent's span, and the baggage that the caller gives.

    What the caller says comes first, by W3C's header or else by X-Ray's; then a span that is there
    already, of who calls within the process; then Lambda's own.
    """
    here = contexts.get_current()
    given = {name: call.header(name, is_list=is_list) for name, is_list in _W3C.items()}
    told = {name: value for name, value in given.items() if value is not None}
    if "traceparent" not in told:
        told |= _of_invocation(call)
    if "baggage" in told:
        here = _with_baggage(told["baggage"], here)
    span = _w3c_span(told) or _xray_span(call.header(_XRAY))
    if span is None and not trace.get_current_span(here).get_span_context().is_valid:
        # Lambda has one for each call. Where X-Ray samples none of it, that says nothing.
        own = _xray_span(call.trace)
        span = own if own is not None and own.get_span_context().trace_flags.sampled else None
    return here if span is None else trace.set_span_in_context(span, here)


def links_of(call: Call) -> Iterator[trace.Link]:
    """The spans that have sent the messages of a queue, which comes in batches of several.

    https://opentelemetry.io/docs/specs/semconv/faas/aws-lambda/#sqs
    """
    records = call.event.get("Records") if isinstance(call.event, dict) else None
    for record in records if isinstance(records, list) else ():
        told = record.get("attributes") if isinstance(record, dict) else None
        span = _xray_span(told.get("AWSTraceHeader")) if isinstance(told, dict) else None
        if span is not None:
            yield trace.Link(span.get_span_context())


def _of_invocation(call: Call) -> dict[str, str]:
    """What who invokes a function gives with the invocation, where Lambda hands that on."""
    told = getattr(call.context, "w3c", None)
    return told() if callable(told) else {}


def _w3c_span(told: dict[str, str]) -> trace.Span | None:
    """The span that W3C's headers name."""
    if "traceparent" not in told:
        return None
    # Imported for who sends them: it compiles patterns, and a start would wait for that.
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    span = trace.get_current_span(TraceContextTextMapPropagator().extract(told, contexts.Context()))
    return span if span.get_span_context().is_valid else None


def _with_baggage(header: str, context: contexts.Context) -> contexts.Context:
    """A context with what W3C's header of baggage holds; what is no baggage is left out.

    The API's own propagator logs that, and with it what a caller has sent.
    https://www.w3.org/TR/baggage/#limits
    """
    from opentelemetry.baggage import set_baggage

    for member in header.split(",")[:_MOST_BAGGAGE] if len(header) <= _LONGEST_BAGGAGE else ():
        name, found, value = member.partition(";")[0].partition("=")
        if found and name.strip():
            context = set_baggage(unquote(name.strip()), unquote(value.strip()), context)
    return context


def _xray_span(header: Any) -> trace.Span | None:
    """The span that X-Ray's header names."""
    if not isinstance(header, str):
        return None
    parts = dict(part.strip().partition("=")[::2] for part in header.split(";"))
    version, _, root = parts.get("Root", "").partition("-")
    moment, _, number = root.partition("-")
    parent = parts.get("Parent", "")
    if version != "1" or not (_is_hex(moment, 8) and _is_hex(number, 24) and _is_hex(parent, 16)):
        return None
    context = trace.SpanContext(
        trace_id=int(moment + number, 16),
        span_id=int(parent, 16),
        is_remote=True,
        trace_flags=trace.TraceFlags(parts.get("Sampled") != "0"),
    )
    return trace.NonRecordingSpan(context) if context.is_valid else None


def _is_hex(text: str, length: int) -> bool:
    return len(text) == length and _HEXADECIMAL.issuperset(text)
