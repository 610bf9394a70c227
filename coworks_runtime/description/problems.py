"""What is wrong with a module that can't be imported, in the words of its writer."""

from __future__ import annotations

import os
import traceback
from collections.abc import Collection
from pathlib import Path

from coworks_runtime.service import TechMicroService

#: Shorter values are too common for a message without them to be understood.
_SECRET_LENGTH = 4


class ServiceNotFoundError(RuntimeError):
    """An app that can't be loaded; the message says why and what to do."""


def import_problem(
    app: str,
    folder: Path,
    error: BaseException,
    *,
    root: Path,
    secrets: Collection[str] = (),
    later: Collection[str] = (),
) -> str:
    """Say what an import raised, where in the user's project, and what to do.

    :param app: the service, as it was named.
    :param folder: the project folder, resolved.
    :param root: the folder that the command was started in.
    :param secrets: names of variables whose values are left out of what is said.
    :param later: names of variables that have their values in a deployment only.
    """
    where = _where(folder, error)
    what = type(error).__name__
    if told := _without_values(str(error), secrets):
        what = f"{what}: {told}"
    message = f"{app}: {what}{where}"
    if read := _read_too_early(folder, error, later):
        return (
            f"{message}: {read} has a value that is known at deployment only, and here stands "
            "something else. Read it where it is used, in an entry"
        )
    if isinstance(error, SystemExit):
        return f"{message}: the module leaves while it is imported; take out what calls sys.exit"
    if isinstance(error, ModuleNotFoundError):
        return f"{message}: {_missing(app, folder, error)}"
    if isinstance(error, AttributeError) and _half_made(error.obj):
        return (
            f"{app}: {type(error.obj).__name__}.__init__ uses self.{error.name}{where} before it "
            "calls super().__init__(**kwargs): call that first"
        )
    if isinstance(error, FileNotFoundError) and (hint := _from_root(folder, error, root)):
        return f"{message}: {hint}"
    return f"{message}: correct it, then try again"


def _half_made(value: object) -> bool:
    return isinstance(value, TechMicroService) and "view_functions" not in vars(value)


def _missing(app: str, folder: Path, error: ModuleNotFoundError) -> str:
    module = app.partition(":")[0]
    if error.name == module.partition(".")[0]:
        file = module.replace(".", "/") + ".py"
        return f"there is no {file} in {folder}; name the module and its folder"
    return f"install {error.name!r} where the service is loaded, or correct the name"


def _from_root(folder: Path, error: FileNotFoundError, root: Path) -> str | None:
    """What to say of a relative path that exists seen from where the command was started."""
    name = error.filename
    if not isinstance(name, str) or Path(name).is_absolute() or not (root / name).exists():
        return None
    found = (root / name).resolve()
    inside = found.relative_to(folder).as_posix() if found.is_relative_to(folder) else None
    ways = f"Path(__file__).parent / {inside!r}" if inside else "a file in the project folder"
    return (
        f"that is there seen from {root} only; Lambda's working directory is the project folder "
        f"{folder}. Use {ways}"
    )


def _where(folder: Path, error: BaseException) -> str:
    """The place in the user's project that is nearest to what was raised, with its line."""
    if isinstance(error, SyntaxError) and error.filename and _is_users(error.filename, folder):
        return f" ({error.filename}, line {error.lineno})"
    place = ""
    for frame in traceback.extract_tb(error.__traceback__):
        if _is_users(frame.filename, folder):
            place = f" ({frame.filename}, line {frame.lineno})"
    return place


def _read_too_early(folder: Path, error: BaseException, later: Collection[str]) -> str | None:
    """The variable that was read, where it is in what was raised or in the lines that led to it."""
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.line or "" for frame in frames if _is_users(frame.filename, folder)]
    for name in later:
        if os.environ.get(name, name) in str(error) or any(name in line for line in lines):
            return name
    return None


def _is_users(filename: str, folder: Path) -> bool:
    """Whether a frame's file is the user's: no frozen module, and nothing that is installed."""
    path = Path(filename)
    if not path.is_absolute():
        return False
    resolved = path.resolve()
    installed = {"site-packages", "dist-packages"} & set(resolved.parts)
    return resolved.is_relative_to(folder) and not installed


def _without_values(text: str, names: Collection[str]) -> str:
    values = {os.environ.get(name, ""): name for name in names}
    for value in sorted(values, key=len, reverse=True):
        if len(value) >= _SECRET_LENGTH:
            text = text.replace(value, f"<the value of {values[value]}>")
    return text
