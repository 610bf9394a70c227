"""A requirements file and all that it refers to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from coworks_cdk.packaging.digest import digest, tree_digest
from coworks_cdk.packaging.errors import PackagingError
from coworks_cdk.packaging.exclusion import Exclusion
from coworks_cdk.packaging.resolution import normalise_name
from coworks_cdk.packaging.source_tree import read_sources

_NESTED = re.compile(r"(-r|-c|--requirements?|--constraints?)(?:\s*=\s*|\s+|(?<=-[rc]))(\S.*)")
_INDEX_OPTION = re.compile(
    r"(?:-i|--index-url|--extra-index-url|-f|--find-links|--no-index)\b\s*=?\s*(.*)"
)


@dataclass(frozen=True)
class RequirementsFile:
    """What a requirements file says, its nested files included.

    :param path: its absolute path.
    :param key: a digest over its content and that of all it refers to, whatever their folders.
    :param index_options: the lines that tell where packages come from.
    :param hashes: the ``--hash`` options of the packages that have them, by normalised name.
    :param empty: whether it asks for nothing.
    """

    path: Path
    key: str
    index_options: tuple[str, ...]
    hashes: dict[str, str]
    empty: bool


class _Reader:
    def __init__(self) -> None:
        self.parts: list[str | bytes] = []
        self.index_options: list[str] = []
        self.hashes: dict[str, str] = {}
        self.asked = False
        self._seen: set[Path] = set()

    def read(self, path: Path, told_by: str, *, asks: bool) -> None:
        if path.resolve() in self._seen:
            return
        self._seen.add(path.resolve())
        try:
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
                self.index_options.append(_absolute(line, option[1].strip(), path.parent))
            elif not line.startswith("-") or line.startswith(("-e", "--editable")):
                self.asked = self.asked or asks
                self._requirement(line)

    def _requirement(self, line: str) -> None:
        requirement, *hashes = re.split(r"\s+(?=--hash\b)", line)
        if hashes:
            name = re.split(r"[^A-Za-z0-9._-]", requirement, maxsplit=1)[0]
            self.hashes[normalise_name(name)] = " ".join(hashes)
        local = _local(requirement)
        if local.is_file():
            self.parts.append(local.read_bytes())
        elif local.is_dir():
            files = read_sources(local, Exclusion.of(()))
            self.parts.append(tree_digest((f.name, f.executable, f.content) for f in files))


def read_requirements(path: Path) -> RequirementsFile:
    """Read a requirements file, and the files that ``-r`` and ``-c`` name in it.

    Packages that it names by a path (as pip does, from the working directory) count with their
    content.

    :param path: the file.
    :raises PackagingError: if one of the files can't be read.
    """
    reader = _Reader()
    reader.read(path.absolute(), "", asks=True)
    return RequirementsFile(
        path=path.absolute(),
        key=digest(*reader.parts),
        index_options=tuple(reader.index_options),
        hashes=reader.hashes,
        empty=not reader.asked,
    )


def _logical_lines(text: str) -> list[str]:
    joined = re.sub(r"\\\r?\n", " ", text)
    lines = (re.sub(r"(^|\s)#.*", "", line).strip() for line in joined.splitlines())
    return [line for line in lines if line]


def _local(requirement: str) -> Path:
    goal = re.sub(r"^(-e|--editable)\s*=?\s*", "", requirement.partition(" ;")[0].strip())
    goal = goal.rpartition(" @ ")[2].strip()
    if goal.startswith("file:"):
        goal = unquote(urlsplit(goal).path)
    return Path(re.sub(r"\[[^\]]*\]$", "", goal)).absolute()


def _absolute(line: str, value: str, folder: Path) -> str:
    # The options are repeated in a file that lies elsewhere.
    if value and "://" not in value and "$" not in value and (folder / value).exists():
        return f"{line.removesuffix(value)}{folder / value}"
    return line
