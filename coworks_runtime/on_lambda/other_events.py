"""Events that are no requests: API Gateway's of its authorizer, and those of ``@on_event``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from coworks_runtime import events
from coworks_runtime.authorization.authorize import AuthorizerRefusal, answer_authorizer_event
from coworks_runtime.errors import UnknownEventError
from coworks_runtime.event_methods import kind_of
from coworks_runtime.event_signals import event_finished, event_started
from coworks_runtime.events.token import is_authorizer_event

if TYPE_CHECKING:
    from .protocol import LambdaService


def answer_event(service: LambdaService, event: Any, context: Any) -> Any:
    """Answer API Gateway's authorizer, or call the method that takes an event.

    Its exceptions are logged as a request's are, and go out to Lambda, which tries again or
    hands the event on as the function's configuration says.

    :return: the authorizer's policy, or what the method returns.
    :raises UnknownEventError: where none takes it.
    """
    request_id = getattr(context, "aws_request_id", None)
    where = f" (request {request_id})" if request_id else ""
    if is_authorizer_event(event):
        try:
            return answer_authorizer_event(service, event)
        except AuthorizerRefusal:
            raise
        except Exception:
            service.logger.exception("Exception on a question of the authorizer%s", where)
            raise
    method = service.event_methods.find(event)
    if method is None:
        raise UnknownEventError(_unknown(service, event))
    with service.app_context():
        event_started.send(service, name=method.name)
        error: BaseException | None = None
        try:
            return service.ensure_sync(method.call)(event, context)
        except Exception as raised:
            error = raised
            service.logger.exception(
                "Exception on an event of %s, in %s%s",
                kind_of(event)[0] or "an unnamed source",
                method.function,
                where,
            )
            raise
        finally:
            event_finished.send(service, exception=error)


def _unknown(service: LambdaService, event: Any) -> str:
    """What was asked of the service; of the event only where it comes from."""
    source, detail_type = kind_of(event)
    if source is None:
        return (
            f"{service.name} can't answer this event: {events.EXPECTED} It names no source: a method "
            "with @on_event(when=lambda event: ...) can take it."
        )
    kind = f"{source!r}" if detail_type is None else f"{source!r}, {detail_type!r}"
    known = ", ".join(f"{m.function} {m.mark}" for m in service.event_methods)
    return (
        f"{service.name} can't answer this event ({kind}): no method takes it (there are: "
        f"{known or 'none'}); mark one with @on_event({source!r}). {events.EXPECTED}"
    )
