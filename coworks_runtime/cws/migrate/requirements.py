"""Requirements that name CoWorks → with this package in its place. Pure."""

import re
from pathlib import Path

from .plan import Finding

_LINE = re.compile(r"^coworks(\[[^\]]*\])?\s*([=<>!~;@ #].*)?$", re.IGNORECASE)
_NAMED = re.compile(r"""^\s*["']?coworks(\[|["'\s=<>!~@]|$)""", re.IGNORECASE)


def migrate_requirements(text: str, requirement: str | None) -> str:
    """Replace the line of CoWorks.

    :param text: a requirements file.
    :param requirement: the line in its place; None where the construct installs this package
        itself, as among a function's requirements.
    """
    kept = []
    for line in text.splitlines(keepends=True):
        if not _LINE.match(line.strip()):
            kept.append(line)
        elif requirement is not None:
            kept.append(f"{requirement}\n")
    return "".join(kept)


def lines_to_change(text: str, file: Path, requirement: str) -> list[Finding]:
    """The lines of a ``pyproject.toml`` or ``Pipfile`` that name CoWorks.

    :param text: the file.
    :param file: its path.
    :param requirement: what is asked for in its place.
    """
    return [
        Finding(file, number, f"asks for coworks: ask for {requirement}")
        for number, line in enumerate(text.splitlines(), 1)
        if _NAMED.match(line)
    ]
