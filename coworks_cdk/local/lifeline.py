"""The end of the process that started this one, noticed.

Whoever starts a process that is to end with it makes a pipe, keeps the writing end, and names the
reading end in ``COWORKS_LIFELINE``. The end of a process closes its pipes, whatever ended it.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import MutableMapping

VARIABLE = "COWORKS_LIFELINE"


def end_with_parent(environment: MutableMapping[str, str]) -> None:
    """Terminate this process when the one that holds its lifeline is no more.

    :param environment: names the pipe, where there is one; its name is taken out.
    """
    descriptor = environment.pop(VARIABLE, "")
    if not descriptor.isdecimal():
        return
    number = int(descriptor)
    try:
        os.set_inheritable(number, False)
    except OSError:
        return
    threading.Thread(target=_wait, args=(number,), daemon=True).start()


def _wait(descriptor: int) -> None:
    if not os.read(descriptor, 1):
        os.kill(os.getpid(), signal.SIGTERM)
