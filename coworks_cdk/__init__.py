"""Declare CoWorks microservices in a CDK stack.

The names are loaded on first use: ``coworks_cdk.local`` and ``coworks_cdk.testing`` work without
starting the CDK's Node process.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from coworks_cdk.context import stage_of
    from coworks_cdk.microservice import CoworksMicroService
    from coworks_cdk.monitoring.thresholds import Threshold
    from coworks_cdk.packaging import CoworksLayer

__all__ = ["CoworksLayer", "CoworksMicroService", "Threshold", "stage_of"]

_HOMES = {
    "CoworksLayer": "coworks_cdk.packaging",
    "CoworksMicroService": "coworks_cdk.microservice",
    "Threshold": "coworks_cdk.monitoring.thresholds",
    "stage_of": "coworks_cdk.context",
}


def __getattr__(name: str) -> object:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
