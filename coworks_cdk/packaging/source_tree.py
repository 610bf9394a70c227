"""The files of a project folder that make a function's sources."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from coworks_cdk.packaging.cache import cache_root
from coworks_cdk.packaging.errors import PackagingError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from coworks_cdk.packaging.exclusion import Exclusion


@dataclass(frozen=True)
class SourceFile:
    """A file of an asset.

    :param name: its path in the asset, with ``/``.
    :param executable: whether its owner may run it.
    :param content: its bytes.
    """

    name: str
    executable: bool
    content: bytes

    def write(self, folder: Path) -> None:
        """Write it below *folder*."""
        path = folder / self.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(self.content)
        path.chmod(0o755 if self.executable else 0o644)


def read_sources(project: Path, exclusion: Exclusion) -> list[SourceFile]:
    """The files of a project folder that aren't excluded, sorted by name.

    Links are followed, as Python does, wherever they lead: what is deployed is what runs locally.

    :param project: the project folder.
    :param exclusion: what is left out; it applies to a link's name and to what it leads to.
    :raises PackagingError: if there is no such folder, a file can't be read, or a link leads
        nowhere or back to a folder that holds it.
    """
    if not project.is_dir():
        raise PackagingError(f"project_dir {project} is not a folder")
    try:
        files = [_read(path, name) for path, name in _walk(project, "", exclusion, ())]
    except OSError as error:
        raise PackagingError(f"project_dir {project} can't be read: {error}") from error
    return sorted(files, key=lambda file: file.name)


def _read(path: Path, name: str) -> SourceFile:
    return SourceFile(name, bool(path.stat().st_mode & 0o100), path.read_bytes())


def _walk(
    folder: Path, prefix: str, exclusion: Exclusion, parents: tuple[Path, ...]
) -> Iterator[tuple[Path, str]]:
    parents = (*parents, folder.resolve())
    with os.scandir(folder) as found:
        entries = list(found)
    for entry in entries:
        path, name = Path(entry.path), prefix + entry.name
        is_folder = entry.is_dir()
        if exclusion.leaves_out(name, folder=is_folder):
            continue
        if entry.is_symlink() and not _follow(path, is_folder, exclusion, parents):
            continue
        if is_folder:
            if not _is_generated(path):
                yield from _walk(path, f"{name}/", exclusion, parents)
        elif entry.is_file():
            yield path, name


def _follow(
    link: Path, is_folder: bool, exclusion: Exclusion, parents: tuple[Path, ...]
) -> bool:  # fmt: skip
    goal = link.resolve()
    if not goal.exists():
        raise PackagingError(f"{link} is a link to {goal}, which doesn't exist")
    if is_folder and goal in parents:
        raise PackagingError(f"{link} is a link to {goal}, a folder that holds the link")
    root = parents[0]
    name = goal.relative_to(root).as_posix() if goal.is_relative_to(root) else goal.name
    return not exclusion.leaves_out(name, folder=is_folder)


def _is_generated(folder: Path) -> bool:
    # A virtual environment; what the CDK synthesized; what this package built.
    return (
        (folder / "pyvenv.cfg").is_file()
        or ((folder / "cdk.out").is_file() and (folder / "manifest.json").is_file())
        or folder.resolve() == cache_root().resolve()
    )
