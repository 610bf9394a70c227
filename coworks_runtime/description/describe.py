"""What a deployment needs to know of a service, as JSON types."""

from __future__ import annotations

from dataclasses import asdict
from inspect import getdoc
from typing import Any

from msgspec import structs

from coworks_runtime.entry_records import Entry
from coworks_runtime.service import TechMicroService


def describe(service: TechMicroService) -> dict[str, Any]:
    """What a deployment needs to know of a service, as JSON types.

    :return: name, class, description, authorization_header, accepts_tokens (whether any token
        could be accepted), cors and entries.
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
    }


def _as_dict(entry: Entry) -> dict[str, Any]:
    parameters = [structs.asdict(parameter) for parameter in entry.parameters]
    return {**asdict(entry), "parameters": parameters}
