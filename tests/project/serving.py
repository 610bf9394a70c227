"""A service that a command serves, as a user would start it."""

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.eventually import eventually


@contextmanager
def served(
    folder: Path, shell: dict[str, str], *command: str | Path
) -> Iterator[tuple[str, list[str]]]:
    """A service on a free port: its URL, and the lines that it printed when it started."""
    log = folder / "run.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [*command, "run", "--port", "0"],
            cwd=folder,
            env=shell | {"PYTHONUNBUFFERED": "1"},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:

        def running():
            assert process.poll() is None, log.read_text()
            # All of the line, and what stands before it.
            return re.search(r"Running on (http://\S+)\n", log.read_text())

        yield eventually(running, log.read_text)[1], log.read_text().splitlines()
    finally:
        process.terminate()
        process.wait(timeout=60)
