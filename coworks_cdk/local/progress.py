"""What a step that takes long shows: a spinner at a terminal, a line elsewhere, and its time."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TextIO

_FRAMES = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"


@dataclass
class Step:
    """A step under way."""

    failed: bool = False


@contextmanager
def step(what: str, stream: TextIO | None = None) -> Iterator[Step]:
    """Show that something is being done, and how long it took.

    :param what: what is being done, as ``synthesizing``.
    :param stream: standard error by default.
    :return: what is told that the step failed, where no exception tells.
    """
    out = stream or sys.stderr
    started = time.monotonic()
    done = threading.Event()
    thread = threading.Thread(target=_spin, args=(what, out, started, done), daemon=True)
    if out.isatty():
        thread.start()
    else:
        print(f"{what} ...", file=out, flush=True)
    current = Step()
    try:
        yield current
    except BaseException:
        current.failed = True
        raise
    finally:
        done.set()
        if thread.ident is not None:
            thread.join()
            out.write("\r\x1b[K")
        print(
            f"{what}: {'failed' if current.failed else 'done'} in {time.monotonic() - started:.1f} s",
            file=out,
            flush=True,
        )


def _spin(what: str, out: TextIO, started: float, done: threading.Event) -> None:
    turn = 0
    while not done.wait(0.1):
        frame = _FRAMES[turn % len(_FRAMES)]
        out.write(f"\r{frame} {what} {time.monotonic() - started:.0f} s")
        out.flush()
        turn += 1
