"""Folders as Lambda wants them: readable by everybody, without what doesn't run there."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

# Written by installers: they say how and where a package was installed, not what it is.
_INSTALLERS_RECORDS = frozenset({
    "RECORD", "INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json", "uv_build.json",
})  # fmt: skip


def normalise(folder: Path) -> None:
    """Give everything the modes that Lambda needs, whatever the umask it was written with."""
    for parent, folders, files in os.walk(folder):
        for name in folders:
            Path(parent, name).chmod(0o755)
        for name in files:
            path = Path(parent, name)
            path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)


def prune_packages(site: Path) -> None:
    """Remove from a folder of installed packages what no function runs.

    Commands, type stubs, the packages' own tests, and the installer's records; ``METADATA`` and
    ``entry_points.txt`` stay for ``importlib.metadata``.

    :param site: the folder that was installed into.
    """
    for name in ("bin", "share"):
        if (site / name).is_dir() and not (site / name / "__init__.py").exists():
            shutil.rmtree(site / name)
    for stubs in site.glob("*-stubs"):
        shutil.rmtree(stubs)
    (site / ".lock").unlink(missing_ok=True)
    for parent, folders, files in os.walk(site):
        for name in [*folders]:
            path = Path(parent, name)
            if name == "__pycache__" or (name in {"test", "tests"} and _holds_tests(path)):
                shutil.rmtree(path)
                folders.remove(name)
        if parent.endswith(".dist-info"):
            for name in _INSTALLERS_RECORDS.intersection(files):
                Path(parent, name).unlink()


def built_for_host(site: Path) -> str | None:
    """The first package in a folder that was compiled here, rather than published as a wheel.

    :param site: the folder that was installed into.
    """
    for wheel in sorted(site.glob("*.dist-info/WHEEL")):
        # Published wheels say which libc they need (manylinux_2_17_x86_64).
        if re.search(r"^Tag: \S+-linux_\w+$", wheel.read_text(encoding="utf-8"), re.MULTILINE):
            return wheel.parent.name.partition("-")[0]
    return None


def _holds_tests(folder: Path) -> bool:
    # A package may well call a module of its own "test": what pytest would collect tells.
    return any(
        path.name.startswith("test_") or path.stem.endswith("_test") or path.name == "conftest.py"
        for path in folder.glob("*.py")
    )


def unzipped_size(folder: Path) -> int:
    """What the files below *folder* measure, in bytes."""
    return sum(
        Path(parent, name).stat().st_size
        for parent, _, files in os.walk(folder)
        for name in files
    )  # fmt: skip
