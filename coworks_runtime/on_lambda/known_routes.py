"""The routes that a REST API's events name, and the values of their paths."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Flask
from werkzeug.routing import Rule

from coworks_runtime.bound_entry import BoundEntry, bound_entry_of
from coworks_runtime.events.paths import split_by_route
from coworks_runtime.routing.naming import from_werkzeug
from coworks_runtime.routing.url_map import ServiceMap, is_plain

from .hooks import Hooks

if TYPE_CHECKING:
    from .protocol import RoutedService


class KnownRoutes:
    """The routes of a service, by what API Gateway calls them.

    :param service: the service.
    :param flask: the same, as the Flask application that it is.
    :param url_map: its URL map.
    """

    def __init__(self, service: RoutedService, flask: Flask, url_map: ServiceMap) -> None:
        self._service = service
        self._url_map = url_map
        self._flask = flask
        self._routes: dict[tuple[str, str], KnownRoute | None] = {}

    def find(
        self, event: dict[str, Any]
    ) -> tuple[KnownRoute, tuple[str, str], dict[str, Any]] | None:
        """The route that API Gateway matched, with the path split in two and its values.

        :return: ``None`` where Werkzeug has to decide.
        """
        resource = event.get("resource")
        request_context = event.get("requestContext")
        if not isinstance(resource, str) or not isinstance(request_context, dict):
            return None
        key = resource, event["httpMethod"]
        try:
            route = self._routes[key]
        except KeyError:
            route = self._routes[key] = self._known_route(*key)
        if route is None or self._flask.view_functions.get(route.endpoint) is not route.view:
            return None
        path = request_context.get("path")
        if not isinstance(path, str) or not path.isascii() or "%" in path or "//" in path:
            return None
        split = split_by_route(path, resource, event.get("pathParameters") or {})
        if split is None:
            return None
        values = route.values(split[1])
        return None if values is None else (route, split, values)

    def _known_route(self, resource: str, method: str) -> KnownRoute | None:
        """The route that a resource of the API and a method name, if it is an entry's."""
        registered = self._service.route_of(method, resource)
        if registered is None or method == "HEAD" or registered.route.path.endswith("+}"):
            return None
        path = registered.route.path
        view = self._flask.view_functions.get(registered.endpoint)
        bound = bound_entry_of(view)
        if bound is None or bound.view is not view:
            return None
        rules = self._url_map.rules_of(registered.endpoint)
        if not all(is_plain(rule) for rule in rules):
            return None
        rule = next(rule for rule in rules if from_werkzeug(rule.rule) == path)
        segments = path.split("/")[1:]
        claimed: list[set[str]] = [set() for _ in segments]
        for other in self._url_map.all_rules():
            words = from_werkzeug(other.rule).split("/")[1:]
            if not is_plain(other) and _may_share_urls(segments, words):
                return None
            if len(words) == len(segments):
                for position, word in enumerate(words):
                    claimed[position].add(word)
        return KnownRoute(rule, path, bound, Hooks(self._flask, rule.endpoint), claimed)


class KnownRoute:
    """A route of the service that API Gateway's ``resource`` names."""

    def __init__(
        self, rule: Rule, path: str, bound: BoundEntry, hooks: Hooks, claimed: list[set[str]]
    ) -> None:
        self.rule = rule
        self.bound = bound
        self.view = bound.view
        self.endpoint: str = rule.endpoint
        self.hooks = hooks
        segments = path.split("/")[1:] if path != "/" else []
        self._segments = [
            (segment[1:-1] if segment.startswith("{") else None, segment, claimed[position])
            for position, segment in enumerate(segments)
        ]

    def values(self, path: str) -> dict[str, Any] | None:
        """The path's values, ``None`` where Werkzeug has to decide."""
        if path == "/":
            return {} if not self._segments else None
        given = path.split("/")[1:]
        if len(given) != len(self._segments):
            return None
        values: dict[str, Any] = {}
        for (variable, segment, claimed), text in zip(self._segments, given, strict=True):
            if variable is not None:
                if not text or text in claimed:
                    return None
                values[variable] = text
            elif segment != text:
                return None
        return values


def _may_share_urls(one: list[str], other: list[str]) -> bool:
    """Whether no literal segment keeps two paths apart."""
    return not any(a != b and "{" not in a + b for a, b in zip(one, other, strict=False))
