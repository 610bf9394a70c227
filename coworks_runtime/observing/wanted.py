"""Which services are observed: none of what does it is imported for the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coworks_runtime import environment
from coworks_runtime.authorization.authorize import check_header
from coworks_runtime.errors import ServiceError

if TYPE_CHECKING:
    from .protocol import ObservedService
    from .watch import Watch


def watch_of(service: ObservedService, *, access_log: bool) -> Watch | None:
    """What surrounds a service's calls; ``None`` where nothing asks for it.

    :param access_log: whether it logs a line a request.
    :raises EnvironmentVariableError: for a format of logs that there isn't.
    :raises ServiceError: for a ``correlation_header`` that can't be one.
    """
    log_format = environment.log_format()
    header = service.correlation_header
    if log_format is None and header is None and not access_log:
        return None
    import logging

    if header is not None:
        _check_header(service, header)

    from .watch import Watch

    watch = Watch(service)
    is_local = not environment.on_lambda()
    if log_format is not None:
        from .logs.fields import complete_records
        from .logs.libraries import keep_secrets_out
        from .threads import hand_on_calls

        if is_local:
            from .logs.local import write_here

            write_here(log_format)
        complete_records(logging.getLogger())
        keep_secrets_out()
        hand_on_calls()
    if access_log:
        from .logs.access import AccessLog

        watch.tell(AccessLog())
        if is_local and log_format is not None:
            from .logs.local import leave_out_request_lines

            leave_out_request_lines()
    return watch


def _check_header(service: ObservedService, header: str) -> None:
    name = type(service).__qualname__
    check_header(name, header, "correlation_header")
    if header.lower() == service.authorization_header.lower():
        raise ServiceError(
            f"correlation_header = {header!r} of {name}: must be another one than "
            "authorization_header, whose value is never logged"
        )
