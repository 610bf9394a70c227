"""A service that a command serves, as a user would start it."""

import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


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
        limit = time.monotonic() + 30
        while not (found := re.search(r"Running on (http://\S+)", log.read_text())):
            assert process.poll() is None and time.monotonic() < limit, log.read_text()
            time.sleep(0.05)
        yield found[1], log.read_text().splitlines()
    finally:
        process.terminate()
        process.wait(timeout=20)
