"""Where this Python's own modules are, and those that are installed for it."""

from __future__ import annotations

import os
import site
import sysconfig
from pathlib import Path

_SCHEME = ("stdlib", "platstdlib", "purelib", "platlib")


def installed_folders() -> set[str]:
    """The folders, as the import path says them, and without links."""
    paths = sysconfig.get_paths()
    folders = {paths[name] for name in _SCHEME}
    folders.add(site.getusersitepackages())
    return folders | {str(Path(folder).resolve()) for folder in folders}


def is_within(path: str, folder: str) -> bool:
    """Whether a path is a folder, or below it."""
    return path == folder or path.startswith(folder + os.sep)
