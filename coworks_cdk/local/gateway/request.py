"""Pure: a request as it came in, and where in an API it arrived."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote_plus

from coworks_cdk.local.gateway.routing import Match
from coworks_cdk.local.template.records import Api, Stage

_SEPARATOR = re.compile("[&;]")


@dataclass(frozen=True)
class Request:
    """A request as it came in."""

    method: str
    path: str
    """Percent-encoded, from the stage on: ``/dev/content``."""
    query: str
    headers: tuple[tuple[str, str], ...]
    """With their case and order as sent; repeated ones several times."""
    body: bytes
    source_ip: str
    port: int
    id: str
    trace_id: str
    time: float
    """Seconds since 1970."""

    def header(self, name: str) -> str | None:
        """Give the last value of a header, whatever the case of its name."""
        values = self.header_values(name)
        return values[-1] if values else None

    def header_values(self, name: str) -> list[str]:
        """Give all values of a header, whatever the case of its name."""
        wanted = name.lower()
        return [value for key, value in self.headers if key.lower() == wanted]

    def query_values(self) -> dict[str, list[str]]:
        """Give the query's names, decoded, to all their values.

        A semicolon separates too, as an ampersand does (API Gateway, known issues).
        """
        values: dict[str, list[str]] = {}
        for pair in _SEPARATOR.split(self.query):
            name, _, value = pair.partition("=")
            if pair:
                values.setdefault(unquote_plus(name), []).append(unquote_plus(value))
        return values


@dataclass(frozen=True)
class Arrival:
    """A request where it arrived."""

    request: Request
    api: Api
    stage: Stage
    path: str
    """Within the stage, percent-encoded."""
    match: Match | None = None
    """The route, where there is one."""

    @property
    def parameters(self) -> Mapping[str, str]:
        """The values of the path's variables, percent-encoded."""
        return {} if self.match is None else self.match.parameters
