"""Run in the function's process: ``/var/task`` and ``/opt`` are read-only, as on Lambda.

What Python itself opens for writing, makes, renames or removes there raises Lambda's own error
(``EROFS``). What writes past Python, a library in C or a program that the function starts, meets
the files' modes; root, whom modes don't stop, gives that right up first.
"""

from __future__ import annotations

import ctypes
import errno
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
# Audit events with the positions of the paths that they change, each with that of the descriptor
# of the folder that a relative one starts at.
_CHANGES: Mapping[str, tuple[tuple[int, int | None], ...]] = {
    "os.chmod": ((0, 2),),
    "os.link": ((1, 3),),
    "os.mkdir": ((0, 2),),
    "os.remove": ((0, 1),),
    "os.rename": ((0, 2), (1, 3)),
    "os.rmdir": ((0, 1),),
    "os.symlink": ((1, 2),),
    "os.truncate": ((0, None),),
    "os.utime": ((0, 3),),
}
# linux/capability.h, linux/prctl.h
_CAPABILITY_VERSION = 0x20080522
_CAP_DAC_OVERRIDE = 1
_PR_CAPBSET_DROP = 24


def protect(folders: Sequence[str]) -> None:
    """Let nothing be written into folders, from now on and in this process's children."""
    if sys.platform == "linux" and os.geteuid() == 0:
        _obey_modes()
    sys.addaudithook(guard(folders))


def guard(folders: Sequence[str]) -> Callable[[str, tuple[Any, ...]], None]:
    """Give the audit hook that refuses what would change a file in one of the folders."""
    protected = tuple(os.path.realpath(folder) for folder in folders)

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            path, mode, flags = arguments
            # Of os.open (no mode) a relative path may start anywhere: the files' modes decide.
            if flags & _WRITING and (mode is not None or _is_absolute(path)):
                _refuse(protected, path)
        elif event in _CHANGES:
            for position, start in _CHANGES[event]:
                path = arguments[position]
                if start is None or arguments[start] == -1 or _is_absolute(path):
                    _refuse(protected, path)

    return hook


def _is_absolute(path: Any) -> bool:
    return isinstance(path, str | bytes | os.PathLike) and os.path.isabs(path)  # noqa: PTH117


def _refuse(protected: Sequence[str], path: Any) -> None:
    if not isinstance(path, str | bytes | os.PathLike):
        return  # a file that is open already
    # A link's own place counts as well as where it leads.
    name = os.fsdecode(path)
    for place in (os.path.realpath(name), os.path.abspath(name)):  # noqa: PTH100
        for folder in protected:
            if place == folder or place.startswith(folder + os.sep):
                raise OSError(errno.EROFS, os.strerror(errno.EROFS), name)


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Sets(ctypes.Structure):
    _fields_ = (
        ("effective", ctypes.c_uint32),
        ("permitted", ctypes.c_uint32),
        ("inheritable", ctypes.c_uint32),
    )


def _obey_modes() -> None:
    """Let files' modes count for root too, here and in what this process starts."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_CAPBSET_DROP, _CAP_DAC_OVERRIDE, 0, 0, 0)
    header, sets = _Header(_CAPABILITY_VERSION, 0), (_Sets * 2)()
    if libc.capget(ctypes.byref(header), sets):
        return
    keep = ~(1 << _CAP_DAC_OVERRIDE)
    for name in ("effective", "permitted", "inheritable"):
        setattr(sets[0], name, getattr(sets[0], name) & keep)
    libc.capset(ctypes.byref(header), sets)
