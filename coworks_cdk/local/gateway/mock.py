"""Integrations that API Gateway answers by itself: templates, and nobody asked."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from coworks_cdk.local import vtl
from coworks_cdk.local.gateway import gateway_responses as failures
from coworks_cdk.local.gateway.context import request_context
from coworks_cdk.local.gateway.gateway_responses import Failure
from coworks_cdk.local.gateway.headers import headers_in, headers_out, single
from coworks_cdk.local.gateway.mapping import mapped
from coworks_cdk.local.gateway.request import Arrival
from coworks_cdk.local.gateway.response import Response
from coworks_cdk.local.template.records import Mock, MockResponse

_BARE_KEY = re.compile(r"([{,]\s*)([A-Za-z_]\w*)(\s*:)")


class MockIntegration:
    """Answers the requests of one method."""

    def __init__(self, mock: Mock, binary: tuple[str, ...], say: Callable[[str], None]) -> None:
        """Answer with a mock.

        :param binary: the API's binary media types.
        :param say: told what the caller isn't.
        """
        self._mock, self._say = mock, say
        self._text_only = "*/*" in binary and not mock.convert_to_text
        self._requests = {name: vtl.parse(text) for name, text in mock.requests.items()}
        self._responses = [(one, vtl.parse(one.template)) for one in mock.responses]

    def answer(self, arrival: Arrival) -> Response | Failure:
        """Answer a request."""
        if self._text_only:
            return self._broken("it needs CONVERT_TO_TEXT where */* is a binary type")
        values = _values(arrival)
        try:
            request = self._request(arrival, values)
            if isinstance(request, Failure):
                return request
            status = _status(request)
            if status is None:
                return self._broken(
                    "its request template gives no JSON with a number as statusCode"
                )
            chosen = self._chosen(str(status))
            if chosen is None:
                return self._broken(f"none of its responses is for the status {status}")
            response, template = chosen
            values["input"] = vtl.Input("", **_parameters(arrival))
            body = vtl.render(template, values)
        except vtl.Failed as error:
            return self._broken(f"its template fails: {error}")
        headers = {"Content-Type": "application/json"}
        override = values["context"]["responseOverride"]
        changed = {name: str(value) for name, value in override["header"].items()}
        own = mapped(response.headers, arrival, values["context"]) | changed
        names = {name.lower() for name in own}
        headers = {name: value for name, value in headers.items() if name.lower() not in names}
        return Response(
            status=int(override.get("status") or response.status),
            headers=tuple(headers_out([*headers.items(), *own.items()])),
            body=body.encode(),
        )

    def _request(self, arrival: Arrival, values: dict[str, Any]) -> str | Failure:
        """What the mock is asked: the template's text, or the request's body where there is none."""
        sent = arrival.request.header("Content-Type") or "application/json"
        template = self._requests.get(sent.split(";")[0].strip().lower())
        if template is not None:
            return vtl.render(template, values)
        passes = self._mock.passthrough == "WHEN_NO_MATCH"
        if passes or (self._mock.passthrough == "WHEN_NO_TEMPLATES" and not self._requests):
            return arrival.request.body.decode("utf-8", errors="replace")
        return failures.UNSUPPORTED_MEDIA_TYPE

    def _chosen(self, status: str) -> tuple[MockResponse, vtl.Template] | None:
        fallback = None
        for response, template in self._responses:
            if response.pattern is None:
                fallback = (response, template)
            elif re.fullmatch(response.pattern, status):
                return response, template
        return fallback

    def _broken(self, why: str) -> Failure:
        self._say(f"a MOCK integration can't answer: {why}")
        return failures.BAD_CONFIGURATION


def _values(arrival: Arrival) -> dict[str, Any]:
    override: dict[str, Any] = {"header": {}, "path": {}, "querystring": {}}
    context = {
        **request_context(arrival),
        "requestOverride": override,
        "responseOverride": {"header": {}},
    }
    body = arrival.request.body.decode("utf-8", errors="replace")
    return {
        "input": vtl.Input(body, **_parameters(arrival)),
        "util": vtl.Util(),
        "context": context,
        "stageVariables": dict(arrival.stage.variables or {}),
    }


def _parameters(arrival: Arrival) -> dict[str, dict[str, str]]:
    return {
        "path": dict(arrival.parameters),
        "querystring": single(arrival.request.query_values()),
        "header": single(headers_in(arrival.request, arrival.api)),
    }


def _status(request: str) -> int | None:
    """The status that a mock is asked for; its JSON may have keys without quotes."""
    try:
        content = json.loads(_BARE_KEY.sub(r'\1"\2"\3', request))
    except ValueError:
        return None
    status = content.get("statusCode") if isinstance(content, dict) else None
    return status if isinstance(status, int) and not isinstance(status, bool) else None
