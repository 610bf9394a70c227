"""The context of an invocation, as AWS's client gives it to a handler.

https://docs.aws.amazon.com/lambda/latest/dg/python-context.html
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from .faults import Fault
from .log_sink import LogSink

_CLIENT = (
    "installation_id",
    "app_title",
    "app_version_name",
    "app_version_code",
    "app_package_name",
)
_TRACE_CONTEXT = ("traceparent", "tracestate", "baggage")


class LambdaContext:
    """What a handler is told of its invocation, and of its function.

    :param headers: those of the event, by their names in lower case.
    :param sink: where :meth:`log` writes.
    :raises Fault: for a part of them that is no JSON.
    """

    def __init__(self, headers: Mapping[str, str], sink: LogSink) -> None:
        environ = os.environ
        self._sink = sink
        self._deadline = int(headers.get("lambda-runtime-deadline-ms") or 0)
        self.aws_request_id = headers["lambda-runtime-aws-request-id"]
        self.log_group_name = environ.get("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = environ.get("AWS_LAMBDA_LOG_STREAM_NAME")
        self.function_name = environ.get("AWS_LAMBDA_FUNCTION_NAME")
        self.memory_limit_in_mb = environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
        self.function_version = environ.get("AWS_LAMBDA_FUNCTION_VERSION")
        self.invoked_function_arn = headers.get("lambda-runtime-invoked-function-arn")
        self.tenant_id = headers.get("lambda-runtime-aws-tenant-id")
        client = _parsed(headers, "lambda-runtime-client-context", "Client Context")
        self._trace_context = _trace_context(client)
        self.client_context = _client_context(client)
        identity = _parsed(headers, "lambda-runtime-cognito-identity", "Cognito Identity") or {}
        self.identity = SimpleNamespace(
            cognito_identity_id=identity.get("cognitoIdentityId"),
            cognito_identity_pool_id=identity.get("cognitoIdentityPoolId"),
        )

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until Lambda ends the invocation."""
        return max(0, self._deadline - int(time.time() * 1000))

    def w3c(self) -> dict[str, str]:
        """The W3C trace context that the caller sent."""
        return dict(self._trace_context)

    def log(self, message: object) -> None:
        """Write to the function's log, as it is."""
        self._sink.write(str(message))

    def __repr__(self) -> str:
        told = ("aws_request_id", "function_name", "function_version", "invoked_function_arn")
        return f"LambdaContext({', '.join(f'{name}={getattr(self, name)}' for name in told)})"


def _parsed(headers: Mapping[str, str], header: str, name: str) -> dict[str, Any] | None:
    text = headers.get(header)
    if not text:
        return None
    try:
        value = json.loads(text)
    except ValueError as error:
        message = f"Unable to parse {name} JSON: {error}"
        raise Fault("Runtime.LambdaContextUnmarshalError", message) from error
    return value if isinstance(value, dict) else None


def _trace_context(client: dict[str, Any] | None) -> dict[str, str]:
    given = None if client is None else client.pop("w3c", None)
    if not isinstance(given, dict):
        return {}
    return {name: given[name] for name in _TRACE_CONTEXT if isinstance(given.get(name), str)}


def _client_context(given: Mapping[str, Any] | None) -> SimpleNamespace | None:
    if given is None:
        return None
    client = given.get("client")
    return SimpleNamespace(
        custom=given.get("custom"),
        env=given.get("env"),
        client=None
        if client is None
        else SimpleNamespace(**{name: client.get(name) for name in _CLIENT}),
    )
