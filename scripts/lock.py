"""Resolves the dependencies into the lock files (``make lock``)."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGING = ROOT / "coworks_cdk" / "packaging"
COMPILE = (
    *("pip", "compile", "--quiet", "--universal", "--python-version", "3.11"),
    *("--generate-hashes", "--no-header", "--no-emit-index-url", "--no-emit-find-links"),
)


def compile_lock(*options: str, folder: Path = ROOT) -> None:
    """Write one lock file; ``--upgrade`` on the command line takes newer versions.

    :param options: the input, the lock file and what it has to agree with.
    :param folder: the folder that the options' paths start at, which the lock file quotes.
    """
    uv = Path(sys.executable).with_name("uv")
    subprocess.run([uv, *COMPILE, *options, *sys.argv[1:]], cwd=folder, check=True)


def main() -> None:
    """What a service needs first; the others agree with it."""
    compile_lock("pyproject.toml", "-o", "requirements.txt")
    compile_lock(
        *("pyproject.toml", "--extra", "all", "--group", "dev", "-c", "requirements.txt"),
        *("-o", "requirements-dev.txt"),
    )
    compile_lock(
        *("runtime-requirements.in", "--no-annotate", "-c", f"{ROOT / 'requirements.txt'}"),
        *("-o", "runtime-requirements.txt"),
        folder=PACKAGING,
    )


if __name__ == "__main__":
    main()
