"""The microservice: a Flask application whose routes are its methods."""

from __future__ import annotations

import sys
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from flask import Flask, request
from flask import Response as FlaskResponse
from werkzeug.exceptions import HTTPException

from . import environment
from .authorization.authorize import check_header, check_token_variable, has_token, token_matches
from .bound_entry import entries_of
from .cors import Cors
from .observing.observed import Observed
from .observing.wanted import watch_of
from .on_event import marked_methods
from .on_lambda.choice import short_way_of
from .on_lambda.handler import handle
from .routed_flask import RoutedFlask
from .routing.naming import to_werkzeug
from .static_files import default_folder
from .superseded import warn_of_superseded
from .values.json_provider import JSONProvider
from .wrappers import EVENT_KEY, Request, extended

if TYPE_CHECKING:
    from flask.ctx import RequestContext

    from .entry_records import Entry
    from .event_methods import EventMethods
    from .on_lambda.protocol import Way

# What functions import in this module, many functions never need.


class TechMicroService(Observed, RoutedFlask):
    """A microservice. Its methods marked with :func:`~coworks_runtime.entry` are its routes.

    It is a WSGI application, and the handler of a Lambda function: how it is called decides.

    :param name: the service's name, by default its class's in lower case.
    :param import_name: the module where its resources (templates) are; by default its class's.
    :param kwargs: ``access_log``, which wins over the class attribute; Flask's own parameters:
        ``static_folder`` is ``"static"`` by default where there is such a folder beside the
        module, and no entry has paths below ``/static``.
    :raises EntryError: for an entry that can't be served, or two on one method and path.
    :raises EventMethodError: for a method that can't take an event, or two that say the same of it.
    :raises EnvironmentFileError: under Flask's commands, for a malformed dotenv file.
    :raises EnvironmentVariableError: for a variable with another value than it takes.
    :raises ServiceError: for an ``authorization_header`` that no request could carry.
    """

    if TYPE_CHECKING:
        # Flask's shortcuts, which are names of entries here.
        get: Any
        post: Any
        put: Any
        patch: Any
        delete: Any

    request_class = Request
    json_provider_class = JSONProvider
    authorization_header: ClassVar[str] = "Authorization"
    """The header that holds the token."""

    cors: ClassVar[Cors] = Cors()
    """What browsers of other origins may do with the entries that have ``no_cors=False``."""

    DOC_MD: ClassVar[str | None] = None
    """The service's documentation, in Markdown."""

    doc_md: str | None = None
    """The documentation of this instance, in Markdown; it wins over ``DOC_MD``."""

    def __init__(
        self, name: str | None = None, *, import_name: str | None = None, **kwargs: Any
    ) -> None:
        cls = type(self)
        warn_of_superseded(cls, TechMicroService)
        if "click" in sys.modules:  # Flask's commands are made with it
            from .command_line import prepare

            prepare(cls.__module__)
        self.stage: str = environment.stage()
        check_header(cls.__qualname__, self.authorization_header)
        if cls.token_authorizer is TechMicroService.token_authorizer:
            check_token_variable()
        access_log = kwargs.pop("access_log", cls.access_log) is True
        self._wants_short_way = environment.short_way()
        if marked_methods(self):
            self.event_methods  # noqa: B018 - it raises where they can't take events
        entries = [e for e in entries_of(self, Flask) if e.options.exists_on(self.stage)]
        module = import_name or cls.__module__
        if "static_folder" not in kwargs:
            kwargs["static_folder"] = default_folder(module, (e.route.path for e in entries))
        super().__init__(module, **kwargs)
        self.name = name or cls.__name__.lower()
        # As a handler it may be decorated, and what decorates functions asks for their name.
        self.__name__ = self.name
        self._watch = watch_of(self, access_log=access_log)
        for bound in entries:
            rule = to_werkzeug(bound.route.path)
            self.add_url_rule(rule, bound.name, bound.view, methods=[bound.route.method])

    def token_authorizer(self, token: str) -> Any:
        """Decide whether the bearer of a token may call the protected entries.

        Override it for another rule than the default, which compares with the secret that the
        construct was given, else with the variable ``TOKEN``; where there is neither, nobody is
        accepted.

        :param token: the value of the header, as it was sent.
        :return: ``True`` to allow; a stage's name to allow there only; a mapping of scalars to
            allow and to hand on as ``request.authorizer``; anything else to deny.
        :raises werkzeug.exceptions.Unauthorized: for a 401 instead of a 403.
        """
        return token_matches(token)

    def could_accept_a_token(self) -> bool:
        """Whether any token could be accepted: not by the default rule with nothing to compare."""
        is_default = type(self).token_authorizer is TechMicroService.token_authorizer
        return has_token() if is_default else True

    def entry_map(self) -> tuple[Entry, ...]:
        """The service's routes, those of its blueprints and plain Flask routes among them.

        :return: frozen records, sorted by path, then method.
        """
        from .entry_records import entry_map

        return entry_map(self)

    @cached_property
    def event_methods(self) -> EventMethods:
        """The methods that take events which are no requests."""
        from .event_methods import EventMethods

        return EventMethods(self)

    @cached_property
    def short_way(self) -> Way | None:
        """The short way of a REST API's events, made at the first one where there is one."""
        return short_way_of(self, TechMicroService, is_wanted=self._wants_short_way)

    def request_context(self, environ: Any) -> RequestContext:
        """Flask's method, for a ``request_class`` that extends Flask's, too."""
        if not issubclass(self.request_class, Request):
            self.request_class = extended(self.request_class)
        return super().request_context(environ)

    def preprocess_request(self) -> Any:
        """Authorize, answer preflights, then run Flask's hooks.

        Before the hooks, as API Gateway does both before the function is called.
        """
        from .gate import answer_before_hooks

        if self._watch is not None:
            self._watch.meet(request.environ["werkzeug.request"])
        answer = answer_before_hooks(self, request)  # type: ignore[arg-type]
        return super().preprocess_request() if answer is None else answer

    def process_response(self, response: FlaskResponse) -> FlaskResponse:
        """Run Flask's hooks, then give the answer its CORS headers.

        No hook of either kind for what API Gateway answers before it calls the function.
        """
        if not request.was_answered:  # type: ignore[attr-defined]
            response = super().process_response(response)
        if self.has_cors:
            self.add_cors(response)
        return response

    def add_cors(self, response: FlaskResponse) -> None:
        """Give the answer of the current request its CORS headers."""
        from .gate import add_cors

        add_cors(self, request, response)  # type: ignore[arg-type]

    def make_response(self, rv: Any) -> FlaskResponse:
        """Flask's method; an HTTP error that nothing has answered is JSON."""
        if isinstance(rv, HTTPException):
            from .json_errors import json_error

            rv = json_error(rv)
        return super().make_response(rv)

    def send_static_file(self, filename: str) -> FlaskResponse:
        """Flask's view of the static folder, with tags that follow the files' content."""
        from .static_files import send_static_file

        return send_static_file(self, filename)

    def __call__(self, environ: Any, start_response: Any = None) -> Any:
        """Answer a WSGI server or, called as a Lambda handler, an event.

        :param environ: a WSGI environ, or a Lambda event.
        :param start_response: WSGI's callable, or the Lambda context.
        :raises UnknownEventError: for an event that is no request, and that no method takes.
        """
        watch = self._watch
        if callable(start_response):
            # Flask's own method: what traces Flask applications takes its place.
            if watch is None or (EVENT_KEY in environ and watch.watches()):
                return super().__call__(environ, start_response)
            return watch.wsgi(super().__call__, environ, start_response)
        if watch is None:
            return handle(self, environ, start_response)
        return watch.event(handle, environ, start_response)
