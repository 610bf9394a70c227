"""The events under ``tests/events``, for every test that sends them somewhere.

A file holds ``{"event": ..., "expected": ...}``. What is expected is one of

- ``{"foreign": true}``: no codec, no authorizer;
- ``{"authorizer_event": {...}}``: a TOKEN authorizer event, with the parts of its ARN;
- ``{"codec": name, "malformed": text}``: the environ can't be made, and the error says so;
- ``{"codec": name, ...}`` with any of ``environ`` (some of its values), ``absent`` (keys that it
  must not have), ``body`` or ``body_base64``, and ``authorizer`` (its context, or null).
"""

import json
from base64 import b64decode
from copy import deepcopy
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

EVENTS = Path(__file__).parent / "events"


@dataclass(frozen=True)
class CorpusEvent:
    """An event with what is expected of it."""

    name: str

    @cached_property
    def _content(self) -> dict[str, Any]:
        return json.loads((EVENTS / f"{self.name}.json").read_text(encoding="utf-8"))

    @property
    def event(self) -> dict[str, Any]:
        """A copy of the event, the caller's own."""
        return deepcopy(self._content["event"])

    @property
    def expected(self) -> dict[str, Any]:
        return self._content["expected"]

    @property
    def is_request(self) -> bool:
        """Tell whether a service can answer it as an HTTP request."""
        return "codec" in self.expected and "malformed" not in self.expected

    @property
    def body(self) -> bytes | None:
        """The body expected; None where nothing is said of it."""
        if "body_base64" in self.expected:
            return b64decode(self.expected["body_base64"])
        body = self.expected.get("body")
        return None if body is None else body.encode()

    def __str__(self) -> str:
        return self.name


def corpus_event(name: str) -> CorpusEvent:
    """Load one event by the name of its file."""
    return CorpusEvent(name)


def corpus() -> list[CorpusEvent]:
    """List all events, sorted by name; fit for ``pytest.mark.parametrize(..., ids=str)``."""
    return [CorpusEvent(path.stem) for path in sorted(EVENTS.glob("*.json"))]
