"""The files of a project folder that make a function's sources."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from coworks_cdk.packaging.cache import cache_root
from coworks_cdk.packaging.errors import PackagingError
from coworks_cdk.packaging.exclusion import Exclusion, Verdict

#: What Lambda takes of a function, layers included, in bytes.
#: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
MAX_BYTES = 250 * 1024 * 1024
_MEGABYTE = 1024 * 1024


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


@dataclass(frozen=True)
class SourceTree:
    """What a folder gives an asset.

    :param files: what ships, sorted by name.
    :param left_out: the paths of what doesn't, sorted; a folder stands for what it holds.
    """

    files: tuple[SourceFile, ...]
    left_out: tuple[str, ...]

    def lacks(self, *names: str) -> str | None:
        """What is left out where a module is: itself, or a folder that holds it.

        :param names: the files that the module may be.
        :return: None where one of them ships, or there is none.
        """
        ships = {file.name for file in self.files}
        if not ships.isdisjoint(names):
            return None
        candidates = (str(part) for name in names for part in _and_parents(PurePosixPath(name)))
        return next((name for name in candidates if name in self.left_out), None)


def read_sources(project: Path, exclusion: Exclusion, told: str = "project_dir") -> SourceTree:
    """The files of a project folder that aren't excluded.

    Links are followed, as Python does, wherever they lead: what is deployed is what runs locally.
    One that leads to what is left out is left out itself.

    :param project: the project folder.
    :param exclusion: what is left out.
    :param told: what errors call the folder.
    :raises PackagingError: if there is no such folder, a file can't be read or has no name in
        UTF-8, a link leads nowhere or back to a folder that holds it, or there is more than a
        function may hold.
    """
    if not project.is_dir():
        raise PackagingError(f"{told} {project} is not a folder")
    walk = _Walk(project.resolve(), exclusion)
    try:
        walk.folder(project, "", Verdict.SHIPS, ())
        _check_sizes(told, project, walk.sizes)
        files = [_read(path, name) for name, path in sorted(walk.found.items())]
    except OSError as error:
        raise PackagingError(f"{told} {project} can't be read: {error}") from error
    return SourceTree(tuple(files), tuple(sorted(walk.left_out)))


def _and_parents(path: PurePosixPath) -> tuple[PurePosixPath, ...]:
    return (path, *path.parents)


def _check_name(path: Path) -> None:
    """The CDK copies the files of an asset, and knows names in UTF-8 only."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        raise PackagingError(
            f"the name of {str(path)!r} isn't UTF-8: rename it, or leave it out with `exclude`"
        ) from None


def _read(path: Path, name: str) -> SourceFile:
    return SourceFile(name, bool(path.stat().st_mode & 0o100), path.read_bytes())


def _check_sizes(told: str, project: Path, sizes: dict[str, int]) -> None:
    total = sum(sizes.values())
    if total > MAX_BYTES:
        largest = sorted(sizes, key=lambda name: (-sizes[name], name))[:3]
        told = ", ".join(f"{name} ({sizes[name] / _MEGABYTE:.0f} MB)" for name in largest)
        raise PackagingError(
            f"{told} {project} holds {total / _MEGABYTE:.0f} MB of sources, the largest being "
            f"{told}; Lambda takes {MAX_BYTES // _MEGABYTE} MB unzipped, layers included: leave "
            "data out with `exclude`, and read it from S3"
        )


@dataclass
class _Walk:
    root: Path
    exclusion: Exclusion
    found: dict[str, Path] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)

    def folder(
        self, folder: Path, prefix: str, within: Verdict, parents: tuple[Path, ...]
    ) -> None:  # fmt: skip
        parents = (*parents, folder.resolve())
        with os.scandir(folder) as found:
            entries = list(found)
        for entry in entries:
            path, name = Path(entry.path), prefix + entry.name
            is_folder = entry.is_dir()
            verdict = _verdict(self.exclusion, path, name, within, is_folder=is_folder)
            if verdict is Verdict.SHIPS and entry.is_symlink():
                verdict = self._followed(path, name, parents, is_folder=is_folder)
            if verdict is Verdict.LEFT_OUT:
                self.left_out.append(name)
            elif is_folder:
                self.folder(path, f"{name}/", verdict, parents)
            elif entry.is_file():
                _check_name(path)
                self.found[name] = path
                self.sizes[name] = entry.stat().st_size

    def _followed(
        self, link: Path, name: str, parents: tuple[Path, ...], *, is_folder: bool
    ) -> Verdict:  # fmt: skip
        goal = link.resolve()
        if not goal.exists():
            raise PackagingError(f"{link} is a link to {goal}, which doesn't exist")
        if is_folder and goal in parents:
            raise PackagingError(f"{link} is a link to {goal}, a folder that holds the link")
        exclusion = self.exclusion.for_goals_of(name)
        for step in _steps(link):
            if self._of_goal(step, exclusion, is_folder=is_folder) is not Verdict.SHIPS:
                return Verdict.LEFT_OUT
        return Verdict.SHIPS

    def _of_goal(self, goal: Path, exclusion: Exclusion, *, is_folder: bool) -> Verdict:
        # Every folder on the way counts. Outside the project, those that hold the project too say
        # nothing of the goal, and what starts at the project folder doesn't match.
        shared = Path(os.path.commonpath([self.root, goal]))
        verdict, path = Verdict.SHIPS, shared
        name = "" if shared == self.root else "<outside>/"
        parts = goal.relative_to(shared).parts
        for part in parts:
            path /= part
            on_the_way = is_folder or path != goal
            verdict = _verdict(exclusion, path, name + part, verdict, is_folder=on_the_way)
            name += f"{part}/"
        return verdict


def _verdict(
    exclusion: Exclusion, path: Path, name: str, within: Verdict, *, is_folder: bool
) -> Verdict:
    """The verdict of the patterns, and of the content where the name doesn't tell."""
    verdict = exclusion.verdict(name, within, folder=is_folder)
    if verdict is Verdict.LEFT_OUT:
        return verdict
    if is_folder:
        return Verdict.LEFT_OUT if _is_generated(path) else verdict
    if exclusion.may_be_a_private_key(name) and _holds_private_key(path):
        return Verdict.LEFT_OUT
    return verdict


def _steps(link: Path) -> list[Path]:
    """Where a link leads, and where the link there leads, to the end."""
    steps, path = [], link
    while path.is_symlink():
        path = path.parent.resolve() / path.readlink()
        path = path.parent.resolve() / path.name
        steps.append(path)
    return steps


def _holds_private_key(path: Path) -> bool:
    with path.open("rb") as file:
        return b"PRIVATE KEY-----" in file.read(_MEGABYTE)


def _is_generated(folder: Path) -> bool:
    # A virtual environment; what the CDK synthesized; what this package built.
    return (
        (folder / "pyvenv.cfg").is_file()
        or ((folder / "cdk.out").is_file() and (folder / "manifest.json").is_file())
        or folder.resolve() == cache_root().resolve()
    )
