"""Which method of a service takes an event that is no request."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from .errors import EventMethodError
from .on_event import EventMark, marked_methods, marks_of


class EventMethod(msgspec.Struct, frozen=True):
    """A method and one of its marks.

    :param name: the method's name, with the blueprint's before it.
    :param function: its name with its class, for errors.
    :param call: what is called with the event and the context.
    """

    name: str
    function: str
    mark: EventMark
    call: Callable[[Any, Any], Any]
    doc: str | None = None


class EventMethods:
    """The methods of a service and of its blueprints, by the events that they take.

    :param service: the service, whose methods are asked first.
    :raises EventMethodError: as :meth:`add`.
    """

    def __init__(self, service: object) -> None:
        self._all: list[EventMethod] = []
        self._owners: list[object] = []
        self.add(service)

    def add(self, owner: object, *, prefix: str = "") -> None:
        """Take in the methods of a service or of a blueprint, once.

        :param prefix: what is before the methods' names.
        :raises EventMethodError: for two methods that say the same of an event, or one that can't
            be called with it.
        """
        if any(known is owner for known in self._owners):
            return  # a blueprint may be registered several times, below several prefixes
        self._owners.append(owner)
        for name, function in marked_methods(owner):
            whole = f"{type(owner).__qualname__}.{name}"
            for mark in marks_of(function):
                self._refuse_equal(whole, mark)
                self._all.append(
                    EventMethod(prefix + name, whole, mark, getattr(owner, name), function.__doc__)
                )

    def _refuse_equal(self, function: str, mark: EventMark) -> None:
        for other in self._all:
            # Of several conditions the first that holds decides.
            if mark.when is None and other.mark == mark:
                raise EventMethodError(
                    f"{other.function} and {function} both have {mark}: which one is to take the "
                    "event? Make them one method, or tell them apart with detail_type= or when="
                )

    def __iter__(self) -> Iterator[EventMethod]:
        """The methods, in the order in which they were added."""
        return iter(self._all)

    def find(self, event: Any) -> EventMethod | None:
        """The method that takes an event: the one that says more of it; ``None`` without one.

        :param event: what the function was called with, of any type.
        """
        source, detail_type = kind_of(event)
        for kind in dict.fromkeys([(source, detail_type), (source, None), (None, None)]):
            rivals = [m for m in self._all if (m.mark.source, m.mark.detail_type) == kind]
            for method in sorted(rivals, key=lambda m: m.mark.when is None):
                if method.mark.when is None or _holds(method, event):
                    return method
        return None


def _holds(method: EventMethod, event: Any) -> bool:
    try:
        return bool(method.mark.when and method.mark.when(event))
    except Exception as error:
        error.add_note(
            f"(raised by the when= of {method.function}, asked whether it takes an event)"
        )
        raise


def _service_of(arn: object) -> str | None:
    """The service of an ARN, as records name it: ``aws:kinesis``."""
    parts = arn.split(":") if isinstance(arn, str) else []
    return f"aws:{parts[2]}" if len(parts) > 2 else None


def kind_of(event: Any) -> tuple[str | None, str | None]:
    """The source and the detail type of an event, as far as it tells them.

    https://docs.aws.amazon.com/lambda/latest/dg/lambda-services.html

    :param event: what the function was called with, of any type.
    """
    told: Any = event
    if isinstance(event, dict) and isinstance(event.get("Records"), list):
        # A stream's last event of a window may have no records, and names the stream itself.
        told = event["Records"] or {"eventSource": _service_of(event.get("eventSourceARN"))}
    if isinstance(told, list):
        # The records of an event are all of one source. EventBridge Pipes send them bare.
        told = told[0] if told else None
    if not isinstance(told, dict):
        return None, None
    # In this spelling by SNS alone.
    source = told.get("eventSource") or told.get("EventSource")
    if isinstance(source, str):
        return source, None
    source, detail_type = told.get("source"), told.get("detail-type")
    if not isinstance(source, str) or not source:
        return None, None
    return source, detail_type if isinstance(detail_type, str) else None
