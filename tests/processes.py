"""Programs run to their end, as a shell would run them."""

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


def is_gone(pid: int) -> bool:
    """Whether a process has ended; one that nobody has waited for has."""
    state = run(["ps", "-o", "state=", "-p", str(pid)], Path()).stdout.strip()
    return state[:1] in ("", "Z")
