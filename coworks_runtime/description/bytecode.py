"""What is kept of the compilation of what a description imports: of installed modules alone."""

from __future__ import annotations

import sys
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

from .installed import installed_folders, is_within

if TYPE_CHECKING:
    from importlib.abc import PathEntryFinder


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
    installed, sources = installed_folders(), str(project_dir.resolve())
    finder = FileFinder.path_hook(
        (ExtensionFileLoader, EXTENSION_SUFFIXES),
        (_KeptLoader, SOURCE_SUFFIXES),
        (SourcelessFileLoader, BYTECODE_SUFFIXES),
    )

    def of_installed(path: str) -> PathEntryFinder:
        within = [folder for folder in installed if is_within(path, folder)]
        # A virtual environment in the project is installed, a project that is installed is not.
        if not within or (is_within(path, sources) and is_within(sources, max(within, key=len))):
            raise ImportError(path, path=path)
        return finder(path)

    sys.path_hooks.insert(0, of_installed)
    sys.path_importer_cache.clear()
