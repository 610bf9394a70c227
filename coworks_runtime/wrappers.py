"""Flask's request with what Lambda and the authorizer add."""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO, Any

from flask import Request as FlaskRequest
from werkzeug.exceptions import BadRequest
from werkzeug.formparser import FormDataParser

EVENT_KEY = "coworks.aws_event"
CONTEXT_KEY = "coworks.aws_context"
AUTHORIZER_KEY = "coworks.authorizer"
REQUEST_ID_KEY = "coworks.request_id"


class Request(FlaskRequest):
    """A request, the same whether it came over HTTP or in a Lambda event."""

    authorizer: Mapping[str, str] = {}
    """The caller's context: what ``token_authorizer`` returned as a mapping, values as strings.
    Empty where there was none."""

    refused: bool = False
    """Whether the token kept the request from its entry, as API Gateway's authorizer would."""

    is_preflight: bool = False
    """Whether it is a browser's question before a request, which API Gateway would answer."""

    is_answered_first: bool = False
    """Whether it was answered before its entry is called, as API Gateway would."""

    @property
    def was_answered(self) -> bool:
        """Whether it has its answer without the function, as API Gateway would give it."""
        return self.refused or self.is_preflight or self.is_answered_first

    @property
    def request_id(self) -> str:
        """The request's id: API Gateway's, else Lambda's, else one of its own.

        Of a background entry, it is the one that its caller was told.
        """
        event = self.aws_event
        told = event.get("requestContext") if event else None
        found = told.get("requestId") if isinstance(told, dict) else None
        found = found or getattr(self.aws_context, "aws_request_id", None)
        if not isinstance(found, str):
            from uuid import uuid4  # events have an id

            found = self.environ.setdefault(REQUEST_ID_KEY, str(uuid4()))
        return str(found)

    @property
    def aws_event(self) -> dict[str, Any] | None:
        """The Lambda event, ``None`` locally."""
        event: dict[str, Any] | None = self.environ.get(EVENT_KEY)
        return event

    @property
    def aws_context(self) -> Any:
        """The Lambda context, ``None`` locally."""
        return self.environ.get(CONTEXT_KEY)

    @property
    def authorizer_context(self) -> Mapping[str, str] | None:
        """What the authorizer that let the event in has said, ``None`` where it met none."""
        context: Mapping[str, str] | None = self.environ.get(AUTHORIZER_KEY)
        return context

    def query_values(self) -> dict[str, list[str]]:
        """The query's values by name, in the order in which they were sent."""
        return dict(self.args.lists())

    def make_form_data_parser(self) -> FormDataParser:
        """Flask's parser, which refuses a form that breaks off instead of dropping it."""
        parser = super().make_form_data_parser()
        parser.silent = False
        _refuse_malformed(parser)
        return parser


def extended(request_class: type[Any]) -> type[Request]:
    """A service's own class of requests, with what entries ask of a request.

    :param request_class: the class, which extends Flask's :class:`flask.Request`.
    """
    if issubclass(request_class, Request):
        return request_class
    members = {"__module__": request_class.__module__, "__doc__": request_class.__doc__}
    return type(request_class.__name__, (request_class, Request), members)


def _refuse_malformed(parser: FormDataParser) -> None:
    """Let a parser answer a malformed form with a 400, and close the files that it has begun."""
    parse, open_stream = parser.parse, parser.stream_factory
    streams: list[IO[bytes]] = []

    def open_and_remember(*args: Any, **kwargs: Any) -> IO[bytes]:
        stream = open_stream(*args, **kwargs)
        streams.append(stream)
        return stream

    def parse_or_refuse(*args: Any, **kwargs: Any) -> Any:
        try:
            parsed = parse(*args, **kwargs)
            # A part without a name has None for one, which nothing sorts or joins.
            "".join(name for values in parsed[1:] for name in values)
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            for stream in streams:
                stream.close()
            raise BadRequest("The form in the body is malformed or incomplete") from error
        return parsed

    parser.stream_factory = open_and_remember
    parser.parse = parse_or_refuse  # type: ignore[method-assign]
