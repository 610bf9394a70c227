"""Tracing with AWS X-Ray: one subsegment a request.

This is the only module that knows the X-Ray SDK, and it imports it as late as it can. On Lambda
the segment of an invocation belongs to Lambda and can't be changed, so what a request did is told
by a subsegment below it; the subsegments of calls that the request makes hang below that one.

https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html
"""

from __future__ import annotations

import os
from functools import wraps
from importlib.util import find_spec
from inspect import iscoroutinefunction
from traceback import extract_tb
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, cast

from flask import g, got_request_exception, request, request_finished, request_started

from coworks_runtime.environment import on_lambda, stage
from coworks_runtime.event_signals import event_finished, event_started

if find_spec("aws_xray_sdk") is None:
    raise ImportError(
        "XRay needs the package aws-xray-sdk, which isn't installed: pip install aws-xray-sdk "
        "(and name it in the service's requirements file, so that it is deployed too)",
        name="aws_xray_sdk",
    )

import aws_xray_sdk  # its switch alone

if TYPE_CHECKING:
    from collections.abc import Callable

    from aws_xray_sdk.core import AWSXRayRecorder
    from aws_xray_sdk.core.models.subsegment import Subsegment
    from flask import Flask, Response

_Parameters = ParamSpec("_Parameters")
_Result = TypeVar("_Result")

_TRACE_VARIABLE = "_X_AMZN_TRACE_ID"
_SUBSEGMENT = "_coworks_xray_subsegment"
_NO_ENTRY = "no entry"
_STACK_DEPTH = 10


class XRay:
    """Traces the requests of a microservice that runs on Lambda with active tracing.

    Each sampled request is a subsegment named after its entry (``"no entry"`` where none answers)
    that tells method, URL without its query, status and exception, with the annotations
    ``service``, ``stage`` and ``entry``; each event that is none, one named after the method that
    takes it. Bodies, headers and tokens are never part of it.

    Elsewhere it registers nothing, and switches the SDK off so that what the service captures or
    patches itself does nothing and warns about nothing; the SDK's own environment variable
    ``AWS_XRAY_SDK_ENABLED`` wins over that, and switches it off on Lambda too.

    .. code-block:: python

        app = MyService()
        XRay(app, xray_recorder)

    :param app: the microservice.
    :param recorder: the SDK's ``xray_recorder``.
    :param name: what the annotation ``service`` says; by default the service's name.
    """

    def __init__(self, app: Flask, recorder: AWSXRayRecorder, name: str | None = None) -> None:
        self._recorder = recorder
        self._name = name
        if not on_lambda():
            _switch_off()
            return
        # Sent before the token is checked, so that this is part of the request's time.
        request_started.connect(self._begin, app, weak=False)
        got_request_exception.connect(self._failed, app, weak=False)
        # Sent for refused requests too, which no hook sees.
        request_finished.connect(self._answered, app, weak=False)
        # These functions are called in the opposite order of their list: last of all.
        app.teardown_request_funcs.setdefault(None, []).insert(0, self._end)
        event_started.connect(self._begin_event, app, weak=False)
        event_finished.connect(self._end_event, app, weak=False)

    @staticmethod
    def capture(
        recorder: AWSXRayRecorder,
    ) -> Callable[[Callable[_Parameters, _Result]], Callable[_Parameters, _Result]]:
        """Makes the calls of a function subsegments that are named after it.

        .. code-block:: python

            @XRay.capture(xray_recorder)
            def compute(value): ...

        A function, a method or a coroutine function. Where nothing is traced it is called
        plainly. Its arguments and its result are never recorded, an exception is.

        :param recorder: the SDK's ``xray_recorder``.
        """

        def decorator(
            function: Callable[_Parameters, _Result],
        ) -> Callable[_Parameters, _Result]:
            if not on_lambda():
                return function
            name = getattr(function, "__name__", type(function).__name__)
            if iscoroutinefunction(function):
                return cast(
                    "Callable[_Parameters, _Result]", _captured_coroutine(recorder, name, function)
                )

            @wraps(function)
            def captured(*args: _Parameters.args, **kwargs: _Parameters.kwargs) -> _Result:
                if not _sampled():
                    return function(*args, **kwargs)
                with recorder.in_subsegment(name):
                    return function(*args, **kwargs)

            return captured

        return decorator

    def _begin(self, app: Flask, **_extra: Any) -> None:
        # On a path that no entry has, there is no endpoint.
        subsegment = self._begin_subsegment(app, request.endpoint or _NO_ENTRY)
        if subsegment is None:
            return
        subsegment.put_http_meta("method", request.method)
        # Without the query, where callers may put what is nobody else's business.
        subsegment.put_http_meta("url", request.base_url)

    def _begin_event(self, app: Flask, name: str, **_extra: Any) -> None:
        self._begin_subsegment(app, name)

    def _end_event(self, app: Flask, exception: Exception | None, **_extra: Any) -> None:
        if exception is not None:
            self._failed(app, exception)
        self._end()

    def _begin_subsegment(self, app: Flask, name: str) -> Subsegment | None:
        if not _sampled():
            return None
        _leave_other_invocations(self._recorder)
        subsegment = self._recorder.begin_subsegment(name)
        if subsegment is None:
            return None
        setattr(g, _SUBSEGMENT, subsegment)
        subsegment.put_annotation("service", self._name or app.name)
        subsegment.put_annotation("stage", stage())
        subsegment.put_annotation("entry", name)
        return subsegment

    @staticmethod
    def _answered(_app: Flask, response: Response, **_extra: Any) -> None:
        if subsegment := _open_subsegment():
            subsegment.put_http_meta("status", response.status_code)

    @staticmethod
    def _failed(_app: Flask, exception: Exception, **_extra: Any) -> None:
        if subsegment := _open_subsegment():
            # The innermost calls: the outer ones are the same for every request.
            stack = extract_tb(exception.__traceback__, limit=-_STACK_DEPTH)
            subsegment.add_exception(exception, stack)

    def _end(self, _exception: BaseException | None = None) -> None:
        subsegment: Subsegment | None = g.pop(_SUBSEGMENT, None)
        if subsegment is None:
            return
        # What the service began and didn't end hangs below the request and ends with it.
        while self._recorder.current_subsegment() not in {None, subsegment}:
            self._recorder.end_subsegment()
        if self._recorder.current_subsegment() is subsegment:
            self._recorder.end_subsegment()


def _sampled() -> bool:
    """Whether this invocation is traced: Lambda sets the variable anew for each one.

    Nothing is where the SDK is switched off: it has a new stand-in for each subsegment asked for.
    """
    return (
        "Sampled=1" in os.environ.get(_TRACE_VARIABLE, "")
        and aws_xray_sdk.global_sdk_config.sdk_enabled()
    )


def _open_subsegment() -> Subsegment | None:
    """The request's subsegment, unless the service has ended it itself."""
    subsegment: Subsegment | None = g.get(_SUBSEGMENT)
    return subsegment if subsegment is not None and subsegment.in_progress else None


def _switch_off() -> None:
    aws_xray_sdk.global_sdk_config.set_sdk_enabled(value=False)


def _leave_other_invocations(recorder: AWSXRayRecorder) -> None:
    """Drops a segment that belongs to an earlier invocation.

    The SDK makes a new one for a new trace only. Where one trace calls the function twice, the
    second call would hang below the first.
    """
    segment_id = getattr(recorder.current_segment(), "id", None)
    if f"Parent={segment_id}" not in os.environ.get(_TRACE_VARIABLE, ""):
        recorder.clear_trace_entities()


def _captured_coroutine(
    recorder: AWSXRayRecorder, name: str, function: Callable[..., Any]
) -> Callable[..., Any]:
    @wraps(function)
    async def captured(*args: Any, **kwargs: Any) -> Any:
        if not _sampled():
            return await function(*args, **kwargs)
        with recorder.in_subsegment(name):
            return await function(*args, **kwargs)

    return captured
