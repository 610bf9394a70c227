"""Programs run to their end, as a shell would run them."""

import base64
import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path


def run(
    command: Sequence[str | Path], folder: Path, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command in a folder; gives its exit status and what it said.

    :param environment: the environment, by default this process's.
    """
    return subprocess.run(
        command,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def unmeasured() -> dict[str, str]:
    """This process's environment, for processes that show what a user sees of code that others cover.

    To measure them would double what they take, on Python 3.11 also where nothing is measured.
    """
    return {n: value for n, value in os.environ.items() if not n.startswith("COVERAGE_")}


def measured_until_terminated() -> dict[str, str]:
    """This process's environment, for a process of this project's code that a SIGTERM ends.

    Where coverage is measured it is kept then too; by itself it is kept at an exit only. Not for
    programs that wait in C for what may never come, as AWS's runtime client does: there Python
    hears of no signal.
    """
    environment = dict(os.environ)
    if settings := environment.get("COVERAGE_PROCESS_CONFIG"):
        given = json.loads(base64.b64decode(settings)) | {"sigterm": True}
        environment["COVERAGE_PROCESS_CONFIG"] = base64.b64encode(
            json.dumps(given).encode()
        ).decode()
    return environment


def is_gone(pid: int) -> bool:
    """Whether a process has ended; one that nobody has waited for has."""
    state = run(["ps", "-o", "state=", "-p", str(pid)], Path()).stdout.strip()
    return state[:1] in ("", "Z")
