"""Run as a script beside the gateway: ends what that leaves behind, however it ends.

Reads what there is from its standard input, ``+ID`` for a group of processes and ``-ID`` for one that
is gone, until that closes: the gateway is no more, killed maybe. Then it ends the groups that are
left and removes the folder that they ran in. Called as ``python -I -S leavings.py FOLDER``.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Iterable
from contextlib import suppress


def left_of(lines: Iterable[str]) -> list[int]:
    """Give the groups that are there when there are no more lines."""
    groups: dict[int, None] = {}
    for line in lines:
        if line[0] == "+":
            groups[int(line[1:])] = None
        else:
            groups.pop(int(line[1:]), None)
    return list(groups)


def main(folder: str, lines: Iterable[str]) -> None:
    """Wait for the end of the gateway, and end the rest."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    for group in left_of(lines):
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)
    for path, _, _ in os.walk(folder):
        # What functions run in is read-only.
        os.chmod(path, 0o700)  # noqa: PTH101 - nothing is imported that needn't be
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.stdin)
