"""A requirements file and all that it refers to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from coworks_cdk.packaging.digest import digest
from coworks_cdk.packaging.errors import PackagingError

_NESTED = re.compile(r"(?:-r|-c|--requirements?|--constraints?)(?:\s*=\s*|\s+|(?<=-[rc]))(\S.*)")
_INDEX_OPTION = re.compile(
    r"(?:-i|--index-url|--extra-index-url|-f|--find-links|--no-index)\b(?:\s*=\s*|\s*)(.*)"
)


@dataclass(frozen=True)
class RequirementsFile:
    """What a requirements file says, its nested files included.

    :param path: its absolute path.
    :param key: a digest over its content and that of all it refers to, whatever their folders.
    :param index_options: the lines that tell where packages come from.
    :param empty: whether it asks for nothing.
    """

    path: Path
    key: str
    index_options: tuple[str, ...]
    empty: bool


def read_requirements(path: Path) -> RequirementsFile:
    """Read a requirements file, and the files that ``-r`` and ``-c`` name in it.

    :param path: the file.
    :raises PackagingError: if one of the files can't be read.
    """
    parts: list[str | bytes] = []
    options: list[str] = []
    asked: list[str] = []
    _read(path.absolute(), "requirements file", set(), parts, options, asked)
    return RequirementsFile(path.absolute(), digest(*parts), tuple(options), not asked)


def _read(
    path: Path,
    role: str,
    seen: set[Path],
    parts: list[str | bytes],
    options: list[str],
    asked: list[str],
) -> None:
    if path.resolve() in seen:
        return
    seen.add(path.resolve())
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeError) as error:
        raise PackagingError(f"{role} {path} can't be read: {error}") from error
    for line in _logical_lines(text):
        parts.append(line)
        if nested := _NESTED.fullmatch(line):
            name = nested[1].strip("\"'")
            if "://" not in name:
                constraints = line.startswith(("-c", "--constraint"))
                _read(path.parent / name, f"{path} refers to", seen, parts, options,
                      [] if constraints else asked)  # fmt: skip
        elif option := _INDEX_OPTION.fullmatch(line):
            options.append(_absolute(line, option[1].strip(), path.parent))
        elif not line.startswith("-") or line.startswith(("-e", "--editable")):
            asked.append(line)
            local = path.parent / line.partition(";")[0].strip()
            if local.is_file():
                parts.append(local.read_bytes())


def _logical_lines(text: str) -> list[str]:
    joined = re.sub(r"\\\r?\n", " ", text)
    lines = (re.sub(r"(^|\s)#.*", "", line).strip() for line in joined.splitlines())
    return [line for line in lines if line]


def _absolute(line: str, value: str, folder: Path) -> str:
    # The options are repeated in a file that lies elsewhere.
    if value and "://" not in value and "$" not in value and (folder / value).exists():
        return f"{line.removesuffix(value)}{folder / value}"
    return line
