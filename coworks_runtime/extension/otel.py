"""Traces with OpenTelemetry: a server span a request, by OpenTelemetry's API alone.

What samples and exports is set up by who deploys the service: a layer, or the service itself.
"""

from __future__ import annotations

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

from coworks_runtime.extension.span_parents import links_of, parent_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from coworks_runtime.observing.call import Call
    from coworks_runtime.observing.observed import Observed

_OURS = contexts.create_key("coworks")
"""Below a span that is a call's already, whoever began it."""
_ENTRANCES = frozenset({trace.SpanKind.SERVER, trace.SpanKind.CONSUMER})
_WITH_QUERY = ("http.target", "http.url", "url.full")
_FLUSH_MILLISECONDS = 30_000


class OTel:
    """Traces the calls of a service with OpenTelemetry.

    Each request is a server span named after its method and route (``GET /orders/{id}``), and each
    event that a method takes one named after the method. The span's parent is what the caller's
    headers say, W3C's ``traceparent`` before X-Ray's, else the span that is the current one, else
    what Lambda says. Where something else has begun a server span for the invocation already, as
    the layers of OpenTelemetry do, that one tells it all, and there is no second.

    A span tells method, route, path, status, the exception where one was answered with a 500, the
    entry, and whether it was a cold start: no header, no query, no body, no token. Spans are sent
    before the answer ends, as far as the set-up can.

    .. code-block:: python

        app = Orders()
        OTel(app)

    :param app: the service. One that is traced already stays as it is.
    """

    def __init__(self, app: Observed) -> None:
        self._is_on_lambda = on_lambda()
        self._tracer = trace.get_tracer("coworks_runtime")
        observe(app, self)
        got_request_exception.connect(self._failed, app, weak=False)
        event_finished.connect(self._failed, app, weak=False)

    def begin(self, call: Call) -> None:
        """Begin the call's span."""
        if _traced(call) is not None or (call.method is None and _is_question(call.event)):
            return
        context = contexts.get_current()
        given = trace.get_current_span(context)
        is_given = contexts.get_value(_OURS, context) is None and _is_entrance(given)
        if is_given:
            span = given
        else:
            context = parent_of(call)
            span = self._span(call, context)
            context = trace.set_span_in_context(span, context)
        traced = _Traced(self, span, contexts.set_value(_OURS, call, context), is_given)
        traced.__enter__()
        call.keep(OTel, traced)

    def _span(self, call: Call, context: contexts.Context) -> trace.Span:
        """A new span below that of a context."""
        if isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider):
            return self._tracer.start_span(
                "", context
            )  # no SDK is set up: nobody asks what it tells

        from .span_attributes import begun, name_of  # a start without an SDK does without

        return self._tracer.start_span(
            name_of(call),
            context=context,
            kind=trace.SpanKind.SERVER,
            attributes=begun(call),
            links=tuple(links_of(call)),
        )

    def go_on(self, call: Call) -> None:
        """Let the span go on while the answer's pieces are made: each is made within it."""
        traced = _traced(call)
        if traced is None or traced.owner is not self:
            return
        traced.__exit__()
        call.around_pieces = lambda: traced
        if traced.is_given and call.event is not None:
            traced.end = _held(traced.span)

    def end(self, call: Call) -> None:
        """Tell what is known of the call, and end its span."""
        traced = _traced(call)
        if traced is None or traced.owner is not self:
            return
        traced.__exit__()
        _tell(traced, call)
        if traced.end is None:
            return  # who began the span ends it, and sends it
        traced.end()
        flush = getattr(trace.get_tracer_provider(), "force_flush", None)
        if self._is_on_lambda and flush is not None:
            left = getattr(call.context, "get_remaining_time_in_millis", None)
            flush(_FLUSH_MILLISECONDS if left is None else min(_FLUSH_MILLISECONDS, left()))

    @staticmethod
    def _failed(_app: Any, exception: BaseException | None, **_extra: Any) -> None:
        call = current_call.get()
        traced = None if call is None else _traced(call)
        if traced is not None and exception is not None:
            traced.error = exception


class _Traced:
    """The span of a call, and the context that the call is answered in while this is entered.

    What the call changes of its context is there again the next time: a span that a generator
    begins lasts over several pieces.

    :param owner: who has begun it.
    :param span: the span.
    :param is_given: whether somebody else has begun it.
    """

    def __init__(
        self, owner: OTel, span: trace.Span, context: contexts.Context, is_given: bool
    ) -> None:
        self.owner = owner
        self.span = span
        self.is_given = is_given
        self.error: BaseException | None = None
        self.end: Callable[[], None] | None = None if is_given else span.end
        self._context = context
        self._token: Any = None

    def __enter__(self) -> None:
        self._token = contexts.attach(self._context)

    def __exit__(self, *_raised: object) -> None:
        token, self._token = self._token, None
        if token is not None:
            self._context = contexts.get_current()
            contexts.detach(token)


def _traced(call: Call) -> _Traced | None:
    found: _Traced | None = call.kept_by(OTel)
    return found


def _is_entrance(span: trace.Span) -> bool:
    """Whether a span stands for what calls this process.

    One that isn't sampled tells no kind: who decided that has decided for the invocation.
    """
    context = span.get_span_context()
    if context.is_remote or not context.is_valid:
        return False
    return not span.is_recording() or getattr(span, "kind", None) in _ENTRANCES


def _held(span: trace.Span) -> Callable[[], None] | None:
    """Hold a span open: what began it ends it with the handler, before the answer's last piece.

    :return: what ends it; ``None`` for a span that can't be held.
    """
    end = span.end
    try:
        span.end = _later  # type: ignore[method-assign]
    except AttributeError:
        return None
    return end


def _later(end_time: int | None = None) -> None:
    """Take the place of a span's end that comes too early."""


def _tell(traced: _Traced, call: Call) -> None:
    """Put on a span what is known of its call; nothing on one that has ended."""
    span = traced.span
    if not span.is_recording():
        return

    from .span_attributes import begun, ended, name_of  # as above

    span.update_name(name_of(call))
    span.set_attributes({**begun(call), **ended(call)} if traced.is_given else ended(call))
    if traced.is_given and call.method is not None:
        _leave_out_queries(span)
    error = traced.error or call.error
    # What goes out of the handler is recorded by who began the span around it.
    if error is not None and not (traced.is_given and traced.end is None and call.error):
        span.record_exception(error)
    if call.error is not None or (call.status or 0) >= 500:
        kind = type(error).__qualname__ if error is not None else str(call.status)
        span.set_attribute("error.type", kind)
        span.set_status(trace.Status(trace.StatusCode.ERROR))


def _leave_out_queries(span: trace.Span) -> None:
    """Keep what callers say in queries off a span: instrumentations put it there."""
    given = getattr(span, "attributes", None) or {}
    for name in _WITH_QUERY:
        value = given.get(name)
        if isinstance(value, str) and "?" in value:
            span.set_attribute(name, value.partition("?")[0])


def _is_question(event: Any) -> bool:
    """Whether API Gateway asks for a policy, which is no request of the service's."""
    return isinstance(event, dict) and "methodArn" in event
