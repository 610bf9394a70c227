"""``project.cws.yml`` of CoWorks → what stays in it, and what its deploy options say. Pure."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from coworks_runtime.cws.configuration import CLASS_KEY as _CLASS
from coworks_runtime.cws.configuration import KEYS, VERSION, parse_configuration
from coworks_runtime.cws.errors import CwsError
from coworks_runtime.cws.legacy import (
    FORMER_OPTIONS,
    LAYER_ANSWER,
    PACKAGE,
    FormerOption,
    is_own_layer,
    successor,
)

from .plan import Finding
from .stack import option_value

_VERSION = "version: 3\n"
_Pair = tuple[yaml.Node, yaml.Node]


@dataclass
class ProjectFile:
    """What became of a project's file.

    :param text: its new text.
    :param options: the former options of deploy, by stage; under None those of every stage.
    :param findings: what the file said and is nowhere now.
    """

    text: str
    options: dict[str | None, dict[str, Any]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)


def migrate_project_file(
    text: str, file: Path, commands: Collection[str] | None = None
) -> ProjectFile:
    """Leave in a project's file what the commands here take.

    Comments and the order stay, where the mappings are written over several lines.

    :param text: the file.
    :param file: its path, for the findings.
    :param commands: the commands that there are here; by default any may be one.
    :raises CwsError: it is no YAML, or no mapping.
    """
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        raise CwsError(f"{file} is not YAML: {error}") from error
    if root is None:
        return ProjectFile(_VERSION + text)
    if not isinstance(root, yaml.MappingNode):
        raise CwsError(f"{file}: {text.strip()[:40]!r} must be a mapping.")
    result = ProjectFile(text)
    removed: list[_Pair] = list(_unknown(root, file, result))
    kinds = _kinds(root)
    if commands is not None:
        removed += _without_command(root, {*commands, *kinds}, file, result)
    whole = {id(pair[1]) for pair in removed}
    for stage, command, options in _commands(root):
        for pair in options.value if isinstance(options, yaml.MappingNode) else ():
            if id(options) not in whole or pair[0].value == _CLASS:
                kind = kinds.get(command) or command
                _migrate_option(stage, (command, kind), pair, file, result, removed)
    result.text = _without(text, root, _with_emptied(root, removed))
    gone = {id(key) for key, _ in removed}
    if not any(key.value == "version" and id(key) not in gone for key, _ in root.value):
        result.text = _VERSION + result.text
    try:
        parse_configuration(result.text, file)
    except CwsError as error:
        told = str(error).removeprefix(f"{file}: ")
        result.findings.append(Finding(file, 0, f"cws can't read the file: {told}"))
    return result


def _unknown(root: yaml.MappingNode, file: Path, result: ProjectFile) -> Iterator[_Pair]:
    """What older versions had beside the commands: told, and taken out."""
    for key, value in root.value:
        is_older = key.value == "version" and _plain(value) != VERSION
        if key.value not in KEYS or is_older:
            told = f"{key.value} is left out: it means nothing here"
            if is_older:
                told = f"version {value.value} is made {VERSION}"
            result.findings.append(Finding(file, key.start_mark.line + 1, told))
            yield key, value


def _commands(root: yaml.MappingNode) -> Iterator[tuple[str | None, str, yaml.Node]]:
    """The commands that the file speaks of, each with its stage and its options."""
    for stage, (name, options) in _command_pairs(root):
        yield stage, name.value, options


def _command_pairs(root: yaml.MappingNode) -> Iterator[tuple[str | None, _Pair]]:
    own = _child(root, "commands")
    yield from ((None, pair) for pair in (own.value if own else ()))
    workspaces = _child(root, "workspaces")
    for stage, workspace in workspaces.value if workspaces else ():
        of_stage = (
            _child(workspace, "commands") if isinstance(workspace, yaml.MappingNode) else None
        )
        yield from ((stage.value, pair) for pair in (of_stage.value if of_stage else ()))


def _kinds(root: yaml.MappingNode) -> dict[str, str | None]:
    """The commands that the file itself defines; those of CoWorks' own with what they are here."""
    kinds: dict[str, str | None] = {}
    for _, name, options in _commands(root):
        for key, value in options.value if isinstance(options, yaml.MappingNode) else ():
            plain = _plain(value)
            if key.value != _CLASS or not isinstance(plain, str):
                continue
            if not _is_coworks(plain):
                kinds[name] = None
            elif successor(plain):
                kinds[name] = successor(plain)
    return kinds


def _is_coworks(dotted: str) -> bool:
    return dotted.partition(".")[0] == PACKAGE


def _without_command(
    root: yaml.MappingNode, known: Collection[str], file: Path, result: ProjectFile
) -> Iterator[_Pair]:
    """What is said of commands that nobody has here: told, where no class tells it, and taken out."""
    for _, (key, options) in _command_pairs(root):
        if key.value in known:
            continue
        told = (
            f"{key.value} is left out: no command here is called so; one of your own has its "
            "class: module.attribute"
        )
        of = options.value if isinstance(options, yaml.MappingNode) else ()
        if not any(name.value == _CLASS for name, _ in of):
            result.findings.append(Finding(file, key.start_mark.line + 1, told))
        yield key, options


def _child(node: yaml.MappingNode, key: str) -> yaml.MappingNode | None:
    for name, value in node.value:
        if name.value == key and isinstance(value, yaml.MappingNode):
            return value
    return None


def _migrate_option(
    stage: str | None,
    called: tuple[str, str],
    pair: _Pair,
    file: Path,
    result: ProjectFile,
    removed: list[_Pair],
) -> None:
    """Keep, move or drop one option of a command, which may have another name than it has here."""
    own_name, command = called
    key, value = pair
    name = str(key.value).replace("-", "_")
    line = key.start_mark.line + 1
    plain = _plain(value)
    if name == _CLASS and isinstance(plain, str) and _is_coworks(plain):
        if own_name != command:
            return  # the file's name for one of the commands here
        if successor(plain) is None:
            result.findings.append(
                Finding(file, line, f"{plain} has no counterpart: a click command of your own")
            )
        removed.append(pair)
        return
    if name == "layers" and command == "deploy" and isinstance(value, yaml.SequenceNode):
        _migrate_layers(pair, file, result, removed)
        return
    former = _former(command, name)
    if former is None:
        return
    removed.append(pair)
    if former.prop:
        try:
            result.options.setdefault(stage, {})[former.prop] = option_value(former.prop, plain)
        except ValueError as error:
            result.findings.append(Finding(file, line, f"{name} is left out: {error}"))
    else:
        result.findings.append(Finding(file, line, f"{name} is left out: {former.answer}"))


def _migrate_layers(pair: _Pair, file: Path, result: ProjectFile, removed: list[_Pair]) -> None:
    """Leave CoWorks' own layers out, and tell of those that don't say which version."""
    _, value = pair
    own = [item for item in value.value if is_own_layer(item.value)]
    for item in value.value:
        line = item.start_mark.line + 1
        if item in own:
            result.findings.append(Finding(file, line, f"{item.value} is left out: {LAYER_ANSWER}"))
        elif str(item.value).count(":") < 7:
            result.findings.append(
                Finding(file, line, f"{item.value} names no version: add one, as {item.value}:1")
            )
    if len(own) == len(value.value):
        removed.append(pair)
    else:
        removed += [(item, item) for item in own]


def _former(command: str, name: str) -> FormerOption | None:
    return next((one for one in FORMER_OPTIONS.get(command, ()) if one.name == name), None)


def _plain(node: yaml.Node) -> Any:
    """A node's value."""
    return yaml.SafeLoader("").construct_document(node)


def _with_emptied(root: yaml.MappingNode, removed: list[_Pair]) -> list[_Pair]:
    """What is removed, and the mappings of which nothing would be left."""
    gone = {id(key) for key, _ in removed}
    result = list(removed)

    def empty(node: yaml.Node) -> bool:
        if not isinstance(node, yaml.MappingNode):
            return False
        # All of them are looked at: each may have an emptied mapping of its own.
        left = [pair for pair in node.value if id(pair[0]) not in gone and not drop(pair)]
        return bool(node.value) and not left

    def drop(pair: _Pair) -> bool:
        if not empty(pair[1]):
            return False
        gone.add(id(pair[0]))
        result.append(pair)
        return True

    empty(root)
    return result


def _without(text: str, root: yaml.Node, removed: list[_Pair]) -> str:
    """The text without some of its options: their lines, else written anew."""
    lines = text.splitlines(keepends=True)
    dropped: set[int] = set()
    for key, value in removed:
        first, last = key.start_mark.line, _last_line(value)
        dropped |= set(range(first, last + 1))
    kept = "".join(line for number, line in enumerate(lines) if number not in dropped)
    expected = _rest(root, {id(key) for key, _ in removed})
    try:
        found = yaml.compose(kept, Loader=yaml.SafeLoader)
    except yaml.YAMLError:
        found = None
    if (_rest(found, set()) if found else {}) == expected:
        return kept
    return yaml.safe_dump(expected, sort_keys=False) if expected else ""


def _last_line(node: yaml.Node) -> int:
    """The last line of a node: a collection's own mark is where the next one begins."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style:
        parts = [
            part for item in node.value for part in (item if isinstance(item, tuple) else [item])
        ]
        return max((_last_line(part) for part in parts), default=node.start_mark.line)
    last: int = node.end_mark.line
    return last - 1 if node.end_mark.column == 0 and last > node.start_mark.line else last


def _rest(node: yaml.Node, gone: set[int]) -> Any:
    """A node's value without what is gone."""
    if isinstance(node, yaml.MappingNode):
        return {key.value: _rest(v, gone) for key, v in node.value if id(key) not in gone}
    if isinstance(node, yaml.SequenceNode):
        return [_rest(item, gone) for item in node.value if id(item) not in gone]
    return _plain(node)
