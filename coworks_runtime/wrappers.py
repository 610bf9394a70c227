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


class Request(FlaskRequest):
    """A request, the same whether it came over HTTP or in a Lambda event."""

    authorizer: Mapping[str, str] = {}
    """The caller's context: what ``token_authorizer`` returned as a mapping, values as strings.
    Empty where there was none."""

    refused: bool = False
    """Whether the token kept the request from its entry, as API Gateway's authorizer would."""

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
        """Flask's parser, which tells of a form that breaks off instead of dropping it."""
        parser = super().make_form_data_parser()
        parser.silent = False
        return parser

    def _get_file_stream(self, *args: Any, **kwargs: Any) -> IO[bytes]:
        stream = super()._get_file_stream(*args, **kwargs)
        self._file_streams.append(stream)
        return stream

    def _load_form_data(self) -> None:
        self._file_streams: list[IO[bytes]] = []
        try:
            super()._load_form_data()
        except ValueError as error:
            for stream in self._file_streams:
                stream.close()
            raise BadRequest("The form in the body is malformed or incomplete") from error
