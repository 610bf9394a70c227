"""Integrations that invoke a function and answer without waiting for it."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable, Mapping
from typing import Any

from coworks_cdk.local import vtl
from coworks_cdk.local.gateway import gateway_responses as failures
from coworks_cdk.local.gateway.gateway_responses import Failure
from coworks_cdk.local.gateway.media_types import is_binary_body
from coworks_cdk.local.gateway.request import Arrival
from coworks_cdk.local.gateway.response import Response
from coworks_cdk.local.gateway.templates import (
    input_of,
    rendered_request,
    rendered_response,
    values_of,
)
from coworks_cdk.local.invocation import Invoke
from coworks_cdk.local.template.records import Asynchronous

MAX_EVENT = 1024 * 1024
"""Bytes of an event that Lambda takes without being waited for."""


class AsynchronousIntegration:
    """Answers the requests of one method."""

    def __init__(
        self,
        integration: Asynchronous,
        binary: tuple[str, ...],
        invoke: Invoke,
        say: Callable[[str], None],
    ) -> None:
        """Answer for an integration.

        :param binary: the API's binary media types.
        :param invoke: runs the function.
        :param say: told what the caller isn't.
        """
        self._integration, self._binary = integration, binary
        self._invoke, self._say = invoke, say
        self._requests = {name: vtl.parse(text) for name, text in integration.requests.items()}
        self._response = vtl.parse(integration.response.template)

    def answer(
        self,
        arrival: Arrival,
        authorizer: Mapping[str, Any] | None,
        caller: Mapping[str, str] | None,
    ) -> Response | Failure:
        """Answer a request, and let its work begin.

        :param authorizer: the authorizer's context, with ``principalId``.
        :param caller: the identity of a caller who signed the request.
        """
        values = values_of(arrival, self._body(arrival), authorizer, caller)
        try:
            event = rendered_request(arrival, self._requests, self._integration.passthrough, values)
            if isinstance(event, Failure):
                return event
            values["input"] = input_of(arrival, self._begin(arrival, event.encode()) or "{}")
            return rendered_response(arrival, self._integration.response, self._response, values)
        except vtl.Failed as error:
            self._say(f"an asynchronous integration can't answer: its template fails: {error}")
            return failures.BAD_CONFIGURATION

    def _body(self, arrival: Arrival) -> str:
        """The body as templates see it, which say ``{}`` of none."""
        request = arrival.request
        if is_binary_body(request.header("Content-Type"), self._binary):
            text = base64.b64encode(request.body).decode("ascii")
        else:
            text = request.body.decode("utf-8", errors="replace")
        return text or "{}"

    def _begin(self, arrival: Arrival, event: bytes) -> str:
        """Hand the event to Lambda; gives what that says of it, which is nothing where all is well."""
        if self._integration.broken is not None:
            self._say(f"API Gateway can't call the function: {self._integration.broken}")
            return _refusal("Forbidden")
        if len(event) > MAX_EVENT:
            return _refusal(
                f"{len(event)} byte payload is too large for the Event invocation type "
                f"(limit {MAX_EVENT} bytes)"
            )
        try:
            json.loads(event)
        except ValueError as error:
            self._say(f"the template of an asynchronous integration gives no JSON: {error}")
            return _refusal("Could not parse request body into json")
        work = threading.Thread(target=self._work, args=(arrival, event), daemon=True)
        work.start()
        return ""

    def _work(self, arrival: Arrival, event: bytes) -> None:
        request = arrival.request
        result = self._invoke(self._integration.function, event, request.trace_id).result().whole()
        if result.failed:
            self._say(
                f"the work of {request.method} {request.path} failed: {result.message}; "
                "Lambda would try again"
            )


def _refusal(message: str) -> str:
    return json.dumps({"Type": "User", "Message": message})
