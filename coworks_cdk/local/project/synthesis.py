"""Synthesizing, by the command that the project is synthesized with."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Sequence

from coworks_cdk.local.errors import LocalError
from coworks_cdk.progress import TERMINAL_VARIABLE, step


def synthesize(command: Sequence[str], why: str) -> None:
    """Run a command that writes the assembly.

    The CDK's validator is left out unless ``CDK_VALIDATION`` asks for it: it takes as long as all
    the rest, and what is served here is deployed by another run.

    :param command: the program and its arguments, run in the working directory.
    :param why: why it is needed, for the terminal.
    :raises LocalError: where it fails; what it said stands on standard error.
    """
    environment = {"CDK_VALIDATION": "false", **os.environ}
    # The spinner is this process's.
    environment.pop(TERMINAL_VARIABLE, None)
    with step(f"synthesizing: {why}") as current:
        try:
            process = subprocess.Popen(
                command,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
            )
        except OSError as error:
            raise LocalError(f"`{shlex.join(command)}` can't be run: {error.strerror}") from error
        with process:
            try:
                for line in process.stdout or ():
                    current.say(line.rstrip("\n"))
            except BaseException:
                process.terminate()
                raise
        current.failed = process.returncode != 0
    if current.failed:
        raise LocalError(f"`{shlex.join(command)}` failed; what it said stands above")
