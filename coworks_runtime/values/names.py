"""The parameters that one source of values fills: the query, or the body. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, Literal

from .conversion import ConversionError, Converter

Read = Literal["one", "several", "from_json", "from_form"]
"""How a converter reads what was sent: as a value, several, JSON, or all values of a form."""


class Names:
    """Parameters by name.

    :param converters: what converts each, by the names that are sent.
    :param rest: what converts the values of all other names, ``None`` where these are refused.
    :param required: the names without which a request is refused.
    :param nullable: the names whose null is passed as ``None``.
    :param path: the path's names, which no other source may give.
    :param owner: the name of the first parameter, which nobody may give.
    :param aliases: the function's own names, by those that are sent in their place.
    """

    def __init__(
        self,
        converters: Mapping[str, Converter],
        rest: Converter | None,
        *,
        required: frozenset[str],
        nullable: frozenset[str],
        path: frozenset[str],
        owner: str,
        aliases: Mapping[str, str],
    ) -> None:
        self.converters = converters
        self.rest = rest
        self._reading: dict[Read, dict[str, Callable[[Any], Any]]] = {}
        self.required = tuple(name for name in converters if name in required)
        self._required = required
        self._nullable = nullable
        self._path = path
        self._aliases = aliases
        self._unsent = frozenset({owner, *aliases.values()})
        self.only = next(iter(converters)) if len(converters) == 1 else None
        """The name of the parameter, where there is one alone."""
        self.is_exact = any(c.is_exact for c in (*converters.values(), rest) if c)
        """Whether JSON numbers are to keep their digits."""

    def __bool__(self) -> bool:
        """Whether it takes anything."""
        return bool(self.converters) or self.rest is not None

    def take(
        self, values: Mapping[str, Any], read: Read, given: dict[str, Any], problems: list[str]
    ) -> None:
        """Convert the values that were sent.

        :param values: the values by name.
        :param read: how each is to be read.
        :param given: gets what the function is called with.
        :param problems: gets a sentence for each value that doesn't fit.
        """
        if not values and not self.required:
            return
        if read == "several":
            values = _unbracketed(values, self.converters)
        converts = self._reading.get(read) or self._converts(read)
        for sent, value in values.items():
            if sent in self._nullable and (
                value is None or (read == "from_json" and _is_null(value))
            ):
                given[sent] = None
                continue
            convert = converts.get(sent) or self._rest_for(sent, read, problems)
            if convert is not None:
                try:
                    given[sent] = convert(value)
                except ConversionError as error:
                    problems.append(f"Parameter {sent!r}: {error}")
        if self._aliases:
            given |= {own: given.pop(n) for n, own in self._aliases.items() if n in given}
        if not self._required <= values.keys():
            problems.extend(f"Parameter {n!r}: required" for n in self.required if n not in values)

    def _converts(self, read: Read) -> dict[str, Callable[[Any], Any]]:
        """What converts each parameter, as it is read: looked up once."""
        converts = {name: getattr(c, read) for name, c in self.converters.items()}
        self._reading[read] = converts
        return converts

    def _rest_for(self, sent: str, read: Read, problems: list[str]) -> Callable[[Any], Any] | None:
        """What converts a value whose name is no parameter's, if any are taken."""
        if sent in self._path:
            problems.append(f"Parameter {sent!r}: is given by the path")
        elif self.rest is None or sent in self._unsent:
            problems.append(f"Parameter {sent!r}: unknown")
        else:
            convert: Callable[[Any], Any] = getattr(self.rest, read)
            return convert
        return None


class WholeBody:
    """The parameter that the whole body fills.

    :param name: its name.
    :param converter: what converts it.
    :param is_required: whether a request without a body is refused.
    :param is_nullable: whether null is passed as ``None``.
    """

    def __init__(
        self, name: str, converter: Converter, *, is_required: bool, is_nullable: bool
    ) -> None:
        self.name = name
        self.converter = converter
        self.is_required = is_required
        self._is_nullable = is_nullable

    def take(self, value: Any, read: Read, given: dict[str, Any], problems: list[str]) -> None:
        """Convert the body that was sent.

        :param value: JSON, or a form's values by name; ``None`` for none.
        :param read: how it is to be read.
        :param given: gets what the function is called with.
        :param problems: gets a sentence where it doesn't fit.
        """
        if value is None:
            if self.is_required:
                problems.append("Body: required")
        elif self._is_nullable and read == "from_json" and _is_null(value):
            given[self.name] = None
        else:
            try:
                given[self.name] = getattr(self.converter, read)(value)
            except ConversionError as error:
                problems.append(f"Body: {error}")


def convert(name: str, convert_: Callable[[Any], Any], value: Any, problems: list[str]) -> Any:
    """Convert a value; where it doesn't fit, ``problems`` gets a sentence."""
    try:
        return convert_(value)
    except ConversionError as error:
        problems.append(f"Parameter {name!r}: {error}")
        return None


def _is_null(data: Any) -> bool:
    return bytes(data).strip() == b"null"


def _unbracketed(
    values: Mapping[str, list[Any]], known: Collection[str]
) -> Mapping[str, list[Any]]:
    """Names with their brackets as underscores: ``page[number]`` → ``page__number__``.

    :param known: the names that have brackets where they are sent.
    """
    names = "".join(values)
    if "[" not in names and "]" not in names:
        return values
    result: dict[str, list[Any]] = {}
    for name, several in values.items():
        own = name if name in known else name.replace("[", "__").replace("]", "__")
        result.setdefault(own, []).extend(several)
    return result
