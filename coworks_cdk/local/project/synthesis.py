"""Synthesizing, by the command that the project is synthesized with."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Sequence

from coworks_cdk.local.errors import LocalError
from coworks_cdk.local.progress import step


def synthesize(command: Sequence[str], why: str) -> None:
    """Run a command that writes the assembly.

    The CDK's validator is left out unless ``CDK_VALIDATION`` asks for it: it takes as long as all
    the rest, and what is served here is deployed by another run.

    :param command: the program and its arguments, run in the working directory.
    :param why: why it is needed, for the terminal.
    :raises LocalError: where it fails; what it said stands on standard error.
    """
    environment = {"CDK_VALIDATION": "false", **os.environ}
    with step(f"synthesizing: {why}") as current:
        try:
            done = subprocess.run(
                command,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                check=False,
            )
        except OSError as error:
            raise LocalError(f"`{shlex.join(command)}` can't be run: {error.strerror}") from error
        current.failed = done.returncode != 0
    sys.stderr.write(done.stdout)
    if current.failed:
        raise LocalError(f"`{shlex.join(command)}` failed; what it said stands above")
