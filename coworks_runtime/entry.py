"""The ``@entry`` decorator."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cached_property, partialmethod
from inspect import isfunction
from types import CellType, FunctionType
from typing import TYPE_CHECKING, Any

import msgspec

from .errors import EntryError

if TYPE_CHECKING:
    from .entry_typing import Mark

_MARK = "_coworks_entry"
_HIDING = (staticmethod, classmethod, property, cached_property, partialmethod)
_LAYERS = 4
_LIBRARIES = frozenset({"coworks_runtime", "flask", "builtins"})
_EMPTY = CellType()


class EntryOptions(msgspec.Struct, frozen=True):
    """What ``@entry`` was told."""

    no_auth: bool = False
    no_cors: bool = True
    stages: tuple[str, ...] | None = None
    binary_headers: Mapping[str, str] | None = None
    status: int | None = None
    stream: bool | str = False
    background: bool = False

    def exists_on(self, stage: str) -> bool:
        """Whether the entry exists on a stage."""
        return self.stages is None or stage in self.stages


def _checked(function: Callable[..., Any]) -> Mark:
    """Show type checkers what the decorator makes of a function."""
    return function


@_checked
def entry(
    function: Callable[..., Any] | None = None,
    /,
    *,
    no_auth: bool = False,
    no_cors: bool = True,
    stage: str | Sequence[str] | None = None,
    binary_headers: Mapping[str, str] | None = None,
    status: int | None = None,
    stream: bool | str = False,
    background: bool = False,
) -> Any:
    """Make a method of a service or of a blueprint a route.

    The function's name gives the HTTP method and the path, its parameters without default give
    the path's variables, the others take values of the query or of the body.

    On a view function of ``@app.route`` or of ``MethodView.as_view()`` it says who may call this
    plain Flask route: ``no_auth``, ``no_cors``, ``stage`` and ``stream`` count there, and nothing
    else of the route changes.

    Type checkers see a method with its own signature, which gives the body alone where the
    function gives ``(body, status)``.

    :param function: the method, when the decorator is used without parentheses.
    :param no_auth: ``True`` opens the entry; by default it is asked for a token.
    :param no_cors: ``False`` lets browsers of other origins call it, by the service's ``cors``;
        by default they can't.
    :param stage: the stage, or the stages, on which the entry exists; by default all of them.
    :param binary_headers: headers of an answer that the entry gives as ``bytes``, as a file or as
        a response object that sets none of its own; by default
        ``Content-Type: application/octet-stream`` alone.
    :param status: the status of the answers for which the entry gives none, by default 200, and
        204 for ``None``.
    :param stream: ``True`` sends the answer piece by piece, as the iterable that the entry gives
        yields texts or bytes; a media type does the same and is the answer's ``Content-Type``. By
        default the answer is sent as a whole.
    :param background: ``True`` answers 202 at once, ``{"request_id": ...}``, and lets the method
        run afterwards; by default the answer is the method's.
    :raises EntryError: when an option has a wrong type.
    """
    options = EntryOptions(
        _flag("no_auth", no_auth),
        _flag("no_cors", no_cors),
        _stages(stage),
        None if binary_headers is None else dict(binary_headers),
        _status(status),
        _stream(stream, binary_headers),
        _flag("background", background),
    )
    if background and (stream or status is not None or binary_headers is not None):
        raise EntryError(
            "@entry(background=True): the answer is a 202 of its own, leave out stream, status and "
            "binary_headers"
        )

    def mark(target: Callable[..., Any]) -> Any:
        if not isfunction(target):
            raise EntryError(
                f"@entry marks methods and view functions, not {target!r}: write it next to the def "
                "of a method whose first parameter is self"
            )
        setattr(target, _MARK, options)
        return target

    return mark if function is None else mark(function)


def _flag(name: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise EntryError(f"@entry({name}={value!r}): must be True or False")
    return value


def _stages(stage: object) -> tuple[str, ...] | None:
    if stage is None:
        return None
    names = [stage] if isinstance(stage, str) else stage
    if isinstance(names, Sequence) and names and all(isinstance(n, str) and n for n in names):
        return tuple(names)
    raise EntryError(f"@entry(stage={stage!r}): must be a stage's name or a list of names")


def _status(status: object) -> int | None:
    if status is None:
        return None
    if isinstance(status, int) and not isinstance(status, bool) and 200 <= status <= 599:
        return int(status)
    raise EntryError(f"@entry(status={status!r}): must be an HTTP status from 200 to 599")


def _stream(stream: object, binary_headers: Mapping[str, str] | None) -> bool | str:
    if not isinstance(stream, bool | str) or (isinstance(stream, str) and "/" not in stream):
        raise EntryError(
            f"@entry(stream={stream!r}): must be True, False or a media type, 'text/event-stream'"
        )
    named = isinstance(stream, str) and "content-type" in map(str.lower, binary_headers or ())
    if named:
        raise EntryError(
            f"@entry(stream={stream!r}): binary_headers has a Content-Type too, give it in one of them"
        )
    return stream


def marked_functions(owner: object, base: type) -> Iterator[tuple[str, Callable[..., Any]]]:
    """The functions of an object's class that ``@entry`` marks, by name.

    :param owner: a service or a blueprint.
    :param base: the Flask class that it extends: an entry may not hide what that needs, but for
        the shortcuts named after HTTP methods.
    :raises EntryError: for an entry that hides an attribute of Flask's.
    """
    cls = type(owner)
    attributes = {k: v for c in reversed(cls.__mro__) for k, v in vars(c).items()}
    hidden = hidden_marked(cls, attributes, options_of)
    if hidden is not None:
        raise EntryError(_hidden(cls, *hidden))
    for name, function in sorted(attributes.items()):
        if options_of(function) is None:
            continue
        if hasattr(base, name) and name not in {"get", "post", "put", "patch", "delete"}:
            raise EntryError(
                f"entry {name!r} of {cls.__qualname__} would hide {base.__name__}.{name}: "
                f"call it {name}_, which is the same route"
            )
        yield name, function


def hidden_marked(
    cls: type, attributes: Mapping[str, object], marks_of: Callable[[object], object]
) -> tuple[str, object] | None:
    """An attribute that is made of a function with marks, and hides it, with its name.

    It does where it is no method by itself, and where a decorator above made another function of
    the one that has its name, without :func:`functools.wraps`.

    :param cls: the class of a service or a blueprint.
    :param attributes: all its attributes.
    :param marks_of: tells the marks of a function.
    """
    known = set(map(id, attributes.values()))
    for own in cls.__mro__:
        if own.__module__.partition(".")[0] in _LIBRARIES:
            continue
        for name in vars(own):
            attribute = attributes[name]
            if issubclass(type(attribute), _HIDING):
                if any(marks_of(inside) for inside in _inside(attribute)):
                    return name, attribute
            elif not marks_of(attribute) and any(
                inside.__name__ == name and marks_of(inside) and id(inside) not in known
                for inside in _functions_in(attribute, _LAYERS)
            ):
                return name, attribute
    return None


def _functions_in(attribute: object, layers: int) -> Iterator[FunctionType]:
    """The functions that one is made of, by that many decorators."""
    for inside in _inside(attribute):
        if type(inside) is FunctionType:
            yield inside
        if layers > 1:
            yield from _functions_in(inside, layers - 1)


def _inside(attribute: object) -> list[object]:
    """What a callable, or a descriptor, has been given.

    Its own ``__getattr__`` isn't asked: a proxy of Flask's stands for nothing yet.
    """
    kind = type(attribute)
    if kind is FunctionType:
        cells: tuple[CellType, ...] = object.__getattribute__(attribute, "__closure__") or ()
        return [cell.cell_contents for cell in cells if cell != _EMPTY]
    if issubclass(kind, type) or not (callable(attribute) or hasattr(kind, "__get__")):
        return []
    found: list[object] = []
    for name in ("__func__", "fget", "func", "__dict__"):
        with suppress(AttributeError):
            found.append(object.__getattribute__(attribute, name))
    own = found[-1] if found and type(found[-1]) is dict else {}
    return [*found, *own.values()]


def hider_of(attribute: object) -> str:
    """What hides a function, in words for errors."""
    if isinstance(attribute, _HIDING):
        return f"is a {type(attribute).__name__}"
    made = attribute if isinstance(attribute, FunctionType) else type(attribute)
    return f"is hidden by {made.__qualname__}, which a decorator has made of it"


def _hidden(cls: type, name: str, attribute: object) -> str:
    told = f"entry {name!r} of {cls.__qualname__} {hider_of(attribute)}: "
    if isinstance(attribute, _HIDING):
        return (
            f"{told}an entry is a method whose first parameter is self, leave out what stands above "
            "@entry"
        )
    return f"{told}write @entry above that decorator, or functools.wraps in it"


def options_of(function: object) -> EntryOptions | None:
    """The options of what ``@entry`` marks: a method, or a view function; ``None`` without one."""
    options = getattr(function, _MARK, None)
    return options if isinstance(options, EntryOptions) else None
