"""Lambda's Invoke API for the functions of one service, at the same address as its API.

Events that are no requests come to a function by no API: here they are sent as ``aws lambda invoke
--endpoint-url`` sends them. https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Mapping
from urllib.parse import unquote

from coworks_cdk.local.gateway.request import Request
from coworks_cdk.local.gateway.response import Response
from coworks_cdk.local.invocation import Invoke, Result
from coworks_cdk.local.template.records import Api, Lambda

_VERSION = "/2015-03-31/functions"
_INVOCATION = re.compile(rf"{_VERSION}/([^/]+)/invocations")
_LIMITS = {"RequestResponse": 6 * 1024 * 1024, "Event": 1024 * 1024}
"""Bytes of an event, by the invocation's type."""


class Invocations:
    """Invokes the functions that an API calls."""

    def __init__(self, api: Api, invoke: Invoke) -> None:
        """Invoke by ``invoke``."""
        self._invoke = invoke
        functions = {
            r.integration.function for r in api.routes if isinstance(r.integration, Lambda)
        }
        self._functions = sorted(functions)
        self._service = api.service

    def answer(self, request: Request) -> Response | None:
        """Answer a request of this API of Lambda's; None for one that is none."""
        if request.method == "GET" and request.path.rstrip("/") == _VERSION:
            names = [{"FunctionName": _name(arn), "FunctionArn": arn} for arn in self._functions]
            return _json(200, {"Functions": names})
        found = _INVOCATION.fullmatch(request.path)
        if found is None or request.method != "POST":
            return None
        name = unquote(found.group(1))
        arn = next((arn for arn in self._functions if name in (arn, _name(arn))), None)
        if arn is None:
            known = ", ".join(map(_name, self._functions))
            return _refusal(
                404, "ResourceNotFoundException", f"Function not found: {name} (there is: {known})"
            )
        return self._invoked(arn, request)

    def _invoked(self, arn: str, request: Request) -> Response:
        kind = request.header("X-Amz-Invocation-Type") or "RequestResponse"
        limit = _LIMITS.get(kind)
        if limit is None:
            allowed = " or ".join(_LIMITS)
            return _refusal(400, "InvalidParameterValueException", f"{kind}; allowed: {allowed}")
        event = request.body or b"{}"
        if len(event) > limit:
            text = f"{len(event)} byte payload is too large for the {kind} invocation type (limit {limit} bytes)"
            return _refusal(413, "RequestTooLargeException", text)
        try:
            json.loads(event)
        except ValueError:
            text = "Could not parse request body into json"
            return _refusal(400, "InvalidRequestContentException", text)
        if kind == "Event":
            work = threading.Thread(
                target=self._result, args=(arn, event, request.trace_id), daemon=True
            )
            work.start()
            return Response(202, (), b"")
        result = self._result(arn, event, request.trace_id)
        error = (("X-Amz-Function-Error", "Unhandled"),) if result.failed else ()
        return Response(200, (("Content-Type", "application/json"), *error), result.payload)

    def _result(self, arn: str, event: bytes, trace_id: str) -> Result:
        return self._invoke(arn, event, trace_id).result().whole()


def _name(arn: str) -> str:
    """A function's name, with that of its alias."""
    return arn.split(":", 6)[6]


def _json(status: int, content: Mapping[str, object]) -> Response:
    headers = (("Content-Type", "application/json"),)
    return Response(status, headers, json.dumps(content).encode())


def _refusal(status: int, kind: str, message: str) -> Response:
    answer = _json(status, {"Type": "User", "Message": message})
    headers = (*answer.headers, ("x-amzn-ErrorType", kind))
    return Response(status, headers, answer.body)
