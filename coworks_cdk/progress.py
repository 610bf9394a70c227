"""What a step that takes long shows: a spinner at a terminal, lines elsewhere, and its time."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import TextIO

#: The variable that names the terminal of a user whose command reads this process's output, as the
#: CDK's does: ``/dev/pts/3``. ``cws`` sets it.
TERMINAL_VARIABLE = "COWORKS_TERMINAL"

_FRAMES = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
_CLEAR = "\r\x1b[K"


class Step:
    """A step under way."""

    _under_way: list[Step] = []  # noqa: RUF012 - those of this process, the innermost last

    def __init__(self, what: str, out: TextIO, screen: TextIO | None, patience: float) -> None:
        self.failed = False
        self._what, self._out, self._screen, self._patience = what, out, screen, patience
        self._started = time.monotonic()
        self._is_told = False
        self._is_over = threading.Event()
        self._writing = threading.Lock()
        self._thread = threading.Thread(target=self._show, daemon=True)

    def say(self, line: str) -> None:
        """Print a line of what the step does, beside its spinner."""
        with self._writing:
            self._clear()
            self._print(line)

    def begin(self) -> None:
        """Show it, at once or when it has taken long enough."""
        self._under_way.append(self)
        if not self._patience:
            self._tell()
        self._thread.start()

    def end(self) -> None:
        """Say how long it took, where it was shown."""
        self._is_over.set()
        self._thread.join()
        self._under_way.remove(self)
        self._clear()
        if self._is_told:
            how = "failed" if self.failed else "done"
            self._print(f"{self._what}: {how} in {self._seconds:.1f} s")

    @property
    def _seconds(self) -> float:
        return time.monotonic() - self._started

    def _tell(self) -> None:
        self._is_told = True
        if self._screen is None:
            self._print(f"{self._what} ...")

    def _show(self) -> None:
        if self._patience:
            if self._is_over.wait(self._patience):
                return
            self._tell()
        turn = 0
        while self._screen is not None and not self._is_over.wait(0.1):
            turn += 1
            if self._under_way[-1] is self:
                with self._writing, suppress(OSError):
                    frame = _FRAMES[turn % len(_FRAMES)]
                    self._screen.write(f"{_CLEAR}{frame} {self._what} {self._seconds:.0f} s")
                    self._screen.flush()

    def _clear(self) -> None:
        if self._screen is not None:
            with suppress(OSError):
                self._screen.write(_CLEAR)
                self._screen.flush()

    def _print(self, line: str) -> None:
        print(line, file=self._out, flush=True)


@contextmanager
def step(what: str, stream: TextIO | None = None, *, patience: float = 0) -> Iterator[Step]:
    """Show that something is being done, and how long it took.

    At a terminal a spinner turns meanwhile; of steps in steps, that of the innermost. Elsewhere a
    line tells the beginning.

    :param what: what is being done, as ``synthesizing``.
    :param stream: standard error by default.
    :param patience: seconds that a step may take without being shown at all; 0 shows each.
    :return: what is told that the step failed, where no exception tells.
    """
    out = stream or sys.stderr
    with _screen(out, os.environ) as screen:
        current = Step(what, out, screen, patience)
        current.begin()
        try:
            yield current
        except BaseException:
            current.failed = True
            raise
        finally:
            current.end()


@contextmanager
def _screen(out: TextIO, environment: Mapping[str, str]) -> Iterator[TextIO | None]:
    """The terminal that the user looks at, if there is one."""
    if out.isatty():
        yield out
        return
    opened: TextIO | None = None
    if out is sys.stderr and (name := environment.get(TERMINAL_VARIABLE)):
        # Whoever set it may be gone, and its terminal with it.
        with suppress(OSError):
            opened = os.fdopen(os.open(name, os.O_WRONLY | os.O_NOCTTY), "w", encoding="utf-8")
    try:
        yield opened if opened is not None and opened.isatty() else None
    finally:
        if opened is not None:
            with suppress(OSError):
                opened.close()
