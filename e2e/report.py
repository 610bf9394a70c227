"""The run's log: what is done, what is shown by it, how long it took."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


class Report:
    """Prints steps and checks, and counts what failed."""

    def __init__(self) -> None:
        self.failures: list[str] = []
        self.checks = 0
        self._start = time.monotonic()

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Announce a step, and tell afterwards how long it took."""
        self._write(f"\n{name}\n")
        start = time.monotonic()
        yield
        self._write(f"  ({time.monotonic() - start:.1f} s)\n")

    def equal(self, what: str, got: object, wanted: object) -> None:
        """Check that a value is the one wanted; a failure doesn't end the run.

        :param what: the fact that the check shows.
        """
        self.true(what, got == wanted, f"got {got!r}, wanted {wanted!r}")

    def true(self, what: str, fact: bool, otherwise: str = "") -> None:
        """Check a fact.

        :param otherwise: what was found instead.
        """
        self.checks += 1
        if fact:
            self._write(f"  ok      {what}\n")
        else:
            self.failures.append(what)
            self._write(f"  FAILED  {what}: {otherwise}\n")

    def end(self) -> int:
        """Print the sum, and return the exit status."""
        seconds = time.monotonic() - self._start
        self._write(f"\n{self.checks} checks, {len(self.failures)} failed, {seconds:.0f} s\n")
        return 1 if self.failures or not self.checks else 0

    @staticmethod
    def _write(text: str) -> None:
        sys.stdout.write(text)
        sys.stdout.flush()
