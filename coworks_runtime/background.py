"""Entries whose work is done after the answer: the 202, and the work that follows.

Deployed, API Gateway answers first and invokes the function asynchronously. Here the service does
both: it answers as API Gateway would, and does the work when the answer is sent. Where nothing can
answer first (a function URL, an HTTP API, a load balancer) the work is done, then the 202 is given.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import partial
from io import BytesIO
from logging import Logger
from typing import TYPE_CHECKING, Any, Protocol, TypedDict

from flask import Response as FlaskResponse
from flask import current_app
from werkzeug.exceptions import RequestEntityTooLarge

from .routing.url_map import told_route
from .values.answers import JSON, Answers, Encoded
from .wrappers import AUTHORIZER_KEY, REQUEST_ID_KEY, Request

if TYPE_CHECKING:
    from werkzeug.routing import Map

    from .values.checks import AnswerCheck

ASYNCHRONOUS_KEY = "coworks.asynchronous"
"""Whether the work of a request is to be done, its caller having been answered."""
AFTER_ANSWER_KEY = "coworks.after_answer"
"""Where a test client keeps the work that it does when it has the answer."""
MAX_EVENT = 1024 * 1024
"""Bytes that Lambda takes of an asynchronous invocation's event
(https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html)."""
_ENVELOPE = 2048
"""About what an event has around a request."""
_LONGEST_REASON = 500


class Accepted(TypedDict):
    """What a caller is told whose request is done afterwards."""

    request_id: str


class TellingService(Protocol):
    """A service that tells what becomes of its work."""

    url_map: Map

    @property
    def logger(self) -> Logger:
        """Where it is told."""


class AnsweringService(TellingService, Protocol):
    """A service that answers for API Gateway."""

    response_class: Callable[..., FlaskResponse]

    def make_response(self, rv: Any) -> FlaskResponse:
        """A response, of an HTTP error too."""


class BackgroundAnswers(Answers):
    """How an entry with ``background`` answers: with the 202, unless that was given before.

    :param where: what errors call the entry.
    """

    def __init__(self, where: str, **options: Any) -> None:
        super().__init__(where, **options)
        self._work = Answers(where, **options)

    def of(self, result: Any, request: Any) -> Any:
        """What a caller gets who has waited for the work."""
        return _told(self._work.of(result, request), request)

    def checked(self, result: Any, request: Any, check: AnswerCheck) -> Any:
        """The same, the work's own result held to the entry's annotation."""
        return _told(self._work.checked(result, request, check), request)


def _told(answer: Any, request: Request) -> Any:
    is_answered = request.environ.get(ASYNCHRONOUS_KEY)
    if not isinstance(answer, Encoded):
        answer = current_app.make_response(answer)
        answer.direct_passthrough = False
        answer.make_sequence()  # what a generator does is work, and fails as all of it
        if answer.status_code >= 400:
            return answer  # it isn't done, and somebody may be here to know
    if is_answered:
        return answer
    return Encoded(_body(request.request_id), JSON, 202)


def _body(request_id: str) -> bytes:
    return json.dumps({"request_id": request_id}, separators=(",", ":")).encode()


def is_to_be_accepted(request: Request) -> bool:
    """Whether a request to an entry with ``background`` is to be answered first, by the service."""
    if request.method == "HEAD":
        return True  # of a GET entry, by whatever way: it asks for nothing to be done
    return request.aws_event is None and not request.environ.get(ASYNCHRONOUS_KEY)


def accept(service: AnsweringService, request: Request) -> FlaskResponse:
    """Answer a request, whose work is done when the answer is sent.

    Like API Gateway it runs no hooks; the work runs them.

    :param request: the current request, whose caller was let in.
    """
    request.is_answered_first = True
    limit = request.max_content_length
    # No more is read than could be taken: a longer body is a 413 before it is read.
    request.max_content_length = MAX_EVENT if limit is None else min(limit, MAX_EVENT)
    body = request.get_data()
    if _event_size(request, body) > MAX_EVENT:
        return service.make_response(RequestEntityTooLarge())
    response = service.response_class(_body(request.request_id), 202, content_type=JSON)
    if request.method == "HEAD":
        return response  # of a GET entry: it asks what the answer would be
    work = partial(_do, service, _environ_of_work(request, body))
    waiting = request.environ.get(AFTER_ANSWER_KEY)
    if waiting is None:
        response.call_on_close(work)
    else:
        waiting.append(work)
    return response


def _event_size(request: Request, body: bytes) -> int:
    """About the size of the event that API Gateway would make of a request."""
    values = sum(len(name) + len(value) + 6 for name, value in request.headers)
    return _ENVELOPE + 2 * (values + len(request.query_string)) + 4 * (len(body) + 2) // 3


def _environ_of_work(request: Request, body: bytes) -> dict[str, Any]:
    """The request once more, for its work, with what is known of its caller."""
    left_out = ("HTTP_TRANSFER_ENCODING", "wsgi.input_terminated", AFTER_ANSWER_KEY)
    environ = {
        name: value
        for name, value in request.environ.items()
        if name not in left_out and not name.startswith("werkzeug.")
    }
    return environ | {
        "wsgi.input": BytesIO(body),
        "CONTENT_LENGTH": str(len(body)),
        AUTHORIZER_KEY: request.authorizer,
        REQUEST_ID_KEY: request.request_id,
        ASYNCHRONOUS_KEY: True,
    }


def _do(service: Any, environ: dict[str, Any]) -> None:
    """Do the work of a request.

    Not through middleware: it has changed the environ already, and would do so twice.
    """
    application = partial(type(service).wsgi_app, service)
    response = FlaskResponse.from_app(application, environ, buffered=True)
    tell(service, environ, response.status_code, response.get_data())


def tell(
    service: TellingService, environ: Mapping[str, Any], status: int, body: bytes
) -> str | None:
    """Log what became of the work of a request, where nobody else is told.

    :return: what is wrong, where it has failed.
    """
    method, path = environ["REQUEST_METHOD"], environ.get("PATH_INFO") or "/"
    line = f"{method} {told_route(service.url_map, method, path)}"
    if status >= 500:
        failed = f"{line}, in the background, answered {status}"
        service.logger.error("%s (request %s)", failed, environ.get(REQUEST_ID_KEY))
        return failed
    if status >= 400:
        service.logger.warning(
            "%s, in the background, was dropped: %d %s (request %s)",
            line,
            status,
            body[:_LONGEST_REASON].decode(errors="replace"),
            environ.get(REQUEST_ID_KEY),
        )
    return None
