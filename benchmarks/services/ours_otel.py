"""The same service with OTel registered, and nothing that exports its spans."""

from coworks_runtime.extension.otel import OTel

from ours import handler

OTel(handler)
