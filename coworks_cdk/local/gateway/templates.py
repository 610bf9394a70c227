"""Templates of an integration: what they start from, which one a request has, what they change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from coworks_cdk.local import vtl
from coworks_cdk.local.gateway import gateway_responses as failures
from coworks_cdk.local.gateway.context import request_context
from coworks_cdk.local.gateway.gateway_responses import Failure
from coworks_cdk.local.gateway.headers import headers_in, headers_out, single
from coworks_cdk.local.gateway.mapping import mapped
from coworks_cdk.local.gateway.request import Arrival
from coworks_cdk.local.gateway.response import Response
from coworks_cdk.local.template.records import MockResponse


def values_of(
    arrival: Arrival,
    body: str,
    authorizer: Mapping[str, Any] | None = None,
    caller: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Give what a template starts from.

    :param body: what ``$input.body`` is.
    :param authorizer: the authorizer's context, with ``principalId``.
    :param caller: the identity of a caller who signed the request.
    """
    override: dict[str, Any] = {"header": {}, "path": {}, "querystring": {}}
    context = {
        **request_context(arrival, authorizer, caller),
        "requestOverride": override,
        "responseOverride": {"header": {}},
    }
    return {
        "input": input_of(arrival, body),
        "util": vtl.Util(),
        "context": context,
        "method": {
            "request": {
                "multivalueheader": headers_in(arrival.request, arrival.api),
                "multivaluequerystring": arrival.request.query_values(),
            }
        },
        "stageVariables": dict(arrival.stage.variables or {}),
    }


def input_of(arrival: Arrival, body: str) -> vtl.Input:
    """Give ``$input`` with a body: the request's, or that of an integration's answer."""
    return vtl.Input(
        body,
        path=dict(arrival.parameters),
        querystring=single(arrival.request.query_values()),
        header=single(headers_in(arrival.request, arrival.api)),
    )


def rendered_request(
    arrival: Arrival,
    templates: Mapping[str, vtl.Template],
    passthrough: str,
    values: dict[str, Any],
) -> str | Failure:
    """Give the request of an integration: a template's text, or the body where there is none.

    :param templates: by media type.
    :param passthrough: what becomes of a request of another type.
    """
    sent = arrival.request.header("Content-Type") or "application/json"
    template = templates.get(sent.split(";")[0].strip().lower())
    if template is not None:
        return vtl.render(template, values)
    if passthrough == "WHEN_NO_MATCH" or (passthrough == "WHEN_NO_TEMPLATES" and not templates):
        return arrival.request.body.decode("utf-8", errors="replace")
    return failures.UNSUPPORTED_MEDIA_TYPE


def rendered_response(
    arrival: Arrival, response: MockResponse, template: vtl.Template, values: dict[str, Any]
) -> Response:
    """Give an answer, with what its template changes of it.

    :param values: ``input`` being the answer of the integration.
    """
    body = vtl.render(template, values)
    override = values["context"]["responseOverride"]
    changed = {name: str(value) for name, value in override["header"].items()}
    own = mapped(response.headers, arrival, values["context"]) | changed
    headers = {"Content-Type": "application/json"}
    names = {name.lower() for name in own}
    headers = {name: value for name, value in headers.items() if name.lower() not in names}
    return Response(
        status=int(override.get("status") or response.status),
        headers=tuple(headers_out([*headers.items(), *own.items()])),
        body=body.encode(),
    )
