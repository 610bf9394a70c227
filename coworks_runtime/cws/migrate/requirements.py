"""Requirements that name CoWorks → with this package in its place. Pure."""

import re

_LINE = re.compile(r"^coworks(\[[^\]]*\])?\s*([=<>!~;@ #].*)?$", re.IGNORECASE)


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
