"""The one set-up of OpenTelemetry that a process has: spans are kept, and when they were begun."""

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter


class Spans(SpanProcessor):
    """All that was traced; called, the spans that have ended."""

    def __init__(self):
        self.exporter = InMemorySpanExporter()
        self.begun = []
        """What was known of each span at its beginning, which is what samplers decide by."""

    def on_start(self, span, parent_context=None):
        self.begun.append(dict(span.attributes))

    def __call__(self):
        return self.exporter.get_finished_spans()

    def named(self, name):
        [span] = [span for span in self() if span.name == name]
        return span


@pytest.fixture(scope="session")
def provider():
    provider, spans = TracerProvider(), Spans()
    provider.add_span_processor(spans)
    provider.add_span_processor(SimpleSpanProcessor(spans.exporter))
    provider.spans = spans
    trace.set_tracer_provider(provider)
    return provider


@pytest.fixture
def spans(provider):
    provider.spans.exporter.clear()
    provider.spans.begun.clear()
    return provider.spans
