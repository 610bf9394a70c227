"""What a deployment needs to know of a service, as JSON types."""

from __future__ import annotations

import json
from dataclasses import asdict
from inspect import cleandoc, getdoc
from typing import Any

from msgspec import structs

from coworks_runtime.entry_records import Entry, text_of
from coworks_runtime.event_methods import EventMethod
from coworks_runtime.service import TechMicroService
from coworks_runtime.values.parameters import Parameter


def describe(service: TechMicroService) -> dict[str, Any]:
    """What a deployment needs to know of a service, as JSON types.

    :return: name, class, description, authorization_header, accepts_tokens (whether any token
        could be accepted), cors, entries, and events (which methods take what is no request).
    """
    own_doc = type(service).__doc__ and getdoc(type(service))
    return {
        "name": service.name,
        "class": type(service).__name__,
        "description": own_doc.splitlines()[0] if own_doc else None,
        "authorization_header": service.authorization_header,
        "accepts_tokens": service.could_accept_a_token(),
        "cors": structs.asdict(service.cors),
        "entries": [_as_dict(entry) for entry in service.entry_map()],
        "events": [_event(method) for method in service.event_methods],
    }


def _event(method: EventMethod) -> dict[str, Any]:
    return {
        "method": method.name,
        "source": method.mark.source,
        "detail_type": method.mark.detail_type,
        "conditional": method.mark.when is not None,
        "doc": cleandoc(method.doc) if method.doc else None,
    }


def _as_dict(entry: Entry) -> dict[str, Any]:
    parameters = [_as_json(parameter) for parameter in entry.parameters]
    return {**asdict(entry), "parameters": parameters}


def _as_json(parameter: Parameter) -> dict[str, Any]:
    """A parameter's record; its alias where it has one."""
    record = structs.asdict(parameter)
    try:
        json.dumps(parameter.default, allow_nan=False, default=text_of)
    except (ValueError, TypeError, RecursionError):
        record["default"] = text_of(parameter.default)  # NaN, keys that are no texts, circles
    return record if parameter.alias else {n: v for n, v in record.items() if n != "alias"}
