"""Run in the function's process: wait for a debugger, before anything of the function's runs."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


def wait(port: int, told: int) -> None:
    """Listen for a debugger on the loopback interface, and go on when one is there.

    :param told: a file descriptor that takes the ids of the processes that are started for it.
    """
    import debugpy  # noqa: T100

    with _telling(told):
        debugpy.listen(("127.0.0.1", port))  # noqa: T100
    sys.stdout.write(f"waiting for a debugger on 127.0.0.1:{port}\n")
    sys.stdout.flush()
    debugpy.wait_for_client()  # noqa: T100
    sys.stdout.write("the debugger is there\n")
    sys.stdout.flush()


@contextmanager
def _telling(told: int) -> Iterator[None]:
    """Tell of each process that is started meanwhile, as soon as it is there.

    debugpy listens in a process that takes a session of its own, in which no signal for the
    function's group reaches it; the session has the id of the process that debugpy starts.
    """
    kind: Any = subprocess.Popen
    start = kind.__init__

    def starting(process: Any, *args: Any, **options: Any) -> None:
        start(process, *args, **options)
        os.write(told, f"{process.pid}\n".encode())

    kind.__init__ = starting
    try:
        yield
    finally:
        kind.__init__ = start
        os.close(told)
