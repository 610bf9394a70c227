"""Installed packages without what no function runs."""

from __future__ import annotations

import csv
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from coworks_cdk.packaging.imports import imported

# Written by installers: they say how and where from a package was installed, not what it is.
_INSTALLERS_RECORDS = frozenset({
    "INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json", "uv_build.json",
})  # fmt: skip


def clean_packages(site: Path, *, prune: bool) -> tuple[str, ...]:
    """Remove from a folder of installed packages what differs from machine to machine, and more.

    What stays in ``.dist-info`` serves ``importlib.metadata``: ``RECORD`` names what is there.

    :param site: the folder that was installed into.
    :param prune: whether commands, type stubs, and tests that the package doesn't import go too.
    :returns: the folders of these that are gone, sorted.
    """
    pruned = sorted(_pruned(site)) if prune else []
    for name in pruned:
        shutil.rmtree(site / name)
    (site / ".lock").unlink(missing_ok=True)
    for parent, folders, files in os.walk(site):
        if "__pycache__" in folders:
            shutil.rmtree(Path(parent, "__pycache__"))
            folders.remove("__pycache__")
        if parent.endswith(".dist-info"):
            for name in _INSTALLERS_RECORDS.intersection(files):
                Path(parent, name).unlink()
    for record in site.glob("*.dist-info/RECORD"):
        _correct(record, site)
    return tuple(pruned)


def _pruned(site: Path) -> Iterator[str]:
    for name in ("bin", "share"):
        if (site / name).is_dir() and not (site / name / "__init__.py").exists():
            yield name
    stubs = [folder.name for folder in site.glob("*-stubs")]
    yield from stubs
    inside = tuple(f"{name}/" for name in ("bin", "share", *stubs))
    yield from (name for name in _tests_nobody_imports(site) if not name.startswith(inside))


def _tests_nobody_imports(site: Path) -> set[str]:
    found = {folder.relative_to(site).as_posix() for folder in _test_folders(site)}
    # What is kept may import more of them.
    while kept := imported(_modules_outside(site, found), found):
        found -= set(kept)
    return found


def _test_folders(site: Path) -> Iterator[Path]:
    for parent, folders, _ in os.walk(site):
        for name in sorted({"test", "tests"}.intersection(folders)):
            if _holds_tests(Path(parent, name)):
                folders.remove(name)
                yield Path(parent, name)


def _holds_tests(folder: Path) -> bool:
    # A package may well call a module of its own "test": what pytest would collect tells.
    return any(
        path.name.startswith("test_") or path.stem.endswith("_test") or path.name == "conftest.py"
        for path in folder.glob("*.py")
    )


def _modules_outside(site: Path, left_out: set[str]) -> Iterator[tuple[str, bytes]]:
    for parent, folders, files in os.walk(site):
        prefix = "" if Path(parent) == site else f"{Path(parent).relative_to(site).as_posix()}/"
        folders[:] = sorted(name for name in folders if prefix + name not in left_out)
        for name in sorted(files):
            if name.endswith(".py"):
                yield prefix + name, Path(parent, name).read_bytes()


def _correct(record: Path, site: Path) -> None:
    with record.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.reader(file) if row and (site / row[0]).is_file()]
    with record.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(sorted(rows))
