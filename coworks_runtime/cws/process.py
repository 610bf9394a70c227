"""Run a command in a process of its own, as if it were this one."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from types import FrameType

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
        process = subprocess.Popen(command, env=told, pass_fds=held[:1])
        return _waited_for(process)
    finally:
        for descriptor in held:
            os.close(descriptor)


def _waited_for(process: "subprocess.Popen[bytes]") -> int:
    with _passing_on_termination(process):
        try:
            return _status(process.wait())
        except KeyboardInterrupt:
            return _end(process)


def _end(process: "subprocess.Popen[bytes]") -> int:
    """Wait for a process that was told to end, and end it where it does not."""
    for stop in (process.terminate, process.kill):
        try:
            return _status(process.wait(timeout=GRACE)) or 130
        except subprocess.TimeoutExpired:
            stop()
    return _status(process.wait())


def _status(returned: int) -> int:
    """A process's exit status as a shell tells it: 128 + n for signal n."""
    return 128 - returned if returned < 0 else returned


@contextlib.contextmanager
def _passing_on_termination(process: "subprocess.Popen[bytes]") -> Iterator[None]:
    """While a process runs, what asks this one to terminate terminates that one."""

    def terminate(_number: int, _frame: FrameType | None) -> None:
        process.terminate()

    try:
        previous = signal.signal(signal.SIGTERM, terminate)
    except ValueError:  # not the main thread: signals are another's to handle
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, previous)
