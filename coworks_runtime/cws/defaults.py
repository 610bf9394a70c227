"""The configuration applied to the commands that there are."""

import importlib
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from .configuration import CLASS_KEY, Configuration
from .errors import CwsError
from .legacy import PACKAGE


def check_names(configuration: Configuration, commands: Mapping[str, click.Command]) -> None:
    """Check that the file speaks of commands that exist.

    The options of a command are checked when it is called: what is wrong in another's doesn't
    stop it, and the project's own commands are imported only then.

    :param configuration: what the file says.
    :param commands: the commands known without the project.
    :raises CwsError: a command that is none.
    """
    known = {*configuration.classes, *configuration.successors}
    for name in sorted(configuration.names() - known):
        if name not in commands:
            raise CwsError(
                f"{configuration.path}: unknown command {name!r}; allowed: "
                f"{', '.join(sorted({*commands, *known}))}, or a command of your "
                f"own with '{CLASS_KEY}: module.attribute'."
            )


def option_defaults(
    configuration: Configuration, command: click.Command, name: str, stage: str
) -> dict[str, Any]:
    """A command's default options on a stage, as click takes them.

    :param configuration: what the file says.
    :param command: the command.
    :param name: the command's name in the file.
    :param stage: the stage.
    :raises CwsError: an option that the command doesn't have, or a value that it doesn't take.
    """
    _check_options(configuration, command, name, stage)
    options = configuration.options(name, stage)
    context = click.Context(command, info_name=name, resilient_parsing=True)
    defaults = {}
    for param in command.params:
        value = options.get(param.name or "")
        if value is None or param.name is None:
            continue
        if isinstance(value, str) and (param.nargs != 1 or getattr(param, "multiple", False)):
            value = [value]
        try:
            param.type_cast_value(context, value)
        except click.BadParameter as error:
            raise CwsError(
                f"{configuration.place(name, param.name, stage)}: {error.message}"
            ) from error
        defaults[param.name] = value
    return defaults


def custom_command(configuration: Configuration, name: str, project_dir: Path) -> click.Command:
    """A command of the project's own.

    Its module is looked for in the project folder, then in the working directory.

    :param configuration: what the file says.
    :param name: the command's name, one of the configuration's classes.
    :param project_dir: the folder of the services.
    :raises CwsError: what ``class`` names can't be imported, or is no click command.
    """
    dotted = configuration.classes[name]
    where = f"{configuration.path}: commands.{name}.{CLASS_KEY}"
    for folder in (Path.cwd(), project_dir.resolve()):
        if str(folder) not in sys.path:
            sys.path.insert(0, str(folder))
    module, _, attribute = dotted.rpartition(".")
    try:
        found = getattr(importlib.import_module(module), attribute)
    except ImportError as error:
        hint = ""
        if error.name and error.name.partition(".")[0] == PACKAGE:
            hint = ". It is written for CoWorks: cws migrate renames what has a counterpart here"
        raise CwsError(f"{where}: {dotted!r} can't be imported: {error}{hint}") from error
    except AttributeError as error:
        raise CwsError(f"{where}: the module {module!r} has no {attribute!r}.") from error
    if isinstance(found, type) and issubclass(found, click.Command):
        return found(name)
    if isinstance(found, click.Command):
        return found
    raise CwsError(
        f"{where}: {dotted!r} is {found!r}; it must be a click command, or a class of them."
    )


def _check_options(
    configuration: Configuration, command: click.Command, name: str, stage: str
) -> None:
    """No option but the command's own."""
    allowed = {param.name for param in command.params if param.name}
    shown = [
        param.name.replace("_", "-")
        for param in command.params
        if param.name and not getattr(param, "hidden", False)
    ]
    for option in configuration.options(name, stage):
        if option not in allowed:
            names = ", ".join(sorted(shown))
            raise CwsError(
                f"{configuration.place(name, option, stage)}: unknown option; "
                f"{name!r} has: {names or 'none'}."
            )
