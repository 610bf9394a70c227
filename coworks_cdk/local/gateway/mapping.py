"""Pure: the values that API Gateway's own answers take from a request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from coworks_cdk.local.gateway.request import Arrival
from coworks_cdk.local.vtl.methods import java_text


def mapped(
    headers: Mapping[str, str], arrival: Arrival, context: Mapping[str, Any]
) -> dict[str, str]:
    """Give headers their values; one that has none is left out.

    :param headers: names to expressions, of those that :mod:`template.mapping` lets through.
    :param context: what ``context`` stands for.
    """
    values = {name: _value(text, arrival, context) for name, text in headers.items()}
    return {name: value for name, value in values.items() if value is not None}


def _value(expression: str, arrival: Arrival, context: Mapping[str, Any]) -> str | None:
    if expression.startswith("'"):
        return expression[1:-1]
    if expression.startswith("stageVariables."):
        return (arrival.stage.variables or {}).get(expression.removeprefix("stageVariables."))
    if expression.startswith("context."):
        value: Any = context
        for name in expression.split(".")[1:]:
            value = value.get(name) if isinstance(value, Mapping) else None
        return None if value is None else java_text(value)
    place, _, name = expression.removeprefix("method.request.").partition(".")
    if place == "path":
        return arrival.parameters.get(name)
    if place.endswith("querystring"):
        values = arrival.request.query_values().get(name, [])
    else:
        values = arrival.request.header_values(name)
    if not values:
        return None
    return ",".join(values) if place.startswith("multivalue") else values[-1]
