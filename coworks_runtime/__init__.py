"""Write a microservice as a Python class; run it with Flask, deploy it as a Lambda function."""

from typing import TYPE_CHECKING, Any

from .on_lambda.lazy_imports import importing_flask

with importing_flask():
    from flask import request

    from .cors import Cors
    from .entry import entry
    from .on_event import on_event
    from .service import TechMicroService
    from .values.sources import Alias, Body, Query

if TYPE_CHECKING:
    from .blueprint import Blueprint

__all__ = [
    "Alias",
    "Blueprint",
    "Body",
    "Cors",
    "Query",
    "TechMicroService",
    "entry",
    "on_event",
    "request",
]


def __getattr__(name: str) -> Any:
    if name == "Blueprint":
        from .blueprint import Blueprint  # on use: many services have none

        return Blueprint
    if name != "__version__":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib.metadata import PackageNotFoundError, version  # on use: it takes its time

    try:
        return version("coworks-cdk")
    except PackageNotFoundError:  # a layer without what describes its packages
        return "unknown"
