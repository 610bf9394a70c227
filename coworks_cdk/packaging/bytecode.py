"""Modules compiled ahead, since a function can't write what it compiles."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from coworks_cdk.packaging.cache import cache_root
from coworks_cdk.packaging.errors import PackagingError
from coworks_cdk.packaging.installer import uv_command

if TYPE_CHECKING:
    from collections.abc import Iterator

_PROBE = (
    "import sys; print(sys.implementation.name, '%d.%d' % sys.version_info[:2],"
    " sys.version_info.releaselevel, sys.executable)"
)


def find_interpreter(version: str) -> str | None:
    """An interpreter of a minor version on this machine: the running one, one of ``PATH``, of
    pyenv, or of uv; ``None`` if there is none.

    What was found is kept in the cache, so that nothing is run to find it again.

    :param version: such as ``3.13``.
    """
    if version == f"{sys.version_info.major}.{sys.version_info.minor}":
        return sys.executable
    return _find_other(version, cache_root() / "interpreters" / version)


@functools.cache
def _find_other(version: str, note: Path) -> str | None:
    if note.is_file() and os.access(found := note.read_text(encoding="utf-8"), os.X_OK):
        return found
    for candidate in _candidates(version):
        probed = _ask([candidate, "-I", "-c", _PROBE])
        if probed and probed.startswith(f"cpython {version} final "):
            found = probed.split(" ", 3)[3]
            _write(note, found)
            return found
    return None


def _candidates(version: str) -> Iterator[str]:
    name = f"python{version}"
    if found := shutil.which(name):
        yield found
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    yield from map(str, sorted(pyenv.glob(f"versions/{version}.*/bin/{name}")))
    # Last, as the only one that runs the installer.
    with suppress(PackagingError):
        found = _ask([uv_command(), "python", "find", "--no-python-downloads", version])
        if found:
            yield found


def _ask(command: list[str]) -> str | None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def _write(note: Path, text: str) -> None:
    note.parent.mkdir(parents=True, exist_ok=True)
    draft = note.with_name(f".{note.name}-{os.getpid()}")
    draft.write_text(text, encoding="utf-8")
    draft.replace(note)


def compile_tree(folder: Path, deployed: str, interpreter: str, *, strict: bool) -> None:
    """Give every module below *folder* its ``.pyc``, never checked against its source again.

    :param folder: the folder.
    :param deployed: where it lies on Lambda, as tracebacks name it.
    :param interpreter: of the function's version of Python.
    :param strict: a module that doesn't compile is an error.
    :raises PackagingError: if a module doesn't compile.
    """
    command = [
        interpreter, "-S", "-s", "-m", "compileall", "-q", "-f",
        "--invalidation-mode", "unchecked-hash", "-s", str(folder), "-p", deployed, str(folder),
    ]  # fmt: skip
    # No variable of the caller's (PYTHONOPTIMIZE, PYTHONPATH) has a say in what is compiled, and
    # no module of the working directory stands in for one of the standard library.
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    environment |= {"PYTHONHASHSEED": "0", "PYTHONUTF8": "1"}
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, env=environment, cwd=os.sep
        )
    except OSError as error:
        raise PackagingError(f"{interpreter} can't be run: {error}") from error
    if done.returncode and (strict or not done.stdout):
        raise PackagingError(f"{done.stdout}{done.stderr}".strip())
