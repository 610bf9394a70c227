"""Which files of a project folder are not the function's sources (pure)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from coworks_cdk.packaging.errors import PackagingError

if TYPE_CHECKING:
    from collections.abc import Iterable

#: What never enters a function's asset, wherever it lies in the project folder.
ALWAYS = (
    # secrets
    ".env*",
    # version control, editors, operating systems
    ".git*", ".hg", ".svn", ".idea", ".vscode", ".DS_Store",
    # compiled by the host, built, cached
    "__pycache__", "*.pyc", "*.pyo", "*.egg-info", ".cache", ".*_cache", ".coverage*",
    ".hypothesis", ".tox", ".nox", "node_modules",
    # virtual environments by name; others are told by their pyvenv.cfg
    ".venv", "venv",
    # tests, as pytest finds them
    "tests", "test_*.py", "*_test.py", "conftest.py",
    # the CDK's
    "cdk.out", "cdk.json", "cdk.context.json", ".cdk.staging",
    # in Lambda's runtime, or for the CDK only, where they were installed beside the sources
    "/boto3", "/boto3-*.dist-info", "/botocore", "/botocore-*.dist-info",
    "/aws_cdk", "/aws_cdk_lib-*.dist-info", "/jsii", "/jsii-*.dist-info",
)  # fmt: skip


@dataclass(frozen=True)
class Exclusion:
    """Patterns as ``.gitignore`` has them.

    ``*`` and ``?`` stay within one name, ``**`` spans folders, ``[...]`` is a set of characters. A
    pattern without a slash matches a name at any depth; one with a slash starts at the project
    folder. A folder that matches is left out with all it holds; a slash at the end matches
    folders only.

    :param patterns: the patterns; ``!`` (to take back in) isn't one.
    """

    files: re.Pattern[str]
    folders: re.Pattern[str]

    @classmethod
    def of(cls, patterns: Iterable[str]) -> Exclusion:
        """Compile *patterns*.

        :raises PackagingError: if one is empty, or starts with ``!``.
        """
        every = [*ALWAYS, *patterns]
        for pattern in every:
            if not pattern.strip("/ ") or pattern.startswith("!"):
                raise PackagingError(
                    f"exclude pattern {pattern!r} is not allowed: name files or folders to leave "
                    "out, such as '*.md', 'docs/' or 'data/raw/**'"
                )
        files = [_translate(p) for p in every if not p.endswith("/")]
        folders = [_translate(p) for p in every]
        return cls(re.compile("|".join(files)), re.compile("|".join(folders)))

    def leaves_out(self, path: str, *, folder: bool) -> bool:
        """Whether a file or folder is left out.

        :param path: its path in the project folder, with ``/``.
        :param folder: whether it is a folder.
        """
        return (self.folders if folder else self.files).fullmatch(path) is not None


def _translate(pattern: str) -> str:
    anchored = "/" in pattern.rstrip("/")
    body = pattern.removeprefix("./").strip("/")
    tokens = re.findall(r"\*\*/|\*\*|\*|\?|\[!?\]?[^\]]*\]|.", body, re.DOTALL)
    return ("" if anchored else "(?:.*/)?") + "".join(map(_token, tokens))


def _token(token: str) -> str:
    wildcards = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    if token in wildcards:
        return wildcards[token]
    if len(token) > 1:
        negated = token.startswith("[!")
        characters = re.sub(r"([\\^\[&~|])", r"\\\1", token[2 if negated else 1 : -1])
        return f"[{'^/' if negated else ''}{characters}]"
    return re.escape(token)
