"""Integrations that API Gateway answers by itself: templates, and nobody asked."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from coworks_cdk.local import vtl
from coworks_cdk.local.gateway import gateway_responses as failures
from coworks_cdk.local.gateway.gateway_responses import Failure
from coworks_cdk.local.gateway.request import Arrival
from coworks_cdk.local.gateway.response import Response
from coworks_cdk.local.gateway.templates import (
    input_of,
    rendered_request,
    rendered_response,
    values_of,
)
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
        body = arrival.request.body.decode("utf-8", errors="replace")
        values = values_of(arrival, body)
        try:
            request = rendered_request(arrival, self._requests, self._mock.passthrough, values)
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
            values["input"] = input_of(arrival, "")
            return rendered_response(arrival, *chosen, values)
        except vtl.Failed as error:
            return self._broken(f"its template fails: {error}")

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


def _status(request: str) -> int | None:
    """The status that a mock is asked for; its JSON may have keys without quotes."""
    try:
        content = json.loads(_BARE_KEY.sub(r'\1"\2"\3', request))
    except ValueError:
        return None
    status = content.get("statusCode") if isinstance(content, dict) else None
    return status if isinstance(status, int) and not isinstance(status, bool) else None
