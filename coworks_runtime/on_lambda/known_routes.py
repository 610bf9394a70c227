"""The routes that a REST API's events name, and the values of their paths."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Flask
from werkzeug.routing import Rule

from coworks_runtime.bound_entry import BoundEntry, bound_entry_of
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
        try:
            key = event["resource"], event["httpMethod"]
            route = self._routes[key]
        except (KeyError, TypeError):
            route = self._new_route(event)
        if route is None or self._flask.view_functions.get(route.endpoint) is not route.view:
            return None
        request_context = event.get("requestContext")
        path = request_context.get("path") if isinstance(request_context, dict) else None
        if not isinstance(path, str) or not path.isascii() or "%" in path or "//" in path:
            return None
        found = route.split(path)
        return None if found is None else (route, *found)

    def _new_route(self, event: dict[str, Any]) -> KnownRoute | None:
        resource, method = event.get("resource"), event["httpMethod"]
        if not isinstance(resource, str):
            return None
        route = self._routes[resource, method] = self._known_route(resource, method)
        return route

    def _known_route(self, resource: str, method: str) -> KnownRoute | None:
        """The route that a resource of the API and a method name, if it is an entry's."""
        registered = self._service.route_of(method, resource)
        if registered is None or method == "HEAD" or registered.route.path.endswith("+}"):
            return None
        path = registered.route.path
        view = self._flask.view_functions.get(registered.endpoint)
        bound = bound_entry_of(view)
        if bound is None or bound.view is not view or bound.options.background:
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
    """A route of the service that API Gateway's ``resource`` names, without a greedy variable."""

    def __init__(
        self, rule: Rule, path: str, bound: BoundEntry, hooks: Hooks, claimed: list[set[str]]
    ) -> None:
        self.rule = rule
        self.bound = bound
        self.view = bound.view
        self.is_protected = not bound.options.no_auth
        self.has_cors = not bound.options.no_cors
        self.endpoint: str = rule.endpoint
        self.hooks = hooks
        segments = path.split("/")[1:] if path != "/" else []
        self._count = len(segments)
        self._literals = [(n, text) for n, text in enumerate(segments, 1) if text[:1] != "{"]
        self._variables = [
            (n, text[1:-1], claimed[n - 1]) for n, text in enumerate(segments, 1) if text[:1] == "{"
        ]

    def split(self, path: str) -> tuple[tuple[str, str], dict[str, Any]] | None:
        """A whole path, split where the service begins, and the values of its variables.

        :return: ``None`` where Werkzeug has to decide.
        """
        if not self._count:
            return (path.rstrip("/"), "/"), {}
        parts = path.rsplit("/", self._count)
        if len(parts) <= self._count:
            return None
        for position, segment in self._literals:
            if parts[position] != segment:
                return None
        values: dict[str, Any] = {}
        for position, variable, claimed in self._variables:
            text = parts[position]
            if not text or text in claimed:
                return None
            values[variable] = text
        start = parts[0]
        return (start, path[len(start) :]), values


def _may_share_urls(one: list[str], other: list[str]) -> bool:
    """Whether no literal segment keeps two paths apart."""
    return not any(a != b and "{" not in a + b for a, b in zip(one, other, strict=False))
