"""A requirements file and all that it refers to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from coworks_cdk.packaging.digest import digest, file_digest, tree_digest
from coworks_cdk.packaging.errors import PackagingError
from coworks_cdk.packaging.exclusion import Exclusion
from coworks_cdk.packaging.source_tree import read_sources

_NESTED = re.compile(r"(-r|-c|--requirements?|--constraints?)(?:\s*=\s*|\s+|(?<=-[rc]))(\S.*)")
_INDEX_OPTION = re.compile(
    r"(-i|--index-url|--extra-index-url|-f|--find-links|--no-index)\b\s*=?\s*(.*)"
)
# Nobody writes as many lines: it is another file.
_LARGEST = 1024 * 1024


@dataclass(frozen=True)
class RequirementsFile:
    """What a requirements file says, its nested files included.

    :param path: its absolute path.
    :param key: a digest over its content and that of all it refers to, whatever their folders.
    :param index_options: the lines that tell where packages come from.
    :param hashes: the ``--hash`` options of the packages that have them, by normalised name.
    :param empty: whether it asks for nothing.
    :param files: the paths of all the requirements files that were read.
    """

    path: Path
    key: str
    index_options: tuple[str, ...]
    hashes: dict[str, str]
    empty: bool
    files: tuple[Path, ...] = ()


class _Reader:
    def __init__(self) -> None:
        self.parts: list[str | bytes] = []
        self.index_options: list[str] = []
        self.hashes: dict[str, str] = {}
        self.asked = False
        self.seen: dict[Path, None] = {}

    def read(self, path: Path, told_by: str, *, asks: bool) -> None:
        if path.resolve() in self.seen:
            return
        self.seen[path.resolve()] = None
        try:
            if path.exists() and (not path.is_file() or path.stat().st_size > _LARGEST):
                raise PackagingError(
                    f"{path}{told_by} is no requirements file: it must be a text file of at most "
                    f"{_LARGEST // 1024} kB"
                )
            text = path.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeError) as error:
            raise PackagingError(f"requirements file {path}{told_by} can't be read: {error}") from (
                error
            )
        for line in _logical_lines(text):
            self.parts.append(line)
            if nested := _NESTED.fullmatch(line):
                name = nested[2].strip("\"'")
                if "://" not in name:
                    is_constraint = nested[1].lstrip("-").startswith("c")
                    self.read(
                        path.parent / name,
                        f", which {path} refers to,",
                        asks=asks and not is_constraint,
                    )
            elif option := _INDEX_OPTION.fullmatch(line):
                self._index_option(line, option[1], option[2].strip("\"' "), path.parent)
            elif not line.startswith("-") or line.startswith(("-e", "--editable")):
                self.asked = self.asked or asks
                self._requirement(line)

    def _index_option(self, line: str, option: str, value: str, folder: Path) -> None:
        goal = _path(value, folder) if value and "$" not in value else None
        if goal is None or not goal.exists():
            self.index_options.append(line)
            return
        # The options are repeated in a file that lies elsewhere.
        self.index_options.append(f"{option} {goal}")
        # Nobody but the user keeps what such a folder holds as it is. An index has one a package.
        is_index = option not in {"-f", "--find-links"}
        for found in sorted(goal.glob("**/*" if is_index else "*")) if goal.is_dir() else [goal]:
            if found.is_file():
                name = found.relative_to(goal).as_posix() if goal.is_dir() else found.name
                self.parts += [name, file_digest(found)]

    def _requirement(self, line: str) -> None:
        requirement, *hashes = re.split(r"\s+(?=--hash\b)", line)
        editable = re.sub(r"^(-e|--editable)\s*=?\s*", "", requirement)
        try:
            parsed = Requirement(re.sub(r"\s+--\S.*", "", editable))
        except InvalidRequirement:  # a path or a URL alone, or the installer tells what is wrong
            goal = editable.partition(" ;")[0].strip()
        else:
            goal = parsed.url or ""
            if hashes:
                self.hashes[canonicalize_name(parsed.name)] = " ".join(hashes)
        local = _path(re.sub(r"\[[^\]]*\]$", "", goal), Path.cwd()) if goal else None
        if local is not None and local.is_file():
            self.parts.append(file_digest(local))
        elif local is not None and local.is_dir():
            files = read_sources(local, Exclusion.of_package(), "package").files
            self.parts.append(tree_digest((f.name, f.executable, f.content) for f in files))


def read_requirements(path: Path) -> RequirementsFile:
    """Read a requirements file, and the files that ``-r`` and ``-c`` name in it.

    Packages that it names by a path (as pip does, from the working directory) count with their
    content, and so does what a folder of ``--find-links`` or ``--index-url`` holds.

    :param path: the file.
    :raises PackagingError: if one of the files can't be read.
    """
    reader = _Reader()
    try:
        reader.read(path.absolute(), "", asks=True)
    except OSError as error:
        raise PackagingError(
            f"what requirements file {path} refers to can't be read: {error}"
        ) from error
    return RequirementsFile(
        path=path.absolute(),
        key=digest(*reader.parts),
        index_options=tuple(reader.index_options),
        hashes=reader.hashes,
        empty=not reader.asked,
        files=tuple(reader.seen),
    )


def _logical_lines(text: str) -> list[str]:
    joined = re.sub(r"\\\r?\n", " ", text)
    lines = (re.sub(r"(^|\s)#.*", "", line).strip() for line in joined.splitlines())
    return [line for line in lines if line]


def _path(goal: str, folder: Path) -> Path | None:
    """Where a path or a file's URL leads; ``None`` for what is elsewhere."""
    if goal.startswith("file:"):
        return Path(unquote(urlsplit(goal).path))
    return None if "://" in goal else folder / goal
