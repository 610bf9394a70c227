"""One call of a service: what is known of it while it is answered, and after."""

from __future__ import annotations

import os
from contextvars import ContextVar
from time import perf_counter_ns
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from coworks_runtime.routing.naming import from_werkzeug
from coworks_runtime.wrappers import REQUEST_ID_KEY

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from .protocol import ObservedService

_TRACE_VARIABLE = "_X_AMZN_TRACE_ID"
_TRACE_HEADER = "X-Amzn-Trace-Id"
_MAX_CORRELATION = 128
_CORRELATION_SIGNS = frozenset("-_.:/+=@")


class Call:
    """A call of a service: a request, an authorizer's question, any other event.

    It has no constructor of its own: most calls are never asked for anything, and to set what is
    known is quicker.
    """

    service: ObservedService
    """The service that answers."""
    started: int
    """When it came, of :func:`time.perf_counter_ns`."""
    event: Any = None
    """The Lambda event, ``None`` where a WSGI server calls."""
    context: Any = None
    """The Lambda context."""
    environ: dict[str, Any] | None = None
    """The WSGI environ, where a WSGI server calls."""
    request: Any = None
    """Flask's request, from when there is one."""
    status: int | None = None
    """The answer's HTTP status, from when it is known."""
    error: BaseException | None = None
    """What was raised, and answered by nobody."""
    event_method: str | None = None
    """The method that takes it, of an event that is no request."""
    is_told = False
    """Whether a line has been made of it, so that nothing gets there any more."""
    has_ended = False
    is_cold = False
    """Whether it is the first of a process that was started for it."""
    around_pieces: Callable[[], AbstractContextManager[object]] | None = None
    """What each further piece of its answer is to be made within, where that is anything."""
    kept: dict[object, Any] | None = None
    """What observers have kept of it."""
    _correlation_id: str | None = None
    _fields: dict[str, Any] | None = None
    _request_id: str | None = None
    _trace: str | None = None

    @property
    def trace(self) -> str | None:
        """What X-Ray's header says of the call's trace, where Lambda has told it.

        Lambda sets it anew for each call: after its end, it would be another one's.
        """
        if self._trace is None and not self.has_ended:
            self._trace = os.environ.get(_TRACE_VARIABLE)
        return self._trace

    def keep(self, observer: object, thing: Any) -> None:
        """Keep what an observer has of the call."""
        if self.kept is None:
            self.kept = {}
        self.kept[observer] = thing

    def kept_by(self, observer: object) -> Any:
        """What an observer has kept of the call, ``None`` where that is nothing."""
        return None if self.kept is None else self.kept.get(observer)

    @property
    def milliseconds(self) -> float:
        """How long ago it came."""
        return (perf_counter_ns() - self.started) / 1_000_000

    @property
    def endpoint(self) -> str | None:
        """The entry that answers, or the method that takes the event; ``None`` without any."""
        endpoint: str | None = getattr(self.request, "endpoint", None) or self.event_method
        return endpoint

    @property
    def route(self) -> str | None:
        """The route that was met, with the names of its variables: ``/orders/{id}``."""
        rule = getattr(self.request, "url_rule", None)
        return None if rule is None else from_werkzeug(rule.rule)

    @property
    def method(self) -> str | None:
        """The HTTP method, ``None`` where it is no request."""
        if self.request is not None:
            return str(self.request.method)
        if self.environ is not None:
            return str(self.environ.get("REQUEST_METHOD"))
        if not isinstance(self.event, dict):
            return None
        method = self.event.get("httpMethod")
        if method is None:
            http = self._part("requestContext").get("http")
            method = http.get("method") if isinstance(http, dict) else None
        return method if isinstance(method, str) else None

    @property
    def request_id(self) -> str:
        """Lambda's id of the call; one of its own where Lambda has none.

        Here it is the one that the request has for its entry, and that a caller is told.
        """
        if self._request_id is None:
            given = getattr(self.context, "aws_request_id", None)
            if given is None and self.environ is not None:
                given = self.environ.setdefault(REQUEST_ID_KEY, str(uuid4()))
            self._request_id = str(given or uuid4())
        return self._request_id

    @property
    def trace_id(self) -> str | None:
        """X-Ray's id of the call's trace, of what Lambda or the caller says."""
        for part in (self.trace or self.header(_TRACE_HEADER) or "").split(";"):
            name, _, value = part.partition("=")
            if name.strip() == "Root" and _is_plain(value):
                return value
        return None

    @property
    def correlation_id(self) -> str:
        """What the caller's correlation header says, else the request's id.

        A value that is no plain text of up to 128 letters, digits and signs isn't taken: it goes
        into logs and is answered back.
        """
        if self._correlation_id is None:
            name = self.service.correlation_header
            given = self.header(name) if name else None
            self._correlation_id = given if given and _is_plain(given) else self.request_id
        return self._correlation_id

    def header(self, name: str, *, is_list: bool = False) -> str | None:
        """The value of a header of the caller's.

        :param is_list: whether several are one list, with commas between them; else it is the first
            of several.
        """
        if self.environ is not None:
            value = self.environ.get("HTTP_" + name.upper().replace("-", "_"))
            return value if isinstance(value, str) else None
        wanted, length = name.lower(), len(name)
        for headers in (self._part("multiValueHeaders"), self._part("headers")):
            for key, value in headers.items():
                if len(key) == length and key.lower() == wanted:
                    if is_list and isinstance(value, list):
                        return ",".join(one for one in value if isinstance(one, str))
                    first = value[0] if isinstance(value, list) and value else value
                    return first if isinstance(first, str) else None
        return None

    @property
    def fields(self) -> dict[str, Any]:
        """What a log record tells of the call, but for what changes while it is answered."""
        is_known = self.request is not None or self.event_method is not None
        if self._fields is None or (is_known and "entry" not in self._fields):
            fields: dict[str, Any] = {"service": self.service.name, "stage": self.service.stage}
            method = self.method
            if method is not None:
                fields["method"] = method
            if is_known:
                fields |= {"entry": self.endpoint, "route": self.route}
            fields["coldStart"] = self.is_cold
            fields["traceId"] = self.trace_id
            fields["correlationId"] = self.correlation_id
            self._fields = fields
        return self._fields

    def _part(self, name: str) -> dict[str, Any]:
        part = self.event.get(name) if isinstance(self.event, dict) else None
        return part if isinstance(part, dict) else {}


class _Start:
    """The start of the process, as its calls meet it."""

    kind = os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE")
    # Lambda started it before anybody waited.
    # https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
    is_ahead = kind not in {"provisioned-concurrency", "lambda-managed-instances"}
    """Whether the first call, which has waited for it, is still to come."""
    last_made = 0
    """When a service was made, or observed, most lately; of :func:`time.perf_counter_ns`."""

    def go_on(self) -> None:
        """Take note that something is made: what comes after it is idle time."""
        self.last_made = perf_counter_ns()

    def meet(self, call: Call) -> None:
        """Take note that a call has come, which is the first one where none has."""
        if self.is_ahead:
            self.is_ahead = False
            call.is_cold = self._is_waited_for()

    def _is_waited_for(self) -> bool:
        """Whether a call that comes now has waited.

        Lambda starts processes in advance of its own accord, too, and says of these what it says
        of others. Where somebody waits, the call comes as soon as the service can take it.
        https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
        """
        return self.kind != "on-demand" or perf_counter_ns() - self.last_made < _LONGEST_START


_LONGEST_START = 10_000_000_000
"""Nanoseconds that a start lasts at most."""

start = _Start()


current_call: ContextVar[Call | None] = ContextVar("coworks_runtime.current_call", default=None)
"""The call that is being answered here, ``None`` outside of one."""


def _is_plain(text: str) -> bool:
    return (
        0 < len(text) <= _MAX_CORRELATION
        and text.isascii()
        and all(sign.isalnum() or sign in _CORRELATION_SIGNS for sign in text)
    )
