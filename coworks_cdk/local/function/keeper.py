"""Nothing outlives the gateway: a process beside it ends what it could not end itself."""

from __future__ import annotations

import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

from coworks_cdk.local.function import leavings


class Keeper:
    """Told of each process of a function; ends them when this process is no more."""

    def __init__(self, folder: Path) -> None:
        """Keep the processes that run in ``folder``; the keeping one starts with the first."""
        self._folder = folder
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None

    def started(self, group: int) -> None:
        """Say that there is a group of processes."""
        self._say(f"+{group}")

    def ended(self, group: int) -> None:
        """Say that a group is gone."""
        self._say(f"-{group}")

    def close(self) -> None:
        """End the keeping process; nothing is left to keep."""
        with self._lock:
            process, self._process = self._process, None
        if process is not None:
            process.communicate()

    def _say(self, line: str) -> None:
        with self._lock:
            if self._process is None:
                self._process = self._start()
            # It may have been killed by somebody; functions run all the same.
            with suppress(BrokenPipeError):
                stream = self._process.stdin
                if stream is not None:
                    print(line, file=stream, flush=True)

    def _start(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-I", "-S", leavings.__file__, str(self._folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            text=True,
            # Ctrl-C is for the gateway.
            start_new_session=True,
        )
