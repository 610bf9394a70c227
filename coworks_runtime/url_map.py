"""Werkzeug's URL map, which compiles the rules of entries when it is first used.

API Gateway names the route of an event, so that most functions match no URL: what a rule costs at
start, they need not pay.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain
from threading import Lock
from typing import Any

from werkzeug.routing import Map, PathConverter, Rule, RuleFactory


def may_wait(rule: str, options: Mapping[str, Any]) -> bool:
    """Whether nothing can be wrong with an entry's rule, so that its compilation may wait.

    :param rule: the rule, a blueprint's prefix included.
    :param options: Werkzeug's options; those of a blueprint may be malformed too.
    """
    has_options = any(value for name, value in options.items() if name != "methods")
    return not has_options and all(map(_is_plain, rule.split("/")))


def _is_plain(segment: str) -> bool:
    if "<" not in segment and ">" not in segment:
        return True
    name = segment[1:-1].removeprefix("segments:")
    return segment == f"<{segment[1:-1]}>" and name.isascii() and name.isidentifier()


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


class ServiceRule(Rule):
    """Werkzeug's rule, in which what isn't needed at start waits.

    :param waits: whether it is compiled by the map's first use; see :func:`may_wait`.
    """

    def __init__(self, string: str, *, waits: bool = False, **options: Any) -> None:
        self.waits = waits
        super().__init__(string, **options)

    @property
    def arguments(self) -> set[str]:
        """The names of its variables."""
        if self.waits:
            self.compile_now()
        return self._arguments

    @arguments.setter
    def arguments(self, value: set[str]) -> None:
        self._arguments = value

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
