"""Records that tell the call they belong to, whoever logs them: the service or a library."""

from __future__ import annotations

import logging

from coworks_runtime.observing.call import current_call

from .whole_lines import write_whole_lines


class CallFields(logging.Filter):
    """Puts what is known of the current call on each record that a handler writes.

    Lambda's own formatter writes the attributes of a record as fields of its JSON, those that
    ``extra`` gives among them. Where ``extra`` has a field of the same name, it wins.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record pass, and complete it."""
        call = current_call.get()
        if call is not None:
            attributes = record.__dict__
            # Lambda's id is that of its current call; a thread may log for an earlier one.
            attributes["aws_request_id"] = call.request_id
            for name, value in call.fields.items():
                attributes.setdefault(name, value)
            if call.status is not None:
                attributes.setdefault("status", call.status)
            attributes.setdefault("durationMs", round(call.milliseconds, 3))
        return True


def complete_records(logger: logging.Logger) -> None:
    """Have the handlers of a logger write what is known of the current call, once each.

    Lambda's own writes each record as a whole line.
    """
    for handler in logger.handlers:
        if not any(isinstance(given, CallFields) for given in handler.filters):
            handler.addFilter(CallFields())
            write_whole_lines(handler)
