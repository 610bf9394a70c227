"""uv, which resolves and installs for another platform without Docker."""

from __future__ import annotations

import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

from coworks_cdk.packaging.errors import PackagingError

if TYPE_CHECKING:
    from pathlib import Path

    from coworks_cdk.packaging.target import Target


class InstallerError(PackagingError):
    """uv failed; the message is what it said."""


def uv_command() -> str:
    """The path of the ``uv`` command.

    :raises PackagingError: if uv isn't installed.
    """
    try:
        import uv

        return str(uv.find_uv_bin())
    except (ImportError, FileNotFoundError) as error:
        if found := shutil.which("uv"):
            return found
        raise PackagingError(
            "uv, which builds the layers, is not installed: pip install 'coworks-cdk[cdk]'"
        ) from error


def resolve(requirements: Path, constraints: Path, target: Target) -> str:
    """Every package that *requirements* need, pinned, with what needs each.

    :param requirements: a requirements file.
    :param constraints: pins that hold for all that is resolved.
    :param target: what the packages have to run on.
    :returns: uv's annotated listing.
    :raises InstallerError: if there is no resolution.
    """
    arguments = ["compile", "--constraints", str(constraints), "--no-header"]
    arguments += ["--annotation-style=split", str(requirements)]
    if "--hash" in requirements.read_text(encoding="utf-8"):
        # What the file pins by hash is installed by hash.
        arguments.append("--generate-hashes")
    return _run(arguments, target)


def install(requirements: Path, site: Path, target: Target) -> None:
    """Install pinned packages, and nothing that they need beside, into a folder.

    :param requirements: a file of pinned requirements.
    :param site: the folder, created if need be.
    :param target: what the packages have to run on.
    :raises InstallerError: if one can't be installed.
    """
    # Copies, since files linked with uv's own cache would change there too.
    _run(
        [
            "install",
            "--no-deps",
            "--link-mode=copy",
            "--target",
            str(site),
            "-r",
            f"{requirements}",
        ],
        target,
    )


def _run(arguments: list[str], target: Target) -> str:
    command = [
        uv_command(), "pip", *arguments,
        "--python", sys.executable,
        "--python-version", target.python,
        "--python-platform", target.platform,
        "--only-binary", ":all:",
        "--no-python-downloads", "--no-progress", "--color=never",
    ]  # fmt: skip
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError as error:
        raise InstallerError(f"{command[0]} can't be run: {error}") from error
    if done.returncode:
        said = done.stderr.strip() or f"uv ended with status {done.returncode}"
        raise InstallerError(said)
    return done.stdout
