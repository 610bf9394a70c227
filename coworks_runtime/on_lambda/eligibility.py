"""Which services may take the short way: those that dispatch as Flask does."""

from __future__ import annotations

import sys
from types import FunctionType

from flask import Flask
from flask import Response as FlaskResponse
from flask.ctx import _AppCtxGlobals
from flask.sessions import SecureCookieSessionInterface, SessionInterface
from werkzeug.routing import Map

from coworks_runtime.wrappers import Request

_METHODS = (
    "wsgi_app",
    "request_context",
    "app_context",
    "create_url_adapter",
    "full_dispatch_request",
    "preprocess_request",
    "dispatch_request",
    "make_response",
    "finalize_request",
    "process_response",
    "do_teardown_request",
    "do_teardown_appcontext",
    "ensure_sync",
)


def dispatches_as_flask(service: Flask, own: type[Flask]) -> bool:
    """Whether a service dispatches as Flask does, so that the short way is the same.

    :param service: the service.
    :param own: the class that the short way was made for, which the service's extends.
    """
    names = (*_METHODS, "secret_key")
    return (
        all(getattr(type(service), name) is getattr(own, name) for name in names)
        and not any(name in service.__dict__ for name in _METHODS)
        and all(_is_unpatched(cls, name) for cls in own.__mro__ for name in (*_METHODS, "__call__"))
        and service.request_class is Request
        and service.response_class is FlaskResponse
        and service.app_ctx_globals_class is _AppCtxGlobals
        and service.url_map.converters["default"] is Map.default_converters["default"]
        and not service.url_map.host_matching
        and not service.subdomain_matching
        and not _is_patched(service.session_interface)
    )


def _is_patched(interface: SessionInterface) -> bool:
    """Whether Flask's own interface of sessions was changed in place."""
    return type(interface) is SecureCookieSessionInterface and bool(vars(interface))


def _is_unpatched(cls: type, name: str) -> bool:
    """Whether a class's method, if it has one of that name, is of its own module."""
    method = vars(cls).get(name)
    return method is None or (
        isinstance(method, FunctionType) and method.__globals__ is vars(sys.modules[cls.__module__])
    )
