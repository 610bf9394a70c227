"""What goes wrong when an asset is built."""

from __future__ import annotations


class PackagingError(Exception):
    """An asset can't be built.

    :param problem: what is wrong, why, and what to do.
    :param path: the construct's path, where it is known; the message starts with it.
    """

    def __init__(self, problem: str, path: str | None = None) -> None:
        super().__init__(problem, path)
        self.problem = problem
        self.path = path

    def __str__(self) -> str:
        return f"{self.path}: {self.problem}" if self.path else self.problem
