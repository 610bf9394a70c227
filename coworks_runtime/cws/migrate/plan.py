"""What a migration changes, and what it leaves to the reader. Pure."""

import difflib
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, order=True)
class Finding:
    """Something without a counterpart, or that behaves differently.

    :param file: the file, relative to the project.
    :param line: its line; 0 for the whole file.
    :param text: what it is, and what to do.
    """

    file: Path
    line: int
    text: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else f"{self.file}"
        return f"{where}: {self.text}"


@dataclass(frozen=True)
class Change:
    """A file that is written.

    :param file: the file, relative to the project.
    :param before: its text; None for a new one.
    :param after: its new text.
    """

    file: Path
    before: str | None
    after: str

    def diff(self) -> str:
        """The change as ``diff -u`` shows it."""
        return "".join(
            line if line.endswith("\n") else f"{line}\n"
            for line in difflib.unified_diff(
                (self.before or "").splitlines(keepends=True),
                self.after.splitlines(keepends=True),
                "/dev/null" if self.before is None else f"a/{self.file}",
                f"b/{self.file}",
            )
        )


@dataclass
class Plan:
    """All the changes of a migration, and its findings."""

    changes: list[Change] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def change(self, file: Path, before: str | None, after: str) -> None:
        """Keep a change, unless it is none."""
        if before != after:
            self.changes.append(Change(file, before, after))
