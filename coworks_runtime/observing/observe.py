"""How an extension is told of a service's calls."""

from __future__ import annotations

from .observed import Observed
from .watch import Observer, Watch


def observe(service: object, observer: Observer) -> None:
    """Tell an observer of every call of a service: when it came, and when it was answered.

    :param observer: its ``begin`` and its ``end`` get the call.
    :raises TypeError: for what is no service.
    """
    service = check_service(service, observer)
    if service._watch is None:  # noqa: SLF001 - no name of a service's own is to be in its way
        service._watch = Watch(service)  # noqa: SLF001
    service._watch.tell(observer)  # noqa: SLF001


def check_service(service: object, observer: Observer) -> Observed:
    """Refuse to observe what is no service.

    :raises TypeError: saying what it is.
    """
    if not isinstance(service, Observed):
        raise TypeError(
            f"{type(observer).__name__} takes a TechMicroService, "
            f"got an object of type {type(service).__name__}"
        )
    return service
