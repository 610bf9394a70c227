"""An event that API Gateway has sent without waiting: nobody reads the answer, failures go out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import got_request_exception

from coworks_runtime.background import ASYNCHRONOUS_KEY, tell
from coworks_runtime.errors import BackgroundError
from coworks_runtime.wrappers import EVENT_KEY, REQUEST_ID_KEY

from .wsgi_way import call_wsgi

if TYPE_CHECKING:
    from .protocol import LambdaService


def call_asynchronously(
    service: LambdaService, environ: dict[str, Any]
) -> tuple[str, list[tuple[str, str]], bytes]:
    """Do the work of a request whose caller has been answered.

    A request that can't be answered, with a wrong value say, is logged and dropped: to try again
    wouldn't help.

    :return: what the entry answers, for the destination of successes if there is one.
    :raises Exception: what the work raised, so that Lambda tries again.
    :raises BackgroundError: where it answered with a server error.
    """
    failures: list[BaseException] = []

    def remember(_service: Any, exception: BaseException, **_extra: Any) -> None:
        failures.append(exception)

    environ[ASYNCHRONOUS_KEY] = True
    environ[REQUEST_ID_KEY] = environ[EVENT_KEY]["requestContext"].get("requestId")
    with got_request_exception.connected_to(remember, service):
        status, headers, body = call_wsgi(service, environ)
    failed = tell(service, environ, int(status[:3]), body)
    if failed is not None:
        raise failures[-1] if failures else BackgroundError(failed)
    return status, headers, body
