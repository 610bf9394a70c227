"""From a service's entries to the tree of an API's resources. Pure.

API Gateway takes one variable a level, and it can't rename one in place: it creates the new
resource before it removes the old, and refuses the second variable. So the tree names variables
by their position, ``{p1}``, ``{p2}``, ``{p1+}``: siblings that differ in name are one resource,
and a parameter renamed in the service doesn't touch the API. The service reads the request's
path, not these names.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from coworks_cdk.service_description import Entry


@dataclass(slots=True)
class RouteNode:
    """A resource of the API: its entries by method, and its children by path part."""

    part: str
    path: str
    entries: dict[str, Entry] = field(default_factory=dict)
    children: dict[str, RouteNode] = field(default_factory=dict)

    def walk(self) -> Iterator[RouteNode]:
        """This node, then all below it."""
        yield self
        for child in self.children.values():
            yield from child.walk()

    @property
    def cors_methods(self) -> tuple[str, ...]:
        """The methods that pages of other origins may call, sorted."""
        return tuple(sorted(m for m, entry in self.entries.items() if not entry.no_cors))


def parts_of(path: str) -> list[str]:
    """The path's segments; a trailing slash adds none, since API Gateway ignores it."""
    inner = path.strip("/")
    return inner.split("/") if inner else []


def is_variable(part: str) -> bool:
    """Whether the segment is ``{name}`` or ``{name+}``."""
    return part.startswith("{") and part.endswith("}")


def is_greedy(part: str) -> bool:
    """Whether the segment is ``{name+}``."""
    return is_variable(part) and part.endswith("+}")


def positional_parts(path: str) -> list[str]:
    """The path's segments with its variables named by their position."""
    parts: list[str] = []
    variables = 0
    for part in parts_of(path):
        if is_variable(part):
            variables += 1
            parts.append(f"{{p{variables}+}}" if is_greedy(part) else f"{{p{variables}}}")
        else:
            parts.append(part)
    return parts


def route_tree(entries: Iterable[Entry]) -> RouteNode:
    """Arrange the entries as API Gateway does.

    The order of the entries doesn't matter: the tree is sorted.
    """
    root = RouteNode(part="", path="/")
    for entry in sorted(entries, key=lambda entry: (positional_parts(entry.path), entry.method)):
        node = root
        for part in positional_parts(entry.path):
            path = f"{node.path.rstrip('/')}/{part}"
            node = node.children.setdefault(part, RouteNode(part=part, path=path))
        node.entries[entry.method] = entry
    return root
