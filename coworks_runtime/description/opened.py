"""What a process reads of the file system while a service is imported."""

from __future__ import annotations

import os
import sys

from .installed import installed_folders, is_within

_FOLDERS = frozenset({"os.listdir", "os.scandir"})
_NO_FILES = ("/dev", "/proc", "/sys")


class Opened:
    """The files that are opened to be read, and the folders that are listed, from now on.

    What is written by the service itself isn't among them, nor what is installed.
    """

    def __init__(self) -> None:
        self._paths: set[str] = set()
        # https://docs.python.org/3/library/audit_events.html
        sys.addaudithook(self._hear)

    def paths(self) -> dict[str, bool]:
        """Whether they are there, by their absolute paths."""
        left_out = installed_folders().union(_NO_FILES)
        return {
            path: os.path.lexists(path)
            for path in sorted(self._paths)
            if not any(is_within(path, folder) for folder in left_out)
        }

    def _hear(self, event: str, arguments: tuple[object, ...]) -> None:
        if event == "open":
            path, mode, flags = arguments
            if isinstance(mode, str) and not set(mode).isdisjoint("wax"):
                return
            if isinstance(flags, int) and flags & (os.O_WRONLY | os.O_CREAT):
                return
        elif event in _FOLDERS:
            path = arguments[0] or "."
        else:
            return
        if isinstance(path, (str, bytes, os.PathLike)):
            self._paths.add(os.path.abspath(os.fsdecode(path)))  # noqa: PTH100 - links stay
