"""uv, which resolves and installs for another platform without Docker."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from coworks_cdk.packaging.errors import PackagingError
from coworks_cdk.uv import find_uv

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from coworks_cdk.packaging.target import Target


class InstallerError(PackagingError):
    """uv failed; the message is what it said."""


def uv_command() -> str:
    """The path of the ``uv`` command.

    :raises PackagingError: if uv isn't installed.
    """
    found = find_uv()
    if found is None:
        raise PackagingError(
            "uv, which builds the layers, is not installed: pip install 'coworks-cdk[cdk]'"
        )
    return found


def resolve(
    requirements: Path,
    constraints: Path,
    excluded: Path,
    target: Target,
    only_wheels: Iterable[str] = (":all:",),
) -> str:
    """Every package that *requirements* need, as a lock.

    :param requirements: a requirements file.
    :param constraints: pins that hold for all that is resolved.
    :param excluded: a file of the names of packages that nothing of it is resolved for.
    :param target: what the packages have to run on.
    :param only_wheels: packages whose versions without a wheel for the target don't count; every
        one by default.
    :returns: a ``pylock.toml``: https://packaging.python.org/en/latest/specifications/pylock-toml/
    :raises InstallerError: if there is no resolution.
    """
    options = ["--format=pylock.toml", "--no-header", f"--constraints={constraints}"]
    options += [f"--excludes={excluded}", *(f"--only-binary={name}" for name in only_wheels)]
    return _run(["compile", *options, f"{requirements}"], target)


def install(
    requirements: Path, site: Path, target: Target, only_wheels: Sequence[str] = (":all:",)
) -> None:
    """Install pinned packages, and nothing that they need beside, into a folder.

    :param requirements: a file of pinned requirements.
    :param site: the folder, created if need be.
    :param target: what the packages have to run on.
    :param only_wheels: packages that aren't built on this machine; every one by default.
    :raises InstallerError: if one can't be installed.
    """
    # Copies, since files linked with uv's own cache would change there too.
    options = ["--no-deps", "--link-mode=copy", "--target", f"{site}"]
    options += [f"--only-binary={name}" for name in only_wheels]
    _run(["install", *options, "-r", f"{requirements}"], target)


def _run(arguments: list[str], target: Target) -> str:
    command = [
        uv_command(), "pip", *arguments,
        "--python", sys.executable,
        "--python-version", target.python,
        "--python-platform", target.platform,
        "--no-python-downloads", "--no-progress", "--color=never",
    ]  # fmt: skip
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError as error:
        raise InstallerError(f"{command[0]} can't be run: {error}") from error
    if done.returncode:
        # Its progress comes first.
        progress, mark, problem = done.stderr.partition("error:")
        said = (mark + problem if mark else progress).strip()
        raise InstallerError(said or f"uv ended with status {done.returncode}")
    return done.stdout
