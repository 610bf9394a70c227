"""Which files of a project folder are not the function's sources (pure)."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import Enum

from pathspec import GitIgnoreSpec

from coworks_cdk.packaging.errors import PackagingError

#: What enters no asset, whatever ``include`` says: the dotenv files, whose values are the
#: function's environment, what a repository remembers, and what another Python compiled.
NEVER = (".env", ".env.*", ".git", "__pycache__", "*.pyc", "*.pyo")

#: What is left out, wherever it lies in the project folder, unless ``include`` takes it back in.
BY_DEFAULT = (
    # hidden: credentials (.aws, .ssh, .netrc, .npmrc, ...), version control, editors, shells, tools
    ".*",
    # private keys and key stores; those that only their content tells are in PRIVATE_KEYS
    "*.key", "*.p12", "*.pfx", "*.ppk", "*.jks", "*.keystore", "*.kdbx", "_netrc",
    "id_rsa", "id_dsa", "id_ecdsa", "id_ecdsa_sk", "id_ed25519", "id_ed25519_sk",
    # what a deployment remembers and is given
    "*.tfstate", "*.tfstate.*", "*.tfvars", "*.tfvars.json", "terraform.tfstate.d",
    # leftovers of editors, merges, shells and operating systems
    "*~", "*.swp", "*.swo", "[#]*[#]", "*.orig", "*.rej", "*.bak", "nohup.out", "Thumbs.db",
    "desktop.ini",
    # what is installed, whose index may be named with a password
    "requirements*.txt", "*requirements.txt", "requirements*.in", "*requirements.in",
    # built and installed
    "*.egg-info", "node_modules", "venv",
    # tests, as pytest finds them
    "tests", "test_*.py", "*_test.py", "conftest.py",
    # the CDK's
    "cdk.out", "cdk.json", "cdk.context.json",
    # in Lambda's runtime, or for the CDK only, where they were installed beside the sources
    "/boto3", "/boto3-*.dist-info", "/botocore", "/botocore-*.dist-info",
    "/aws_cdk", "/aws_cdk_lib-*.dist-info", "/jsii", "/jsii-*.dist-info",
)  # fmt: skip

#: What says nothing of a package that is built from its folder: made by tools, and large.
OF_TOOLS = (
    ".venv", "venv", ".tox", ".nox", ".cache", ".*_cache", ".hypothesis", ".coverage*",
    "node_modules", "*.egg-info",
)  # fmt: skip

#: Left out by default where they hold a private key: certificates and modules have such names too.
PRIVATE_KEYS = ("*.pem", "id_*", "!id_*.py")


class Verdict(Enum):
    """What becomes of a file or a folder."""

    SHIPS = "ships"
    LEFT_OUT = "left out"
    #: A folder that is left out but for what ``include`` names in it by its path.
    PASSED_THROUGH = "passed through"


@dataclass(frozen=True)
class Exclusion:
    """Patterns as ``.gitignore`` has them.

    ``*`` and ``?`` stay within one name, ``**`` spans folders, ``[...]`` is a set of characters. A
    pattern without a slash matches a name at any depth; one with a slash starts at the project
    folder. A folder that matches is left out, or taken back in, with all it holds; a slash at the
    end matches folders only.
    """

    refused: GitIgnoreSpec
    included: GitIgnoreSpec
    named: GitIgnoreSpec
    passages: GitIgnoreSpec
    by_default: GitIgnoreSpec
    private_keys: GitIgnoreSpec

    @classmethod
    def of(
        cls, exclude: Iterable[str] = (), include: Iterable[str] = (), files: Iterable[str] = ()
    ) -> Exclusion:
        """Compile the patterns of a service.

        :param exclude: what is left out beside what always is; it wins over *include*.
        :param include: what is taken back in of what is left out by default. In a folder that is
            left out, only a pattern with a slash reaches.
        :param files: paths in the project folder that are left out by default too.
        :raises PackagingError: if a pattern is empty, a comment, starts with ``!``, or is none.
        """
        excluded = [_checked("exclude", pattern) for pattern in exclude]
        included = [_checked("include", pattern) for pattern in include]
        named = [pattern for pattern in included if "/" in pattern.rstrip("/")]
        return cls(
            refused=_spec([*NEVER, *excluded]),
            included=_spec(included),
            named=_spec(named),
            passages=_spec(parent for pattern in named for parent in _parents(pattern)),
            by_default=_spec([*BY_DEFAULT, *map(_literal, files)]),
            private_keys=_spec(PRIVATE_KEYS),
        )

    @classmethod
    def of_package(cls) -> Exclusion:
        """What doesn't count in a folder that a package is built from."""
        nothing = _spec(())
        return replace(cls.of(), by_default=_spec(OF_TOOLS), private_keys=nothing)

    def verdict(self, path: str, within: Verdict = Verdict.SHIPS, *, folder: bool) -> Verdict:
        """What becomes of a file or folder.

        :param path: its path in the project folder, with ``/``.
        :param within: what becomes of the folder that holds it.
        :param folder: whether it is a folder.
        """
        name = f"{path}/" if folder else path
        if within is Verdict.LEFT_OUT or self.refused.match_file(name):
            return Verdict.LEFT_OUT
        passed = within is Verdict.PASSED_THROUGH
        if (self.named if passed else self.included).match_file(name):
            return Verdict.SHIPS
        if not passed and not self.by_default.match_file(name):
            return Verdict.SHIPS
        if folder and self.passages.match_file(name):
            return Verdict.PASSED_THROUGH
        return Verdict.LEFT_OUT

    def for_goals_of(self, link: str) -> Exclusion:
        """What decides on where a link leads: less, if ``include`` names the link itself.

        :param link: its path in the project folder.
        """
        if not self.included.match_file(link):
            return self
        nothing = _spec(())
        return replace(self, by_default=nothing, private_keys=nothing)

    def may_be_a_private_key(self, path: str) -> bool:
        """Whether the content of a file that ships decides whether it is left out."""
        return self.private_keys.match_file(path) and not self.included.match_file(path)


def _spec(patterns: Iterable[str]) -> GitIgnoreSpec:
    with warnings.catch_warnings():
        # Python's own, of "[" in a set of characters.
        warnings.simplefilter("ignore", FutureWarning)
        return GitIgnoreSpec.from_lines(patterns)


def _checked(prop: str, pattern: str) -> str:
    if not pattern.strip("/ ") or pattern.startswith(("!", "#")):
        raise PackagingError(
            f"{prop} pattern {pattern!r} is not allowed: name files or folders, such as '*.md', "
            "'docs/' or 'data/raw/**'"
        )
    written = f"/{pattern[2:]}" if pattern.startswith("./") else pattern
    try:
        _spec([written])
    except (ValueError, re.error) as error:
        raise PackagingError(f"{prop} pattern {pattern!r} is none: {error}") from error
    return written


def _parents(pattern: str) -> Iterable[str]:
    """The folders on the way to what an anchored pattern names, themselves only."""
    parts = pattern.strip("/").split("/")[:-1]
    return (f"/{'/'.join(parts[: n + 1])}/" for n in range(len(parts)))


def _literal(path: str) -> str:
    return "/" + re.sub(r"([\\*?\[\]!# ])", r"\\\1", path)
