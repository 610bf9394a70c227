"""What the codecs of all event shapes have in common."""

from collections.abc import Callable
from typing import Any


class MalformedEvent(ValueError):
    """The event has the shape of an HTTP request, but a part of it makes no sense.

    The message names the part and the type found. It never holds the value: a body or a header
    may be secret.
    """


class Codec:
    """Translates one shape of event to WSGI and back.

    :param name: What the shape is called in messages.
    :param environ: ``(event, context)`` → a complete WSGI environ; raises :exc:`MalformedEvent`.
    :param payload: ``(event, status, headers, body)`` → what the function returns to Lambda.
        ``status`` is WSGI's, as ``"200 OK"``.
    :param authorizer: ``(event)`` → the context of the authorizer that let the event in, its
        values as strings; None where the event met no authorizer.
    """

    def __init__(
        self,
        name: str,
        environ: Callable[[dict[str, Any], object], dict[str, Any]],
        payload: Callable[[dict[str, Any], str, list[tuple[str, str]], bytes], dict[str, Any]],
        authorizer: Callable[[dict[str, Any]], dict[str, str] | None],
    ) -> None:
        self.name = name
        self.environ = environ
        self.payload = payload
        self.authorizer = authorizer
