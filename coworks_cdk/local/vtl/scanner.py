"""A place in a template's text, for the parsers."""

from __future__ import annotations

import re

from coworks_cdk.local.vtl.errors import NotUnderstood

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_SPACE = re.compile(r"\s*")


class Scanner:
    """Reads a text from its beginning to its end."""

    def __init__(self, text: str) -> None:
        """Start at the beginning."""
        self.text, self.at = text, 0

    @property
    def done(self) -> bool:
        """Whether all is read."""
        return self.at >= len(self.text)

    def looks_at(self, *texts: str) -> bool:
        """Tell whether one of these texts comes next."""
        return self.text.startswith(texts, self.at)

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Read what matches a pattern, where that comes next."""
        found = pattern.match(self.text, self.at)
        if found is not None:
            self.at = found.end()
        return found

    def skip(self, text: str) -> bool:
        """Read a text, where that comes next."""
        if not self.looks_at(text):
            return False
        self.at += len(text)
        return True

    def space(self) -> None:
        """Read white space."""
        self.take(_SPACE)

    def expect(self, text: str, where: str) -> None:
        """Read a text that has to come next, after any white space.

        :raises NotUnderstood: where something else does.
        """
        self.space()
        if not self.skip(text):
            raise NotUnderstood(f"{where} without {text!r} at {self.rest()!r}")

    def rest(self) -> str:
        """Give the beginning of what is left, for messages."""
        return self.text[self.at : self.at + 30]
