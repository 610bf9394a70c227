"""The ``@on_event`` decorator, and what it tells of a method."""

from __future__ import annotations

from collections.abc import Callable
from inspect import Parameter, isfunction, signature
from typing import Any, TypeVar

import msgspec

from .entry import hidden_marked, hider_of, options_of
from .errors import EventMethodError

_MARK = "_coworks_events"
_F = TypeVar("_F", bound=Callable[..., Any])
_POSITIONAL = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)


class EventMark(msgspec.Struct, frozen=True):
    """Which events a method takes: what one ``@on_event`` was told."""

    source: str | None
    detail_type: str | None
    when: Callable[[Any], Any] | None

    def __str__(self) -> str:
        """The mark, as it is written."""
        told = [] if self.source is None else [repr(self.source)]
        if self.detail_type is not None:
            told.append(f"detail_type={self.detail_type!r}")
        if self.when is not None:
            told.append("when=...")
        return f"@on_event({', '.join(told)})"


def on_event(
    source: str | None = None,
    /,
    *,
    detail_type: str | None = None,
    when: Callable[[Any], Any] | None = None,
) -> Callable[[_F], _F]:
    """Make a method of a service or of a blueprint take events that are no requests.

    The function that is the service is called with such an event by what it is a target of: a
    queue, a schedule, a bucket. The method is called with the event and the Lambda context, and
    what it returns is the function's answer, as it is. Its exceptions go out to Lambda.

    Of the methods that could take an event the one that says more of it does. It may be marked
    several times.

    :param source: where the event comes from: the records' ``eventSource`` (``"aws:sqs"``,
        ``"aws:s3"``, ``"aws:kinesis"``, ``"aws:dynamodb"``, ``"aws:sns"``), or the ``source`` of
        an event of EventBridge (``"aws.events"`` for its schedules). By default any, and ``when``
        is asked where no method with a source takes it.
    :param detail_type: the ``detail-type`` of EventBridge's event; by default any.
    :param when: is asked with the event whether the method takes it, in the order in which the
        methods are written, a service's own first; by default it takes all.
    :raises EventMethodError: when neither a source nor a condition is given, or one is of a wrong
        type.
    """
    mark = EventMark(_name("source", source), _name("detail_type", detail_type), when)
    if when is not None and not callable(when):
        raise EventMethodError(
            f"@on_event(when={when!r}): must be a function of the event: lambda event: ..."
        )
    if source is None and (when is None or detail_type is not None):
        raise EventMethodError(
            f'{mark}: name the source, @on_event("aws:sqs"), or a condition alone, '
            "@on_event(when=lambda event: ...)"
        )
    if source is not None and source.startswith("aws:") and detail_type is not None:
        raise EventMethodError(
            f"{mark}: records have no detail type, only events of EventBridge have one "
            "(their sources are written 'aws.events', 'aws.s3', 'my.shop')"
        )

    def decorate(target: _F) -> _F:
        if not isfunction(target):
            raise EventMethodError(
                f"{mark} marks methods, not {target!r}: write it next to the def"
            )
        # Decorators are applied from the lowest on.
        setattr(target, _MARK, (mark, *marks_of(target)))
        return target

    return decorate


def marks_of(function: object) -> tuple[EventMark, ...]:
    """The marks of a function, in the order in which they are written; none without one."""
    marks: tuple[EventMark, ...] = getattr(function, _MARK, ())
    return marks


def _name(parameter: str, value: object) -> str | None:
    if value is None or (isinstance(value, str) and value):
        return value
    raise EventMethodError(f"@on_event({parameter}={value!r}): must be a name, or left out")


def marked_methods(owner: object) -> list[tuple[str, Callable[..., Any]]]:
    """The methods of an object that ``@on_event`` marks, by name, in the order of their definition.

    :param owner: a service or a blueprint.
    :raises EventMethodError: for a method that is an entry too, or can't be called with an event
        and a context.
    """
    cls = type(owner)
    attributes = {k: v for c in reversed(cls.__mro__) for k, v in vars(c).items()}
    hidden = hidden_marked(cls, attributes, marks_of)
    if hidden is not None:
        name, attribute = hidden
        raise EventMethodError(
            f"{cls.__qualname__}.{name} {hider_of(attribute)}: @on_event marks methods whose first "
            "parameter is self, leave out what stands above it, or use functools.wraps there"
        )
    found = []
    for name, function in attributes.items():
        if marks_of(function):
            _check(f"{cls.__qualname__}.{name}", function)
            found.append((name, function))
    return found


def _check(name: str, function: Callable[..., Any]) -> None:
    mark = marks_of(function)[0]
    if options_of(function) is not None:
        raise EventMethodError(f"{name} has {mark} and @entry: make them two methods")
    parameters = signature(function).parameters.values()
    positional = [p for p in parameters if p.kind in _POSITIONAL]
    takes = any(p.kind is Parameter.VAR_POSITIONAL for p in parameters) or len(positional) >= 3
    needed = [p.name for p in positional[3:] if p.default is Parameter.empty]
    needed += [
        p.name
        for p in parameters
        if p.kind is Parameter.KEYWORD_ONLY and p.default is Parameter.empty
    ]
    if not takes or needed:
        raise EventMethodError(
            f"{name}: {mark} calls it with the event and the Lambda context, and it is "
            f"{name.rpartition('.')[2]}{signature(function)}; allowed: (self, event, context)"
        )
