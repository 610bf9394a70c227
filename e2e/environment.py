"""The interpreters and virtual environments that the end-to-end run needs.

Everything goes into the project's cache folder; nothing is installed twice for the same
requirements file and interpreter.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
CACHE = ROOT / ".cache" / "e2e"

EMBEDDED_AWS_PYTHON = (3, 13)
"""The only Python version that the embedded AWS runs on."""


class SetUpError(Exception):
    """Raised when a virtual environment can't be made; its message holds the tool's own output."""


def find_python(version: tuple[int, int]) -> Path | None:
    """Find an interpreter that runs and has the minor version asked for.

    A name on PATH proves little: a version manager puts a script there for each version that it
    knows, whether that version is selected or not. So each candidate is asked.

    :param version: major and minor version.
    :return: the interpreter, or None where this machine has none.
    """
    for candidate in _candidates(version):
        answer = subprocess.run(
            [candidate, "-c", "import sys; print(sys.version_info[:2])"],
            capture_output=True,
            text=True,
            check=False,
        )
        if answer.returncode == 0 and answer.stdout.strip() == str(version):
            return candidate
    return None


def _candidates(version: tuple[int, int]) -> Iterator[Path]:
    name = "python{}.{}".format(*version)
    if sys.version_info[:2] == version:
        yield Path(sys.executable)
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        if (candidate := Path(folder, name)).is_file():
            yield candidate
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    yield from sorted(pyenv.glob(f"versions/*/bin/{name}"), reverse=True)
    found = subprocess.run(
        [uv(), "python", "find", "--no-python-downloads", "{}.{}".format(*version)],
        capture_output=True,
        text=True,
        check=False,
    )
    if found.returncode == 0:
        yield Path(found.stdout.strip())


def uv() -> str:
    """Return the path of `uv`, which is among the development requirements.

    :raises SetUpError: where it isn't installed.
    """
    beside = Path(sys.executable).with_name("uv")
    found = str(beside) if beside.exists() else shutil.which("uv")
    if found is None:
        raise SetUpError("uv is missing: install the development requirements first.")
    return found


def virtual_environment(name: str, python: Path, requirements: Path) -> Path:
    """Make a virtual environment, or take the one made before for the same requirements.

    :param name: the environment's folder in the cache.
    :param python: the interpreter that it is made for.
    :param requirements: a requirements file.
    :return: the environment's interpreter.
    :raises SetUpError: where it can't be made.
    """
    folder = CACHE / name
    interpreter = folder / "bin" / "python"
    stamp = folder / "made-from"
    digest = hashlib.sha256(f"{python}\n".encode() + requirements.read_bytes()).hexdigest()
    if stamp.is_file() and stamp.read_text() == digest and interpreter.exists():
        return interpreter
    _run(uv(), "venv", "--quiet", "--clear", "--python", str(python), str(folder))
    _run(uv(), "pip", "install", "--quiet", "--python", str(interpreter), "-r", str(requirements))
    stamp.write_text(digest)
    return interpreter


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SetUpError(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
