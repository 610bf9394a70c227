"""Import a service, and say what is wrong where that can't be done."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Collection
from pathlib import Path
from types import ModuleType

from coworks_runtime.service import TechMicroService

from .problems import ServiceNotFoundError, import_problem


def load_service(
    app: str,
    project_dir: Path,
    *,
    root: Path | None = None,
    secrets: Collection[str] = (),
    later: Collection[str] = (),
) -> TechMicroService:
    """Import a service.

    :param app: ``module:variable``, or ``module`` for its ``app``.
    :param project_dir: the folder of the service's sources, first on the import path.
    :param root: the folder that the command was started in, where that isn't the working directory.
    :param secrets: names of variables whose values are left out of messages.
    :param later: names of variables that have their values in a deployment only.
    :raises ServiceNotFoundError: when the module can't be imported, or has no such service.
    """
    folder = project_dir.resolve()
    module_name, _, variable = app.partition(":")
    variable = variable or "app"
    if module_name.endswith(".py"):
        suggested = module_name.removesuffix(".py").replace("/", ".").lstrip(".")
        raise ServiceNotFoundError(
            f"{app}: {module_name!r} is the name of a file; without .py: '{suggested}:{variable}'"
        )
    sys.path.insert(0, str(folder))
    # Folders that were read before may have been written to since.
    importlib.invalidate_caches()
    try:
        module = importlib.import_module(module_name)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        # A module that leaves (SystemExit) is no service either.
        problem = import_problem(
            app, folder, error, root=root or Path.cwd(), secrets=secrets, later=later
        )
        raise ServiceNotFoundError(problem) from error
    _refuse_from_elsewhere(app, module, folder)
    service = _undecorated(getattr(module, variable, None))
    if not isinstance(service, TechMicroService):
        got = "is not defined" if service is None else f"is a {type(service).__name__}"
        raise ServiceNotFoundError(
            f"{app}: {variable!r} {got} in {module.__file__}, expected a TechMicroService: "
            f"end the module with `{variable} = YourService()`"
        )
    _refuse_half_made(app, service)
    return service


def _undecorated(handler: object) -> object:
    """What a handler was before it was decorated, as ``functools.wraps`` remembers it."""
    while not isinstance(handler, TechMicroService) and hasattr(handler, "__wrapped__"):
        handler = handler.__wrapped__
    return handler


def _refuse_from_elsewhere(app: str, module: ModuleType, folder: Path) -> None:
    file = getattr(module, "__file__", None)
    found = Path(file).absolute() if file else None
    if found and (found.is_relative_to(folder) or found.resolve().is_relative_to(folder)):
        return
    where = f"imported from {found}" if found else "a module of Python's own"
    raise ServiceNotFoundError(
        f"{app}: the module {module.__name__!r} is {where}, outside the project folder "
        f"{folder}: a deployed function has that folder only. Move the module into it, or name "
        "the folder that it is in"
    )


def _refuse_half_made(app: str, service: TechMicroService) -> None:
    if "view_functions" in vars(service):
        return
    made = type(service).__init__
    code = getattr(made, "__code__", None)
    where = f" ({code.co_filename}, line {code.co_firstlineno})" if code else ""
    raise ServiceNotFoundError(
        f"{app}: {type(service).__name__}.__init__ doesn't call super().__init__(**kwargs){where}"
    )


def enter(project_dir: Path) -> Path:
    """Make the project folder the working directory, as a function's sources are Lambda's.

    :return: the working directory until then.
    """
    before = Path.cwd()
    sys.path[:] = [str(Path(entry).absolute()) for entry in sys.path]
    os.chdir(project_dir)
    return before
