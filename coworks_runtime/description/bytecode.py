"""What is kept of the compilation of what a description imports: of installed modules alone."""

from __future__ import annotations

import os
import site
import sys
import sysconfig
from importlib.machinery import (
    BYTECODE_SUFFIXES,
    EXTENSION_SUFFIXES,
    SOURCE_SUFFIXES,
    ExtensionFileLoader,
    FileFinder,
    SourceFileLoader,
    SourcelessFileLoader,
)
from pathlib import Path
from types import CodeType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importlib.abc import PathEntryFinder

_INSTALLED = ("stdlib", "platstdlib", "purelib", "platlib")


class _KeptLoader(SourceFileLoader):
    """Keeps what it compiles, as Python does by default."""

    def get_code(self, fullname: str) -> CodeType | None:
        # No module is run meanwhile, and so none of the service's compiled.
        sys.dont_write_bytecode = False
        try:
            return super().get_code(fullname)
        finally:
            sys.dont_write_bytecode = True


def leave_sources_alone(project_dir: Path) -> None:
    """From now on, write no bytecode beside any module but those that are installed.

    A description is no reason to write into a service's folder. Nor is it one to compile its
    libraries each time, where nobody has done it when they were installed. Where this process keeps
    no bytecode at all (``PYTHONDONTWRITEBYTECODE``), it goes on so.

    :param project_dir: the folder of the service's sources, which may be installed itself.
    """
    if sys.dont_write_bytecode:
        return
    sys.dont_write_bytecode = True
    installed, sources = _installed_folders(), str(project_dir.resolve())
    finder = FileFinder.path_hook(
        (ExtensionFileLoader, EXTENSION_SUFFIXES),
        (_KeptLoader, SOURCE_SUFFIXES),
        (SourcelessFileLoader, BYTECODE_SUFFIXES),
    )

    def of_installed(path: str) -> PathEntryFinder:
        within = [folder for folder in installed if _is_within(path, folder)]
        # A virtual environment in the project is installed, a project that is installed is not.
        if not within or (_is_within(path, sources) and _is_within(sources, max(within, key=len))):
            raise ImportError(path, path=path)
        return finder(path)

    sys.path_hooks.insert(0, of_installed)
    sys.path_importer_cache.clear()


def _is_within(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder + os.sep)


def _installed_folders() -> set[str]:
    """Where this Python's own modules are, and what is installed for it, as its path says it."""
    paths = sysconfig.get_paths()
    folders = {paths[name] for name in _INSTALLED}
    folders.add(site.getusersitepackages())
    return folders | {str(Path(folder).resolve()) for folder in folders}
