"""``project.cws.yml``: the defaults of the commands' options, by command and by stage.

.. code-block:: yaml

    version: 3
    commands:
      run:
        port: 8000
      deploy:
        profile-name: my-profile
      report:
        class: tools.report_command
    workspaces:
      prod:
        commands:
          deploy:
            profile-name: production

The version may be left out. A ``class`` of CoWorks' own commands is the command that took its place.

A stage's workspace wins over ``commands``, the environment (``FLASK_RUN_PORT``, ...) over both,
and the command line over all.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .errors import CwsError
from .legacy import successor

NAME = "project"
SUFFIX = ".cws.yml"
FILE_NAME = f"{NAME}{SUFFIX}"
VERSION = 3
KEYS = ("version", "commands", "workspaces")
CLASS_KEY = "class"

Options = Mapping[str, Any]


@dataclass(frozen=True)
class Configuration:
    """What a ``project.cws.yml`` says; the empty one where there is no file.

    Option names are those of the parameters (``profile_name``), however the file writes them.

    :param path: the file, or None.
    :param commands: each command's default options.
    :param workspaces: for each stage, each command's default options on that stage.
    :param classes: for each command of the project's own, the dotted name of what defines it.
    :param successors: for each command that CoWorks defined, the one that took its place.
    """

    path: Path | None = None
    commands: Mapping[str, Options] = field(default_factory=dict)
    workspaces: Mapping[str, Mapping[str, Options]] = field(default_factory=dict)
    classes: Mapping[str, str] = field(default_factory=dict)
    successors: Mapping[str, str] = field(default_factory=dict)

    def options(self, command: str, stage: str) -> dict[str, Any]:
        """The default options of a command on a stage.

        :param command: the command's name.
        :param stage: the stage whose workspace wins.
        """
        return {
            **self.commands.get(command, {}),
            **self.workspaces.get(stage, {}).get(command, {}),
        }

    def names(self) -> set[str]:
        """The names of all commands that the file speaks of."""
        return set(self.commands).union(*self.workspaces.values())

    def place(self, command: str, option: str, stage: str) -> str:
        """Where the file sets an option, as an error names it.

        :param command: the command's name.
        :param option: the parameter's name.
        :param stage: the stage whose workspace wins.
        """
        if option in self.workspaces.get(stage, {}).get(command, {}):
            return f"{self.path}: workspaces.{stage}.commands.{command}.{option}"
        return f"{self.path}: commands.{command}.{option}"


def find_configuration(project_dir: Path, name: str = FILE_NAME) -> Path | None:
    """The project's file: in the project folder, else in the working directory.

    :param project_dir: the folder of the services.
    :param name: the file's name, or its path from one of these folders.
    :return: the file; None where there is none of the usual name.
    :raises CwsError: there is none of another name, which was asked for.
    """
    for folder in (project_dir, Path.cwd()):
        path = folder / name
        if path.is_file():
            return path
    if name != FILE_NAME:
        raise CwsError(
            f"there is no {name} in {project_dir} nor in {Path.cwd()}: --config-file is the file's "
            f"name without its suffix, and --config-file-suffix that ({SUFFIX} by default)."
        )
    return None


def read_configuration(path: Path | None) -> Configuration:
    """Read a project's file and check its shape.

    :param path: the file; None gives the empty configuration.
    :raises CwsError: PyYAML is missing, the file is no YAML, has another version, or a key or a
        value that has no place there.
    """
    if path is None:
        return Configuration()
    try:
        return parse_configuration(path.read_text(encoding="utf-8"), path)
    except (OSError, UnicodeDecodeError) as error:
        raise CwsError(f"{path} can't be read: {error}") from error


def parse_configuration(text: str, path: Path) -> Configuration:
    """Read a project's file from its text.

    :param path: what errors call it.
    :raises CwsError: as :func:`read_configuration` does.
    """
    content = _mapping(_load(text, path), f"{path}", "a mapping")
    _check_version(path, content)
    _check_keys(content, f"{path}", KEYS)
    commands, named = _commands(content.get("commands"), f"{path}: commands")
    successors = {name: found for name, dotted in named.items() if (found := successor(dotted))}
    classes = {name: dotted for name, dotted in named.items() if name not in successors}
    workspaces = {}
    for stage, workspace in _named(content.get("workspaces"), f"{path}: workspaces").items():
        where = f"{path}: workspaces.{stage}"
        _check_keys(workspace, where, ("commands",))
        workspaces[stage], named = _commands(workspace.get("commands"), f"{where}.commands")
        redefined = [name for name, dotted in named.items() if not successor(dotted)]
        if redefined:
            raise CwsError(
                f"{where}.commands.{min(redefined)}: {CLASS_KEY!r} defines a command for every "
                f"stage; move it to 'commands'."
            )
    return Configuration(path, commands, workspaces, classes, successors)


def _load(text: str, path: Path) -> Any:
    """The file's content as YAML reads it."""
    try:
        import yaml
    except ImportError as error:
        raise CwsError(
            f"{path} can't be read without PyYAML; install it with: pip install pyyaml"
        ) from error

    class Loader(yaml.SafeLoader):
        """YAML in which ``yes``, an option of some commands, is a name where it is a key."""

        def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
            for key, _ in node.value:
                if key.tag == "tag:yaml.org,2002:bool":
                    key.tag = "tag:yaml.org,2002:str"
            return super().construct_mapping(node, deep)

    try:
        return yaml.load(text, Loader)  # noqa: S506 (a safe one)
    except yaml.YAMLError as error:
        raise CwsError(f"{path} is not YAML: {error}") from error


def _check_version(path: Path, content: Mapping[str, Any]) -> None:
    """The version, where it is written, is the one that this command reads."""
    got = content.get("version")
    if got is not None and (got != VERSION or isinstance(got, bool)):
        raise CwsError(f"{path}: version is {got!r}; it must be {VERSION}.")


def _check_keys(content: Mapping[str, Any], where: str, allowed: tuple[str, ...]) -> None:
    """No key but those that mean something."""
    for key in content:
        if key not in allowed:
            raise CwsError(f"{where}: unknown key {key!r}; allowed: {', '.join(allowed)}.")


def _commands(value: Any, where: str) -> tuple[dict[str, Options], dict[str, str]]:
    """The options of each command, and the class of those that have one."""
    commands: dict[str, Options] = {}
    classes: dict[str, str] = {}
    for name, options in _named(value, where).items():
        named = {str(option).replace("-", "_"): setting for option, setting in options.items()}
        dotted = named.pop(CLASS_KEY, None)
        if dotted is not None:
            if not isinstance(dotted, str) or "." not in dotted.strip("."):
                raise CwsError(
                    f"{where}.{name}.{CLASS_KEY}: {dotted!r} must be a dotted name, "
                    f"'module.attribute'."
                )
            classes[name] = dotted
        commands[name] = named
    return commands, classes


def _named(value: Any, where: str) -> dict[str, Mapping[Any, Any]]:
    """A mapping of names to mappings, where nothing at all is an empty mapping."""
    return {
        str(name): _mapping(content, f"{where}.{name}", "a mapping of options")
        for name, content in _mapping(value, where, "a mapping of names").items()
    }


def _mapping(value: Any, where: str, expected: str) -> Mapping[Any, Any]:
    """The value as a mapping, where nothing at all is an empty one."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise CwsError(f"{where}: {value!r} must be {expected}.")
    return value
