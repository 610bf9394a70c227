"""What a service's import loaded, from where, and how long it took."""

from __future__ import annotations

import ast
import builtins
import os
import re
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib.metadata import distributions
from pathlib import Path
from types import ModuleType
from typing import Any

#: Seconds from which an import is worth a word.
_SLOW = 0.05


class ImportClock:
    """Measures the imports of a service: how long each took by itself."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._own: dict[str, float] = {}
        self._below = [0.0]

    @contextmanager
    def running(self) -> Iterator[None]:
        """Measure what is imported meanwhile."""
        imported = builtins.__import__

        def measured(name: str, *arguments: Any, **keywords: Any) -> ModuleType:
            self._below.append(0.0)
            start = time.perf_counter()
            try:
                return imported(name, *arguments, **keywords)
            finally:
                took = time.perf_counter() - start
                own = took - self._below.pop()
                self._below[-1] += took
                if own >= _SLOW:
                    self._own[name] = self._own.get(name, 0.0) + own

        start = time.perf_counter()
        builtins.__import__ = measured
        try:
            yield
        finally:
            builtins.__import__ = imported
            self.seconds = time.perf_counter() - start

    def as_dict(self) -> dict[str, Any]:
        """The seconds in all, and those of the slowest modules by themselves."""
        slowest = sorted(self._own.items(), key=lambda item: -item[1])[:5]
        return {
            "seconds": round(self.seconds, 3),
            "slowest": [[name, round(seconds, 3)] for name, seconds in slowest],
        }


def foreign_imports(folder: Path) -> list[dict[str, Any]]:
    """What the project's loaded modules import that is neither the project's nor Python's.

    :param folder: the project folder, resolved.
    :return: ``module``, the ``file`` that it is, the ``distributions`` that it is of (none for a
        folder on the import path), and the first project file and line that imports it (``by``,
        ``line``).
    """
    found: dict[str, dict[str, Any]] = {}
    known = sys.stdlib_module_names | {__name__.partition(".")[0]}
    for path in sorted(_loaded(folder)):
        for name, line in _imported(path):
            module = sys.modules.get(name)
            if module is None or name in found or name in known:
                continue
            file = _file(module)
            if file is None or (_is_of(folder, file) and not _installed(file)):
                continue
            by = path.relative_to(folder).as_posix()
            found[name] = {"module": name, "file": str(file.resolve()), "by": by, "line": line}
    of_modules = _distributions(found) if found else {}
    return [{"distributions": of_modules.get(name, []), **one} for name, one in found.items()]


def _distributions(modules: Iterable[str]) -> dict[str, list[str]]:
    """What top-level modules were installed with, of those that were.

    As ``importlib.metadata.packages_distributions``, which makes a path of every file that is
    installed, and takes longer for it than most services for their import.
    """
    names = "|".join(map(re.escape, modules))
    declared = re.compile(rf"^({names})$", re.MULTILINE)
    recorded = re.compile(rf'^"?({names})(?:/|\.[^/,"]+"?,)', re.MULTILINE)
    found: dict[str, set[str]] = {}
    for distribution in distributions():
        top_level = distribution.read_text("top_level.txt")
        if top_level:
            held = declared.findall(top_level)
        else:
            held = recorded.findall(distribution.read_text("RECORD") or "")
        for module in set(held):
            found.setdefault(module, set()).add(distribution.metadata["Name"])
    return {module: sorted(of) for module, of in found.items()}


def _loaded(folder: Path) -> set[Path]:
    # Compared as texts: there are hundreds of modules, and few are the project's.
    start = f"{folder}{os.sep}"
    names = (getattr(module, "__file__", None) for module in list(sys.modules.values()))
    files = {Path(name) for name in names if name and name.startswith(start)}
    return {file for file in files if file.suffix == ".py" and not _installed(file)}


def _file(module: object) -> Path | None:
    """The file of a module; the folder of a package without one."""
    if name := getattr(module, "__file__", None):
        return _normal(name)
    folders = list(getattr(module, "__path__", ()))
    return _normal(folders[0]) if folders else None


def _normal(name: str) -> Path:
    """An absolute path without ``..``, its links not followed."""
    return Path(os.path.normpath(Path(name).absolute()))


def _is_of(folder: Path, file: Path) -> bool:
    """Whether a file is in a folder, as itself or as a link's goal: links ship as what they lead to."""
    return file.is_relative_to(folder) or file.resolve().is_relative_to(folder)


def _installed(file: Path) -> bool:
    return bool({"site-packages", "dist-packages"} & set(file.parts))


def _imported(path: Path) -> Iterator[tuple[str, int]]:
    """The top-level names that a file imports, in its functions too, with their lines."""
    try:
        tree = ast.parse(path.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name.partition(".")[0], node.lineno
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module.partition(".")[0], node.lineno
