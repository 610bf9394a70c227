"""Pure: API Gateway's own matching of a path to a resource, and of a method on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote

from coworks_cdk.local.template.records import Route


@dataclass(frozen=True)
class Match:
    """A route with the values of its path's variables, percent-encoded as they were sent."""

    route: Route
    parameters: Mapping[str, str]


@dataclass
class _Node:
    path: str | None = None
    literals: dict[str, _Node] = field(default_factory=dict)
    variable: tuple[str, _Node] | None = None
    greedy: tuple[str, _Node] | None = None


class Router:
    """Matches as API Gateway does: a literal before a variable before a greedy one."""

    def __init__(self, resources: Sequence[str], routes: Sequence[Route]) -> None:
        """Prepare for an API.

        :param resources: the paths of all resources.
        :param routes: their methods.
        """
        self._root = _Node()
        self._methods: dict[str, dict[str, Route]] = {}
        for path in resources:
            self._add(path)
        for route in routes:
            self._methods.setdefault(route.path, {})[route.method] = route

    def match(self, method: str, path: str) -> Match | None:
        """Give the route of a request.

        Resource and method are chosen together: where the most specific resource has no such
        method, a variable or a greedy one that has it answers.

        :param path: the path within the stage, percent-encoded, from ``/`` on. A trailing slash
            makes no difference.
        """
        segments = path.removesuffix("/").split("/")[1:]
        found = self._find(self._root, method, segments, 0)
        return None if found is None else Match(*found)

    def _route(self, node: _Node, method: str) -> Route | None:
        methods = self._methods.get(node.path or "", {})
        return methods.get(method) or methods.get("ANY")

    def _add(self, path: str) -> None:
        node = self._root
        for part in path.split("/")[1:] if path != "/" else ():
            if part.startswith("{"):
                greedy = part.endswith("+}")
                name = part.strip("{+}")
                child = node.greedy if greedy else node.variable
                if child is None:
                    child = (name, _Node())
                    if greedy:
                        node.greedy = child
                    else:
                        node.variable = child
                node = child[1]
            else:
                node = node.literals.setdefault(part, _Node())
        node.path = path

    def _find(
        self, node: _Node, method: str, segments: Sequence[str], index: int
    ) -> tuple[Route, dict[str, str]] | None:
        if index == len(segments):
            route = self._route(node, method)
            return None if route is None else (route, {})
        segment = segments[index]
        literal = node.literals.get(unquote(segment))
        if literal is not None:
            found = self._find(literal, method, segments, index + 1)
            if found is not None:
                return found
        if node.variable is not None and segment:
            name, child = node.variable
            found = self._find(child, method, segments, index + 1)
            if found is not None:
                found[1][name] = segment
                return found
        if node.greedy is not None:
            name, child = node.greedy
            route = self._route(child, method)
            if route is not None:
                return route, {name: "/".join(segments[index:])}
        return None
