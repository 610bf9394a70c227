"""Modules compiled ahead, since a function can't write what it compiles."""

from __future__ import annotations

import functools
import json
import os
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, cast

from coworks_cdk.packaging.cache import cache_root, private_folder
from coworks_cdk.packaging.errors import PackagingError
from coworks_cdk.packaging.installer import uv_command

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from coworks_cdk.packaging.target import Target

_COMPILER = Path(__file__).with_name("compile_modules.py")
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
    # What was found is probed again: it may have gone, or become another version.
    if (known := _read(note)) and _probe(known, version) == known:
        return known
    for candidate in _candidates(version):
        if found := _probe(candidate, version):
            _write(note, found)
            return found
    return None


def _probe(candidate: str, version: str) -> str | None:
    """The path of an interpreter, as it says itself, if it is of the version."""
    probed = _ask([candidate, "-I", "-c", _PROBE])
    if probed and probed.startswith(f"cpython {version} final "):
        return probed.split(" ", 3)[3]
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


def _read(note: Path) -> str | None:
    try:
        private_folder("interpreters")
        return note.read_text(encoding="utf-8")
    except (OSError, UnicodeError):
        return None


def _write(note: Path, text: str) -> None:
    # A cache that is only read serves as well: it is searched again.
    with suppress(OSError):
        draft = note.with_name(f".{note.name}-{os.getpid()}")
        draft.write_text(text, encoding="utf-8")
        draft.replace(note)


def context(target: Target) -> tuple[str, str, str]:
    """What of a target and of this machine a built folder depends on."""
    compiled = "compiled" if find_interpreter(target.python) else "sources only"
    return target.python, target.architecture, compiled


def compile_tree(
    folder: Path, deployed: str, interpreter: str, documented: Sequence[str] = ()
) -> Mapping[str, str]:
    """Give every module below *folder* its ``.pyc``, never checked against its source again.

    :param folder: the folder.
    :param deployed: where it lies on Lambda, as tracebacks name it.
    :param interpreter: of the function's version of Python.
    :param documented: the packages that keep their docstrings, as paths, by default all; sources
        keep them.
    :returns: why a module doesn't compile, by the paths of those that don't.
    :raises PackagingError: if the interpreter can't be run.
    """
    options = [interpreter, "-S", "-s", "-P", "-W", "ignore"]
    command = [*options, str(_COMPILER), str(folder), deployed, *documented]
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
    if done.returncode:
        raise PackagingError(
            f"{interpreter} can't compile the modules below {folder}:\n{done.stderr.strip()}"
        )
    return cast("dict[str, str]", json.loads(done.stdout))
