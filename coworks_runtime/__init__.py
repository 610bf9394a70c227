"""Write a microservice as a Python class; run it with Flask, deploy it as a Lambda function."""

from .on_lambda.lazy_imports import importing_flask

with importing_flask():
    from flask import request

    from .blueprint import Blueprint
    from .cors import Cors
    from .entry import entry
    from .on_event import on_event
    from .service import TechMicroService
    from .values.sources import Alias, Body, Query

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


def __getattr__(name: str) -> str:
    if name != "__version__":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib.metadata import PackageNotFoundError, version  # on use: it takes its time

    try:
        return version("coworks-cdk")
    except PackageNotFoundError:  # a layer without what describes its packages
        return "unknown"
