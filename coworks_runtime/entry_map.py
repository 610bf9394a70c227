"""The command that prints a service's entry map.

``python -m coworks_runtime.entry_map hello:app --project-dir tech`` prints it as a JSON list;
with ``--service`` what a deployment needs to know of the service, entry map included. What the
service itself prints goes to stderr.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import sys
import traceback
from collections.abc import Sequence
from dataclasses import asdict
from inspect import getdoc
from pathlib import Path
from typing import Any

from msgspec import structs

from . import environment
from .entry_records import Entry, entry_map, text_of
from .errors import EnvironmentFileError
from .service import TechMicroService

__all__ = ["Entry", "ServiceNotFoundError", "describe", "entry_map", "load_service", "main"]


def describe(service: TechMicroService) -> dict[str, Any]:
    """What a deployment needs to know of a service, as JSON types.

    :return: name, description, authorization_header, accepts_tokens (whether any token could be
        accepted), cors and entries.
    """
    own_doc = type(service).__doc__ and getdoc(type(service))
    return {
        "name": service.name,
        "description": own_doc.splitlines()[0] if own_doc else None,
        "authorization_header": service.authorization_header,
        "accepts_tokens": service.could_accept_a_token(),
        "cors": structs.asdict(service.cors),
        "entries": [_as_dict(entry) for entry in service.entry_map()],
    }


def _as_dict(entry: Entry) -> dict[str, Any]:
    parameters = [structs.asdict(parameter) for parameter in entry.parameters]
    return {**asdict(entry), "parameters": parameters}


class ServiceNotFoundError(RuntimeError):
    """An app that can't be loaded; the message says why and what to do."""


def load_service(app: str, project_dir: Path) -> TechMicroService:
    """Import a service.

    :param app: ``module:variable``, or ``module`` for its ``app``.
    :param project_dir: the folder of the service's sources, first on the import path.
    :raises ServiceNotFoundError: when the module can't be imported, or has no such service.
    """
    if not project_dir.is_dir():
        raise ServiceNotFoundError(f"{app}: the project dir {str(project_dir)!r} isn't a folder")
    module_name, _, variable = app.partition(":")
    variable = variable or "app"
    sys.path.insert(0, str(project_dir.resolve()))
    try:
        module = importlib.import_module(module_name)
    except Exception as error:
        raise ServiceNotFoundError(_import_problem(app, project_dir, error)) from error
    service = getattr(module, variable, None)
    if not isinstance(service, TechMicroService):
        got = "is not defined" if service is None else f"is a {type(service).__name__}"
        raise ServiceNotFoundError(
            f"{app}: {variable!r} {got} in {module.__file__}, expected a TechMicroService: "
            f"end the module with `{variable} = YourService()`"
        )
    return service


def _import_problem(app: str, project_dir: Path, error: Exception) -> str:
    root = project_dir.resolve()
    where = ""
    for frame in traceback.extract_tb(error.__traceback__):
        if Path(frame.filename).resolve().is_relative_to(root):
            where = f" ({frame.filename}, line {frame.lineno})"
    if isinstance(error, SyntaxError):
        where = f" ({error.filename}, line {error.lineno})"
    message = f"{app}: {type(error).__name__}: {error}{where}"
    if isinstance(error, ModuleNotFoundError):
        module_file = app.partition(":")[0].replace(".", "/") + ".py"
        if error.name == app.partition(":")[0].partition(".")[0]:
            return f"{message}: there is no {module_file} in {root}; name the module and its folder"
        return f"{message}: install {error.name!r} where the service is loaded, or correct the name"
    return f"{message}: correct it, then try again"


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the entry map of a service.

    :param arguments: the command line, by default the process's.
    :return: the exit status: 0, or 1 where the service can't be loaded.
    """
    parser = argparse.ArgumentParser(prog="python -m coworks_runtime.entry_map")
    parser.add_argument("app", help="module:variable, for example hello:app")
    parser.add_argument("--project-dir", type=Path, default=Path(), help="the sources' folder")
    parser.add_argument("--service", action="store_true", help="print all a deployment needs")
    options = parser.parse_args(arguments)
    output = _reserve_stdout()
    try:
        variables = environment.read_environment(options.project_dir)
        environment.load_environment(options.project_dir)
        service = load_service(options.app, options.project_dir)
        description = describe(service)
    except (EnvironmentFileError, ServiceNotFoundError) as error:
        print(error, file=sys.stderr)
        return 1
    description["environment"] = variables
    shown = description if options.service else description["entries"]
    with output:
        json.dump(shown, output, indent=2, sort_keys=options.service, default=text_of)
        output.write("\n")
    return 0


def _reserve_stdout() -> Any:
    """Keep stdout for the result: whatever the service prints goes to stderr."""
    sys.stdout.flush()
    output = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return output


if __name__ == "__main__":
    raise SystemExit(main())
