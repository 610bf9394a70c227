"""The same service with Metrics registered: a line of the log a request."""

from coworks_runtime.extension.metrics import Metrics

from ours import handler

Metrics(handler, namespace="Bench")
