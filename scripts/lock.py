"""Resolves the dependencies of ``pyproject.toml`` into the two lock files (``make lock``)."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COMPILE = (
    *("pip", "compile", "pyproject.toml", "--quiet", "--universal", "--python-version", "3.11"),
    *("--generate-hashes", "--no-header", "--no-emit-index-url", "--no-emit-find-links"),
)


def compile_lock(*options: str) -> None:
    """Write one lock file; ``--upgrade`` on the command line takes newer versions."""
    uv = Path(sys.executable).with_name("uv")
    subprocess.run([uv, *COMPILE, *options, *sys.argv[1:]], cwd=ROOT, check=True)


def main() -> None:
    """The runtime's lock first; the other one agrees with it."""
    compile_lock("-o", "requirements.txt")
    compile_lock(
        *("--extra", "all", "--group", "dev", "-c", "requirements.txt"),
        *("-o", "requirements-dev.txt"),
    )


if __name__ == "__main__":
    main()
