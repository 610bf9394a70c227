"""A function's process that waits for a debugger, and what has to end with it."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from coworks_cdk.local.function.keeper import Keeper
from coworks_cdk.local.function.layout import Layout

DEBUGGED_SECONDS = 86_400.0
"""How long anything may take where a debugger holds it."""
GRACE_SECONDS = 1.0
"""How long an editor may take to leave when the process that it debugs is no more."""


@dataclass(frozen=True)
class Debugger:
    """How a process waits for a debugger, and for it alone: nothing in it lasts too long."""

    port: int
    sources: Path | None = None
    """The project folder, where the debugger has its breakpoints."""


class Adapter:
    """debugpy's own process, which listens for an editor, in a session that is not the function's.

    It stays as long as an editor is connected, and keeps the port; so it is ended with the
    function's process.
    """

    def __init__(self, debugger: Debugger, keeper: Keeper) -> None:
        """Be told of it by a process that is started with ``descriptor`` and ``environment``."""
        self._debugger, self._keeper = debugger, keeper
        self._groups: list[int] = []
        self._reading, self.descriptor = os.pipe()
        """The file descriptor that the function's process tells it by."""
        self._reader = threading.Thread(target=self._read, daemon=True)

    def environment(self, layout: Layout) -> dict[str, str]:
        """What the function's process is told."""
        told = {"COWORKS_LOCAL_DEBUG": f"{self._debugger.port}:{self.descriptor}"}
        if self._debugger.sources is not None:
            # Read by debugpy: breakpoints are set in the project, and met in what is laid out.
            pairs = [[str(self._debugger.sources), str(layout.task)]]
            told["PATHS_FROM_ECLIPSE_TO_PYTHON"] = json.dumps(pairs)
        return told

    def started(self) -> None:
        """Listen to the function's process, which has been started or could not be."""
        os.close(self.descriptor)
        self._reader.start()

    def end(self) -> None:
        """End it, soon after the function's process has ended."""
        self._reader.join()
        end = time.monotonic() + GRACE_SECONDS
        for group in self._groups:
            while _is_there(group) and time.monotonic() < end:
                time.sleep(0.01)
            with suppress(ProcessLookupError):
                os.killpg(group, signal.SIGKILL)
            self._keeper.ended(group)
        self._groups.clear()

    def _read(self) -> None:
        with os.fdopen(self._reading) as stream:
            for line in stream:
                group = int(line)
                self._groups.append(group)
                self._keeper.started(group)


def _is_there(group: int) -> bool:
    """Whether there are processes of a group."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True
