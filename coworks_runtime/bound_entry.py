"""An entry of one service, and the view function that Flask calls for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial, update_wrapper
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Any

import msgspec
from flask import current_app, request
from werkzeug.exceptions import BadRequest, UnprocessableEntity

from . import environment
from .arguments import QUERY_METHODS, Arguments
from .entry import EntryOptions, marked_functions, options_of
from .errors import EntryError, InvalidParametersError
from .routing.naming import Route, route_of
from .values.answers import Answers, Encoded
from .values.parameters import Signature

if TYPE_CHECKING:
    from .wrappers import Request

_BOUND = "_coworks_bound_entry"


class BoundEntry:
    """A method that ``@entry`` marks, of a service or of a blueprint.

    :param owner: the service or the blueprint.
    :param name: the function's name.
    :param function: the plain function.
    :raises EntryError: when its name or signature can't be served.
    """

    def __init__(self, owner: object, name: str, function: Callable[..., Any]) -> None:
        self.owner = owner
        self.function = function
        self.options = options_of(function) or EntryOptions()
        cls = type(owner)
        self.where = where = f"entry {name!r} of {cls.__qualname__}"
        """What errors call it."""
        arguments: Mapping[Any, Any] = {}
        if hasattr(cls, "__orig_bases__"):
            from .values.type_arguments import type_arguments  # few classes are generic

            arguments = type_arguments(cls, name)
        self.signature = Signature(function, where, arguments)
        self.route: Route = route_of(name, self.signature.path, self.signature.greedy)
        self.name = name
        if self.signature.body is not None and self.route.method in QUERY_METHODS:
            raise EntryError(
                f"{where}: a {self.route.method} has no body "
                f"that {self.signature.body.name!r} could be: mark it Query[...]"
            )
        if self.options.stream and self.route.method == "HEAD":
            raise EntryError(f"{where}: a HEAD has no body to stream, leave out stream")
        if self.options.background and self.route.method == "HEAD":
            raise EntryError(f"{where}: a HEAD asks for nothing to be done, leave out background")
        method: Callable[..., Any] = getattr(owner, name)
        self._method = _synchronous(method) if iscoroutinefunction(method) else method
        self._arguments: Arguments | None = None
        self._answered: Callable[[Any, Request], Any] = self._answered_first
        self.view = _view_of(self)
        """What Flask calls: a function that looks like the entry's own."""

    def _answers(self, where: str) -> Answers:
        """How the entry answers: as a whole, or piece by piece."""
        options = self.options
        kind: Callable[..., Answers] = Answers
        if options.stream:
            from .streaming import StreamedAnswers  # most services have no use for it

            media_type = options.stream if isinstance(options.stream, str) else None
            kind = partial(StreamedAnswers, media_type=media_type)
        if options.background:
            from .background import BackgroundAnswers  # likewise

            kind = BackgroundAnswers
        return kind(
            where,
            status=options.status,
            binary_headers=options.binary_headers or None,
            none_status=self._none_status(),
        )

    def _none_status(self) -> int:
        """The status of ``None``: one that is declared is that of the other answers, if any."""
        if self.options.status is None:
            return 204
        from .values.annotations import is_union  # most entries declare no status

        is_shared = is_union(self.signature.signature.return_annotation)
        return 204 if is_shared else self.options.status

    @property
    def qualified_name(self) -> str:
        """The function's name with its class, for errors."""
        return f"{type(self.owner).__qualname__}.{self.name}"

    def answer(self, request: Request, path: dict[str, Any]) -> Any:
        """Answer a request.

        :param request: the request, which must be the current one.
        :param path: the path's values.
        :return: an :class:`~coworks_runtime.values.answers.Encoded`, or what Flask makes a response
            of.
        :raises werkzeug.exceptions.HTTPException: for values that don't fit.
        """
        arguments = self._arguments
        if arguments is None:
            arguments = self._arguments = Arguments(self.signature, self.route.method)
        try:
            args, kwargs = arguments.of(request, path)
        except InvalidParametersError as error:
            raise UnprocessableEntity(str(error)) from error
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise BadRequest("The body is not valid JSON") from error
        return self._answered(self._method(*args, **kwargs), request)

    def _answered_first(self, result: Any, request: Request) -> Any:
        """The answer of a result: known at the first one is, whether answers are checked."""
        answers = self._answers(self.where)
        answered: Callable[[Any, Request], Any] = answers.of
        if environment.check_answers():
            from .values.checks import AnswerCheck  # a deployed function has no use for it

            returns = self.signature.signature.return_annotation
            check = AnswerCheck(returns, self.options.status, self.where)
            answered = partial(answers.checked, check=check)
        self._answered = answered
        return answered(result, request)


def _synchronous(method: Callable[..., Any]) -> Callable[..., Any]:
    """A coroutine function as the application calls it."""

    def call(*args: Any, **kwargs: Any) -> Any:
        return current_app.ensure_sync(method)(*args, **kwargs)

    return call


def _view_of(bound: BoundEntry) -> Callable[..., Any]:
    """The view function of an entry.

    To whoever looks at it, it is the entry's own function: Flask's extensions know a view by its
    names, and by the marks that their decorators set on it.
    """

    def view(**path: Any) -> Any:
        answer = bound.answer(request, path)  # type: ignore[arg-type]
        if type(answer) is not Encoded:
            return answer
        return current_app.response_class(
            answer.body, status=answer.status, content_type=answer.content_type
        )

    update_wrapper(view, bound.function)
    setattr(view, _BOUND, bound)
    return view


def bound_entry_of(view: object) -> BoundEntry | None:
    """The entry whose view function this is, or wraps; ``None`` for a plain Flask view."""
    bound = getattr(view, _BOUND, None)
    return bound if isinstance(bound, BoundEntry) else None


def entries_of(owner: object, base: type) -> list[BoundEntry]:
    """The entries of a service or a blueprint.

    :param base: the Flask class that it extends.
    """
    return [BoundEntry(owner, name, f) for name, f in marked_functions(owner, base)]
