"""A docstring taken apart: its text, and its reST fields."""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_FIELD = re.compile(r"^:(?P<kind>[a-z]+)(?:[ \t]+(?P<argument>[^:\n]+))?:(?:[ \t]+(?P<text>.*))?$")
_PARAMETERS = frozenset({"param", "parameter", "arg", "argument", "key", "keyword"})
_RETURNS = frozenset({"return", "returns"})
_RAISES = frozenset({"raise", "raises", "except", "exception"})
# Fields that repeat what the annotations say.
_TYPES = frozenset({"type", "rtype"})


@dataclass(frozen=True, slots=True)
class Docstring:
    """What a docstring says.

    :param text: everything but the fields, dedented.
    :param parameters: the text of each ``:param name:``, by name.
    :param returns: the text of ``:returns:``, or ``""``.
    :param raises: exception and text of each ``:raises Exception:``.
    """

    text: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)
    returns: str = ""
    raises: tuple[tuple[str, str], ...] = ()

    @property
    def summary(self) -> str:
        """The first paragraph, on one line."""
        return _on_one_line(self.text.partition("\n\n")[0])

    @property
    def details(self) -> str:
        """What follows the first paragraph."""
        return self.text.partition("\n\n")[2].strip()


def parse_docstring(doc: str | None) -> Docstring:
    """Takes a docstring apart.

    A field starts a line with ``:kind argument:`` and goes on over the lines that are indented
    more. Fields of other kinds than parameters, returns and raises stay in the text;
    ``:type:`` and ``:rtype:`` are left out, since the annotations say that.

    :param doc: a function's ``__doc__``.
    """
    if not doc:
        return Docstring()
    text: list[str] = []
    parameters: dict[str, str] = {}
    raises: list[tuple[str, str]] = []
    returns = ""
    for kind, argument, content in _blocks(inspect.cleandoc(doc).splitlines()):
        if kind in _PARAMETERS and argument:
            # ":param int value:" names the type first; "*path" is called path.
            parameters[argument.split()[-1].lstrip("*")] = _on_one_line(content)
        elif kind in _RETURNS:
            returns = _on_one_line(content)
        elif kind in _RAISES:
            raises.append((argument, _on_one_line(content)))
        elif kind not in _TYPES:
            text.append(content)
    return Docstring("\n".join(text).strip(), parameters, returns, tuple(raises))


def _blocks(lines: list[str]) -> Iterator[tuple[str, str, str]]:
    """Each line of text as ``("", "", line)``, each field with the lines that it goes on over."""
    position = 0
    while position < len(lines):
        line = lines[position]
        position += 1
        match = _FIELD.match(line)
        if match is None:
            yield "", "", line
            continue
        content = [match["text"] or ""]
        while position < len(lines) and _continues(lines, position):
            content.append(lines[position].strip())
            position += 1
        kind, argument = match["kind"], match["argument"] or ""
        if kind in _PARAMETERS | _RETURNS | _RAISES | _TYPES:
            yield kind, argument, "\n".join(content)
        else:
            yield "", "", line
            yield from (("", "", more) for more in content[1:])


def _continues(lines: list[str], position: int) -> bool:
    """Whether a line belongs to the field above: indented, or blank before an indented one."""
    following = next((line for line in lines[position:] if line.strip()), "")
    return following[:1].isspace()


def _on_one_line(text: str) -> str:
    return " ".join(text.split())
