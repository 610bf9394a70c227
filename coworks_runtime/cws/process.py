"""Run a command in a process of its own, as if it were this one."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from threading import Event, Thread
from types import FrameType
from typing import Any, Self

# How long a process may take to end by itself once the user asked for it, in seconds.
GRACE = 10


LIFELINE = "COWORKS_LIFELINE"
"""Names the pipe whose end tells a process that the one which started it is no more."""


def run_process(
    command: Sequence[str], environment: Mapping[str, str], *, ends_with_this: bool = False
) -> int:
    """Run a command on this process's terminal, streaming what it says, and wait for its end.

    Ctrl-C reaches the process as it does this one: it has ten seconds to end by itself. A
    termination asked of this process is passed on.

    :param command: the program and its arguments.
    :param environment: the process's whole environment.
    :param ends_with_this: whether it is to end when this process does, killed or not; it watches the
        pipe that ``COWORKS_LIFELINE`` names.
    :return: its exit status; 130 after Ctrl-C where it ended without one of its own.
    """
    held: tuple[int, ...] = ()
    told = dict(environment)
    if ends_with_this:
        held = os.pipe()
        told[LIFELINE] = str(held[0])
    try:
        with _Signals() as signals:
            process = subprocess.Popen(command, env=told, pass_fds=held[:1])
            signals.follow(process)
            status = _status(process.wait())
            return status or (130 if signals.is_interrupted else 0)
    finally:
        for descriptor in held:
            os.close(descriptor)


def _status(returned: int) -> int:
    """A process's exit status as a shell tells it: 128 + n for signal n."""
    return 128 - returned if returned < 0 else returned


class _Signals:
    """What Ctrl-C and a termination mean while a process is run, from before it is there.

    Nothing is raised: what a process ended with would be lost where that comes while it is told.
    """

    def __init__(self) -> None:
        self.is_interrupted = False
        """Whether Ctrl-C has come."""
        self._process: subprocess.Popen[bytes] | None = None
        self._early: set[int] = set()
        self._previous: dict[int, Any] = {}
        self._is_over = Event()

    def __enter__(self) -> Self:
        for number in (signal.SIGINT, signal.SIGTERM):
            # What is ignored here the process ignores too, as it is started with it.
            if signal.getsignal(number) is signal.SIG_IGN:
                continue
            # Not in the main thread: signals are another's to handle.
            with contextlib.suppress(ValueError):
                self._previous[number] = signal.signal(number, self._take)
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        for number, previous in self._previous.items():
            signal.signal(number, previous)

    def follow(self, process: "subprocess.Popen[bytes]") -> None:
        """Act from now on, and on what came while the process was started."""
        self._process = process
        for number in self._early:
            self._take(number, None)

    def _take(self, number: int, _frame: FrameType | None) -> None:
        if self._process is None:
            self._early.add(number)
        elif number == signal.SIGTERM:
            self._process.terminate()
        elif not self.is_interrupted:
            self.is_interrupted = True
            Thread(target=self._insist, args=(self._process,), daemon=True).start()

    def _insist(self, process: "subprocess.Popen[bytes]") -> None:
        """End a process that was told to, where it doesn't by itself."""
        for stop in (process.terminate, process.kill):
            if self._is_over.wait(GRACE):
                return
            stop()
