"""What Admin shows: the routes of a service, its page and its OpenAPI document."""

from .catalog import Route, ServiceInfo, routes_of, service_info, told_to_strangers
from .openapi import openapi_document
from .page import render_page

__all__ = [
    "Route",
    "ServiceInfo",
    "openapi_document",
    "render_page",
    "routes_of",
    "service_info",
    "told_to_strangers",
]
