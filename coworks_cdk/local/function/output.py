"""What a function's process prints, line by line, as soon as it is there."""

from __future__ import annotations

import os
import selectors
from collections.abc import Callable
from typing import IO

IDLE_SECONDS = 0.05
"""How long the rest of a line is waited for."""


def lines_of(stream: IO[bytes], take: Callable[[bytes], None]) -> None:
    """Hand on each line until the stream ends.

    A traceback that Lambda's runtime client logs has no line break after its last line: it is
    handed on as soon as nothing more comes. An object of JSON has one, however long it is.
    """
    pending = b""
    with selectors.DefaultSelector() as selector:
        selector.register(stream, selectors.EVENT_READ)
        while True:
            is_whole = pending and not pending.startswith(b"{")
            if not selector.select(IDLE_SECONDS if is_whole else None):
                take(pending)
                pending = b""
                continue
            chunk = os.read(stream.fileno(), 1 << 16)
            if not chunk:
                break
            *lines, pending = (pending + chunk).split(b"\n")
            for line in lines:
                take(line)
    if pending:
        take(pending)
