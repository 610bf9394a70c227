"""The files that a synth reads: what they are, and which of them changed."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

State = Mapping[Path, tuple[int, int]]
"""Files, with the time of their last change (nanoseconds) and their size."""

_LEFT_OUT = frozenset({"__pycache__", "node_modules", "cdk.out", "tests"})
_READ_BY_A_SYNTH = frozenset({".py", ".json", ".toml", ".txt", ".yml", ".yaml", ".lock"})


def scan(root: Path, project_dirs: Sequence[Path], assembly: Path) -> dict[Path, tuple[int, int]]:
    """Give the state of what a synth reads.

    All of the project folders; of the rest of ``root`` the Python, requirements, configuration and
    dotenv files. Hidden folders, environments, ``node_modules`` and the assembly are left out.

    :param root: the folder that is synthesized in.
    :param project_dirs: the services' folders, absolute.
    :param assembly: the assembly's folder, absolute.
    """
    found: dict[Path, tuple[int, int]] = {}
    for folder in project_dirs:
        found |= _state(folder, assembly, everything=True)
    for path, state in _state(root, assembly, everything=False).items():
        found.setdefault(path, state)
    return found


def changed(before: State, after: State) -> dict[Path, str]:
    """Give the files that differ, with ``changed``, ``new`` or ``removed``."""
    found = {path: "removed" for path in before if path not in after}
    for path, state in after.items():
        if path not in before:
            found[path] = "new"
        elif before[path] != state:
            found[path] = "changed"
    return dict(sorted(found.items()))


def newest(state: State) -> tuple[Path, int] | None:
    """Give the file that changed last, with when."""
    times = {path: when for path, (when, _) in state.items()}
    return max(times.items(), key=lambda item: item[1]) if times else None


def _state(folder: Path, assembly: Path, *, everything: bool) -> dict[Path, tuple[int, int]]:
    found = {}
    for entry in _files(folder, assembly):
        path = Path(entry.path)
        dotenv = entry.name.startswith(".env")
        if dotenv or (path.suffix in _READ_BY_A_SYNTH or (everything and entry.name[0] != ".")):
            try:
                status = entry.stat()
            except OSError:
                continue
            found[path] = (status.st_mtime_ns, status.st_size)
    return found


def _files(folder: Path, assembly: Path) -> Iterator[os.DirEntry[str]]:
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return
    if any(entry.name == "pyvenv.cfg" for entry in entries):
        return
    for entry in entries:
        if not entry.is_dir(follow_symlinks=False):
            if entry.is_file():
                yield entry
        elif entry.name[0] != "." and entry.name not in _LEFT_OUT and Path(entry) != assembly:
            yield from _files(Path(entry.path), assembly)
