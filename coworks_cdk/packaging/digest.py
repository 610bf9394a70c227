"""One digest over what an asset is made from."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

# Raised whenever the same inputs are built into something else.
BUILDER_VERSION = "4"


def digest(*parts: str | bytes) -> str:
    """The SHA-256 of *parts*, each with its length, so that none runs into the next."""
    sha = hashlib.sha256()
    for part in (BUILDER_VERSION, *parts):
        data = part.encode(errors="surrogateescape") if isinstance(part, str) else part
        sha.update(len(data).to_bytes(8, "big"))
        sha.update(data)
    return sha.hexdigest()


def tree_digest(files: Iterable[tuple[str, bool, bytes]]) -> str:
    """The digest of files: of each its name, whether it is executable, and its content."""
    parts: list[str | bytes] = []
    for name, executable, content in files:
        parts += [name, str(executable), content]
    return digest(*parts)


def file_digest(path: Path) -> bytes:
    """The SHA-256 of a file, which may be large.

    :raises OSError: if it can't be read.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()
