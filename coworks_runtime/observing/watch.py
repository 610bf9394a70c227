"""What surrounds the calls of an observed service; a service that isn't has none of it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext
from time import perf_counter_ns
from typing import TYPE_CHECKING, Any, Protocol

from coworks_runtime.event_signals import event_started
from coworks_runtime.routing.url_map import NO_ROUTE
from coworks_runtime.wrappers import CONTEXT_KEY

from .call import Call, current_call, start

if TYPE_CHECKING:
    from .protocol import ObservedService

_Told = Callable[[Call], None]
_FAILED = "What observes the service failed; the request was answered"
_logger = logging.getLogger(__name__)
_get_call, _set_call, _reset_call = current_call.get, current_call.set, current_call.reset


class Observer(Protocol):
    """Who is told of every call: its ``begin``, where it has one, and its ``end``.

    Where it has a ``go_on``, that is told of a call whose handler returns while the answer is still
    to be sent piece by piece.
    """

    def end(self, call: Call) -> None:
        """A call was answered, or failed."""


class Watch:
    """Makes a :class:`~.call.Call` of each call, and tells its observers.

    :param service: the service that is called.
    """

    def __init__(self, service: ObservedService) -> None:
        self._service = service
        self._begins: tuple[_Told, ...] = ()
        self._ends: tuple[_Told, ...] = ()
        self._goes_on: tuple[_Told, ...] = ()
        event_started.connect(self._take_event, service, weak=False)
        start.go_on()

    def tell(self, observer: Observer) -> None:
        """Tell an observer of all calls from now on. Who comes last begins last and ends first."""
        self._ends = (observer.end, *self._ends)
        begin: _Told | None = getattr(observer, "begin", None)
        if begin is not None:
            self._begins = (*self._begins, begin)
        go_on: _Told | None = getattr(observer, "go_on", None)
        if go_on is not None:
            self._goes_on = (go_on, *self._goes_on)
        start.go_on()

    def meet(self, request: Any) -> None:
        """Take note of the request that the current call has become."""
        call = _get_call()
        if call is not None and call.service is self._service:
            call.request = request

    def watches(self) -> bool:
        """Whether the current call is one of this service already, and not one it is mounted in."""
        call = _get_call()
        return call is not None and call.service is self._service

    def _take_event(self, service: Any, name: str, **_extra: Any) -> None:
        """Take note of the method that takes the current call's event."""
        call = current_call.get()
        if call is not None and call.service is service:
            call.event_method = name

    def event(self, handle: Callable[[Any, Any, Any], Any], event: Any, context: Any) -> Any:
        """Let a service answer an event.

        :param handle: what answers, of service, event and context.
        """
        service = self._service
        call = Call()
        call.service, call.event, call.context = service, event, context
        call.started = perf_counter_ns()
        if start.is_ahead:
            start.meet(call)
        token = _set_call(call)
        try:
            if self._begins:
                _tell(self._begins, call)
            payload = handle(service, event, context)
            if isinstance(payload, dict):
                call.status = status = payload.get("statusCode")
                if status is not None and service.correlation_header is not None:
                    _answer_back(payload, service.correlation_header, call.correlation_id)
                if type(payload) is not dict and self._follow(call, payload):
                    return payload
        except BaseException as error:
            call.error = error
            self._end(call)
            raise
        else:
            for end in self._ends:  # not _tell: a function more is noticed by each invocation
                try:
                    end(call)
                except Exception:
                    _logger.exception(_FAILED)
            call.has_ended = True
            return payload
        finally:
            _reset_call(token)

    def _follow(self, call: Call, payload: Any) -> bool:
        """Have a call go on while its answer is sent piece by piece; tell whether it is."""
        pieces = getattr(payload, "pieces", None)
        if pieces is None:
            return False
        close = payload.close
        payload.pieces = body = _Body(pieces, call, self._end, close)
        payload.close = body.close
        _tell(self._goes_on, call)
        return True

    def wsgi(
        self,
        app: Callable[..., Iterable[bytes]],
        environ: dict[str, Any],
        start_response: Callable[..., Any],
    ) -> Iterable[bytes]:
        """Let a service answer a WSGI server.

        :param app: what answers.
        """
        call = Call()
        call.service, call.environ = self._service, environ
        call.context = environ.get(CONTEXT_KEY)
        call.started = perf_counter_ns()
        start.meet(call)
        name = self._service.correlation_header

        def begin_answer(status: str, headers: list[tuple[str, str]], *exc_info: Any) -> Any:
            call.status = int(status[:3])
            if name is not None and all(key.lower() != name.lower() for key, _ in headers):
                headers = [*headers, (name, call.correlation_id)]
            return start_response(status, headers, *exc_info)

        token = current_call.set(call)
        try:
            _tell(self._begins, call)
            body = app(environ, begin_answer)
            _tell(self._goes_on, call)
        except BaseException as error:
            call.error = error
            self._end(call)
            raise
        finally:
            current_call.reset(token)
        return _Body(body, call, self._end, getattr(body, "close", None))

    def _end(self, call: Call) -> None:
        if not call.has_ended:
            _tell(self._ends, call)
            call.has_ended = True


def _tell(told: tuple[_Told, ...], call: Call) -> None:
    """Tell observers: what fails there is no failure of the call."""
    for tell in told:
        try:
            tell(call)
        except Exception:
            _logger.exception(_FAILED)


class _Body:
    """A WSGI body whose parts are made within their call, which ends with it."""

    def __init__(
        self,
        body: Iterable[bytes],
        call: Call,
        end: Callable[[Call], None],
        close: Callable[[], Any] | None,
    ) -> None:
        self._body = body
        self._close = close
        self._parts: Iterator[bytes] | None = None
        self._call = call
        self._end = end

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        token = current_call.set(self._call)
        try:
            if self._parts is None:
                self._parts = iter(self._body)
            with (self._call.around_pieces or nullcontext)():
                return next(self._parts)
        except StopIteration:
            # All is sent: a server closes the body now, and a test's client may never.
            self._finish()
            raise
        except BaseException as error:
            # It is over, though a server whose client is gone may never close it.
            self._fail(error)
            self._end(self._call)
            raise
        finally:
            current_call.reset(token)

    def _fail(self, error: BaseException) -> None:
        """Tell what broke it off, with the call's fields: the server's own words are no part of it."""
        call = self._call
        call.error = error
        if isinstance(error, Exception):
            told = (call.method, call.route or NO_ROUTE)
            _logger.error("Exception in the answer to %s %s", *told, exc_info=error)

    def close(self) -> None:
        """Close the body."""
        token = current_call.set(self._call)
        try:
            self._finish()
        finally:
            current_call.reset(token)

    def _finish(self) -> None:
        """Do what the body does at its end, which is a part of its call still."""
        close, self._close = self._close, None
        try:
            if close is not None:
                with (self._call.around_pieces or nullcontext)():
                    close()
        finally:
            self._end(self._call)


def _answer_back(payload: dict[str, Any], name: str, value: str) -> None:
    """Put a header into a payload that hasn't got it."""
    for key, header in (("multiValueHeaders", [value]), ("headers", value)):
        headers = payload.get(key)
        if isinstance(headers, dict):
            if name not in headers and name.lower() not in map(str.lower, headers):
                payload[key] = {**headers, name: header}
            return
