"""What another process or thread brings about, in its own time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")
SECONDS = 60.0
"""How long a busy machine may take for anything that is to happen at once."""


def eventually(
    ask: Callable[[], Found], told: Callable[[], object] | None = None, seconds: float = SECONDS
) -> Found:
    """Ask until the answer is true; gives the answer.

    An answer to a request, the end of a connection or of a process says nothing of what comes on
    another way: output through a pipe, a file, a thread that ends. Who looks for these asks here.

    :param told: gives what is said where it never comes true: a log, mostly.
    """
    end = time.monotonic() + seconds
    while not (found := ask()):
        if time.monotonic() > end:
            raise AssertionError(told() if told else f"not within {seconds:.0f} s: {found!r}")
        time.sleep(0.01)
    return found
