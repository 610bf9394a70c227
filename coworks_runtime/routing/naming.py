"""From a function's name and its path parameters to an HTTP method and a path. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from coworks_runtime.errors import EntryError

METHODS = ("get", "head", "options", "post", "put", "patch", "delete")
"""The words that give the method when a function's name starts with one of them."""

# Patterns as texts: they are compiled where a path needs them, and few do.
_GREEDY_VARIABLE = r"\{(\w+)\+\}"
_WERKZEUG_VARIABLE = r"<(?:(?P<converter>[A-Za-z_]\w*)(?:\([^<>]*\))?:)?(?P<name>\w+)>"


class Route(msgspec.Struct, frozen=True):
    """An HTTP method in capitals and a path whose variables are written ``{x}`` and ``{x+}``."""

    method: str
    path: str

    @property
    def key(self) -> tuple[str, str]:
        """What two routes share when they answer on the same requests."""
        return self.method, path_key(self.path)


def path_key(path: str) -> str:
    """A path without its variables' names: paths that differ only in these are one."""
    if "{" not in path:
        return path
    start, *variables = path.split("{")
    return "{".join([start, *map(_without_name, variables)])


def _without_name(variable: str) -> str:
    """What follows a variable's name: from the ``+`` or the brace on."""
    ends = [end for end in map(variable.find, "}+") if end >= 0]
    return variable[min(ends) :] if ends else ""


def route_of(function_name: str, variables: Sequence[str], greedy: str | None = None) -> Route:
    """The route that a function's name gives.

    The first word is the method where it is one (POST otherwise), the other words are the path's
    segments, the variables follow. Underscores at the ends and doubled ones only tell functions
    apart.

    :param function_name: the function's name, for example ``get_content_``.
    :param variables: the names of the path's variables, in order.
    :param greedy: the name of the variable that takes all remaining segments.
    :raises EntryError: for a variable whose name isn't ASCII: URLs and API Gateway have no others.
    """
    words = [word for word in function_name.split("_") if word]
    method = "POST"
    if words and words[0] in METHODS:
        method = words.pop(0).upper()
    for name in (*variables, *((greedy,) if greedy else ())):
        if not name.isascii():
            raise EntryError(
                f"entry {function_name!r}: the path parameter {name!r} must be written "
                "with ASCII letters, digits and underscores"
            )
    segments = [*words, *(f"{{{name}}}" for name in variables)]
    if greedy:
        segments.append(f"{{{greedy}+}}")
    return Route(method, "/" + "/".join(segments))


def to_werkzeug(path: str) -> str:
    """A path as a Werkzeug rule: ``/a/{x}/{y+}`` → ``/a/<x>/<segments:y>``."""
    if "+" in path:
        path = re.sub(_GREEDY_VARIABLE, r"<segments:\1>", path)
    return path.replace("{", "<").replace("}", ">")


def from_werkzeug(rule: str) -> str:
    """A Werkzeug rule as a path: ``/a/<int:x>/<path:y>`` → ``/a/{x}/{y+}``."""
    if "<" not in rule:
        return rule
    variables = [segment for segment in rule.split("/") if "<" in segment or ">" in segment]
    if all(s[0] == "<" and s[-1] == ">" and s[1:-1].isidentifier() for s in variables):
        return rule.replace("<", "{").replace(">", "}")

    def variable(match: re.Match[str]) -> str:
        greedy = match["converter"] in {"path", "segments"}
        return f"{{{match['name']}{'+' if greedy else ''}}}"

    return re.sub(_WERKZEUG_VARIABLE, variable, rule)
