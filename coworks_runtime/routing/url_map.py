"""Werkzeug's URL map, which compiles the rules of entries when it is first used.

API Gateway names the route of an event, so that most functions match no URL: what a rule costs at
start, they need not pay.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from threading import Lock
from typing import Any

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, PathConverter, Rule, RuleFactory

from .naming import from_werkzeug, path_key
from .route_table import RegisteredRoute

NO_ROUTE = "-"
"""What the log tells in place of the route, where a request meets none."""


def told_route(url_map: Map, method: str, path: str) -> str:
    """The pattern of the route that a request meets, for the log: ``/orders/{id}``.

    What its caller put into the path stays out.
    """
    try:
        rule, _ = url_map.bind("").match(path, method, return_rule=True)
    except HTTPException:
        return NO_ROUTE
    return from_werkzeug(rule.rule)


def has_plain_urls(rule: str, options: Mapping[str, Any]) -> bool:
    """Whether a rule's URLs are literal segments, plain variables, and a greedy one of an entry.

    :param rule: the rule, a blueprint's prefix included.
    :param options: Werkzeug's options.
    """
    if any(value for name, value in options.items() if name != "methods"):
        return False
    variables = [segment for segment in rule.split("/") if "<" in segment or ">" in segment]
    is_each_once = len(set(variables)) == len(variables)
    return is_each_once and all(map(_is_plain_variable, variables))


def _is_plain_variable(segment: str) -> bool:
    name = segment[1:-1].removeprefix("segments:")
    return segment == f"<{segment[1:-1]}>" and name.isascii() and name.isidentifier()


def host_of(url_map: Map, options: Mapping[str, Any]) -> str:
    """The host or the subdomain that a rule is for, as a path; empty for the default one.

    :param options: the rule's options.
    """
    subdomain = options.get("subdomain")
    own = url_map.default_subdomain if subdomain is None else subdomain
    return from_werkzeug((options.get("host") if url_map.host_matching else own) or "")


def let_declared_win(url_map: Map, declared: Sequence[RegisteredRoute]) -> None:
    """Let a declared HEAD or OPTIONS win over the one that Flask adds to other routes.

    :param declared: the routes that have the method, all on one path.
    """
    endpoints = {route.endpoint for route in declared}
    for route in declared:
        for rule in url_map.iter_rules():
            host = (rule.host if url_map.host_matching else rule.subdomain) or ""
            if (
                rule.endpoint not in endpoints
                and rule.methods
                and path_key(from_werkzeug(rule.rule)) == path_key(route.route.path)
                and path_key(from_werkzeug(host)) == path_key(route.host)
            ):
                rule.methods.discard(route.route.method)


class SegmentsConverter(PathConverter):
    """A greedy variable: all the segments that remain, as a tuple."""

    def to_python(self, value: str) -> tuple[str, ...]:
        """The segments; a trailing slash adds none."""
        return tuple(value.removesuffix("/").split("/"))

    def to_url(self, value: str | tuple[str, ...] | list[str]) -> str:
        """The path, from a tuple of segments or from ``"a/b"``."""
        if isinstance(value, str):
            return super().to_url(value)
        return "/".join(super(PathConverter, self).to_url(segment) for segment in value)


def _compiled(name: str) -> Any:
    """An attribute that a rule has when it is compiled, and gets when it is asked for."""

    def read(rule: ServiceRule) -> Any:
        if rule.waits:
            rule.compile_now()
        return getattr(rule, name)

    return property(read, lambda rule, value: setattr(rule, name, value))


def is_plain(rule: Rule) -> bool:
    """Whether a rule's variables are plain segments, and nothing else is to mind."""
    return isinstance(rule, ServiceRule) and rule.is_plain


class ServiceRule(Rule):
    """Werkzeug's rule, in which what isn't needed at start waits.

    :param is_plain: what :func:`has_plain_urls` tells of it.
    :param waits: whether it is compiled by the map's first use: only an entry's that is plain,
        with which nothing can be wrong.
    """

    def __init__(
        self, string: str, *, is_plain: bool = False, waits: bool = False, **options: Any
    ) -> None:
        self.is_plain = is_plain
        self.waits = waits
        super().__init__(string, **options)

    arguments = _compiled("_arguments")
    _trace = _compiled("_operations")
    _converters = _compiled("_known_converters")

    def build(self, *args: Any, **kwargs: Any) -> Any:
        """Werkzeug's method, of a compiled rule."""
        if self.waits:
            self.compile_now()
        return super().build(*args, **kwargs)

    def compile(self) -> None:
        """Compile, where it needn't wait."""
        if not self.waits:
            super().compile()

    def compile_now(self) -> None:
        """Compile what has waited."""
        self.waits = False
        self.compile()

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        """A URL builder that is compiled at its first use: most functions build no URL."""

        def build(rule: Rule, **values: Any) -> tuple[str, str]:
            compiled = Rule._compile_builder(rule, append_unknown).__get__(rule, None)  # noqa: SLF001 - this is its subclass
            setattr(rule, "_build_unknown" if append_unknown else "_build", compiled)
            result: tuple[str, str] = compiled(**values)
            return result

        return build


class ServiceMap(Map):
    """Werkzeug's map, whose waiting rules are compiled at its first use."""

    def __init__(self, rules: Iterable[RuleFactory] | None = None, **options: Any) -> None:
        self._waiting: list[ServiceRule] = []
        self._waiting_lock = Lock()
        super().__init__(rules, **options)

    def all_rules(self) -> Iterator[Rule]:
        """All rules, without compiling any."""
        return chain.from_iterable(self._rules_by_endpoint.values())

    def rules_of(self, endpoint: str) -> list[Rule]:
        """The rules of an endpoint, without compiling any."""
        return self._rules_by_endpoint.get(endpoint, [])

    def add(self, rulefactory: RuleFactory) -> None:
        """Add a rule. Those that wait keep their place before any other."""
        if isinstance(rulefactory, ServiceRule) and rulefactory.waits:
            rulefactory.bind(self)
            self._rules_by_endpoint.setdefault(rulefactory.endpoint, []).append(rulefactory)
            self._waiting.append(rulefactory)
            self._remap = True
        else:
            self._compile_waiting()
            super().add(rulefactory)

    def update(self) -> None:
        """Bring the rules up to date, before they match or build URLs."""
        self._compile_waiting()
        super().update()

    def _compile_waiting(self) -> None:
        if not self._waiting:
            return
        with self._waiting_lock:
            for rule in self._waiting:
                rule.compile_now()
                self._matcher.add(rule)
            # Last: who finds it empty finds all rules in the matcher.
            self._waiting = []
