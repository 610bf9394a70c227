"""Folders as Lambda wants them: readable by everybody, without what doesn't run there."""

from __future__ import annotations

import os
import re
from pathlib import Path


def normalise(folder: Path) -> None:
    """Give everything the modes that Lambda needs, whatever the umask it was written with."""
    for parent, folders, files in os.walk(folder):
        for name in folders:
            Path(parent, name).chmod(0o755)
        for name in files:
            path = Path(parent, name)
            path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)


def built_for_host(site: Path) -> str | None:
    """The first package in a folder that was compiled here, rather than published as a wheel.

    :param site: the folder that was installed into.
    """
    for wheel in sorted(site.glob("*.dist-info/WHEEL")):
        # Published wheels say which libc they need (manylinux_2_17_x86_64).
        if re.search(r"^Tag: \S+-linux_\w+$", wheel.read_text(encoding="utf-8"), re.MULTILINE):
            return wheel.parent.name.partition("-")[0]
    return None


def unzipped_size(folder: Path) -> int:
    """What the files below *folder* measure, in bytes."""
    return sum(
        Path(parent, name).stat().st_size
        for parent, _, files in os.walk(folder)
        for name in files
    )  # fmt: skip
