"""Shows the docstrings' reST where the documentation's pages take Markdown.

An extension of griffe, which reads the sources for the API reference. Fields (``:param x:``) are
read by griffe itself; roles and code blocks are translated here. Of records, msgspec's structs, it
is told the constructor, which it knows of dataclasses only.
"""

from __future__ import annotations

import inspect
import re
import textwrap
from typing import Any

import griffe

ROLE = re.compile(r":(?:py:)?(?:class|func|meth|mod|attr|data|exc|obj):`~?(?P<name>[^`]+)`")
CODE_BLOCK = re.compile(
    r"^\.\. code-block:: (?P<language>\w+)\n\n(?P<code>(?:(?: {4}.*)?\n?)+)", re.MULTILINE
)


def role(match: re.Match[str]) -> str:
    """A role as code, by its last name."""
    return f"`{match['name'].rpartition('.')[2]}`"


def code_block(match: re.Match[str]) -> str:
    """A code block as a fenced one."""
    code = textwrap.dedent(match["code"]).strip("\n")
    return f"```{match['language']}\n{code}\n```\n\n"


def as_markdown(docstring: str) -> str:
    """A docstring without roles and directives."""
    return CODE_BLOCK.sub(code_block, ROLE.sub(role, inspect.cleandoc(docstring)))


class Docstrings(griffe.Extension):
    """Translates each docstring as its object is read."""

    def on_instance(self, *, obj: griffe.Object, **_: Any) -> None:
        """Called by griffe for every object of the sources."""
        if obj.docstring is not None:
            obj.docstring.value = as_markdown(obj.docstring.value)

    def on_class_members(self, *, cls: griffe.Class, **_: Any) -> None:
        """Called by griffe for every class of the sources, when its members are known."""
        if not any(str(base) == "msgspec.Struct" for base in cls.bases):
            return
        kind = griffe.ParameterKind.positional_or_keyword
        fields = [
            griffe.Parameter(name, annotation=member.annotation, kind=kind, default=member.value)
            for name, member in cls.members.items()
            if isinstance(member, griffe.Attribute) and member.annotation is not None
        ]
        parameters = griffe.Parameters(griffe.Parameter("self", kind=kind), *fields)
        constructor = griffe.Function("__init__", parameters=parameters, returns="None")
        cls.set_member("__init__", constructor)
