"""A service's stage, and the dotenv files that give its environment on a developer's machine.

``.env``, then ``.env.{stage}``, each first in the working directory and then in the project dir:
the later wins, and the process's own environment wins over all.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from io import StringIO
from pathlib import Path

from .errors import EnvironmentFileError, EnvironmentVariableError

STAGE_VARIABLE = "CWS_STAGE"
DEFAULT_STAGE = "dev"
SHORT_WAY_VARIABLE = "CWS_SHORT_WAY"
CHECK_ANSWERS_VARIABLE = "CWS_CHECK_ANSWERS"
LOG_FORMAT_VARIABLE = "CWS_LOG_FORMAT"


def stage() -> str:
    """The stage: ``CWS_STAGE``, ``dev`` where that is undefined or empty."""
    return os.environ.get(STAGE_VARIABLE) or DEFAULT_STAGE


def short_way() -> bool:
    """Whether events may take the short way: ``CWS_SHORT_WAY``, yes where that is undefined.

    :raises EnvironmentVariableError: for another value than ``0`` and ``1``.
    """
    return _switch(SHORT_WAY_VARIABLE, "1", "0 (every event takes the WSGI way) or 1 (the default)")


def check_answers() -> bool:
    """Whether answers are held to their annotations: ``CWS_CHECK_ANSWERS``, no by default.

    ``cws run`` and ``flask run`` set it; a deployed function answers without.

    :raises EnvironmentVariableError: for another value than ``0`` and ``1``.
    """
    allowed = "0 (the default) or 1 (answers that don't fit their annotations are errors)"
    return _switch(CHECK_ANSWERS_VARIABLE, "0", allowed)


def on_lambda() -> bool:
    """Whether this process is a Lambda function's.

    https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
    """
    return "AWS_LAMBDA_FUNCTION_NAME" in os.environ


def log_format() -> str | None:
    """How log records are written, ``json`` or ``text``; ``None`` where they are left alone.

    On Lambda that is the function's setting, where the text is Lambda's own; elsewhere
    ``CWS_LOG_FORMAT``, which ``cws run`` and ``flask run`` set.

    :raises EnvironmentVariableError: for another value than ``json`` and ``text``.
    """
    if on_lambda():
        given = os.environ.get("AWS_LAMBDA_LOG_FORMAT", "")
        return "json" if given.upper() == "JSON" else None
    value = os.environ.get(LOG_FORMAT_VARIABLE) or None
    if value not in {None, "json", "text"}:
        raise EnvironmentVariableError(
            f"the environment variable {LOG_FORMAT_VARIABLE} must be json (a JSON object a line) "
            "or text (lines to read); it has another value"
        )
    return value


def _switch(variable: str, default: str, allowed: str) -> bool:
    """Whether a variable that is 0 or 1 is on."""
    value = os.environ.get(variable) or default
    if value not in {"0", "1"}:
        raise EnvironmentVariableError(
            f"the environment variable {variable} must be {allowed}; it has another value"
        )
    return value == "1"


def read_environment(
    project_dir: Path, stage_name: str | None = None, *, name: str = ".env"
) -> dict[str, str]:
    """What the dotenv files give.

    :param project_dir: the folder of the service's sources.
    :param stage_name: the stage; by default ``CWS_STAGE`` of the process, then of the ``.env``
        files, then ``dev``.
    :param name: the files' name, without the stage; ``.flaskenv`` for those that Flask's commands
        read and a function doesn't.
    :raises EnvironmentFileError: for a line that is no assignment.
    """
    folders = [Path.cwd()]
    if project_dir.resolve() != folders[0].resolve():
        folders.append(project_dir)
    values: dict[str, str] = {}
    for folder in folders:
        values.update(_read(folder / name))
    found = stage_name or os.environ.get(STAGE_VARIABLE) or values.get(STAGE_VARIABLE)
    for folder in folders:
        values.update(_read(folder / f"{name}.{found or DEFAULT_STAGE}"))
    return values


def load_environment(project_dir: Path, loaded: Mapping[str, str] | None = None) -> None:
    """Put what the dotenv files give into the process's environment, which wins over them.

    :param project_dir: the folder of the service's sources.
    :param loaded: variables that another reader of the same files has put there already, as
        Flask's commands do with ``.env``; they count as the files'.
    :raises EnvironmentFileError: for a line that is no assignment.
    """
    for name, value in read_environment(project_dir).items():
        current = os.environ.get(name)
        if current is None or current == (loaded or {}).get(name):
            os.environ[name] = value


def _read(file: Path) -> dict[str, str]:
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise EnvironmentFileError(f"{file}: can't be read: {error}") from error
    # Imported here: a deployed function reads no files and has no python-dotenv.
    from dotenv import dotenv_values
    from dotenv.parser import parse_stream

    for binding in parse_stream(StringIO(text)):
        is_blank = binding.key is None and not binding.error
        name = binding.key or ""
        is_name = name.isascii() and name.isidentifier()
        if not is_blank and (binding.value is None or not is_name):
            statement = binding.original.string
            blank_lines = statement[: len(statement) - len(statement.lstrip())].count("\n")
            line = binding.original.line + blank_lines
            raise EnvironmentFileError(f"{file}, line {line}: expected NAME=value")
    values = dotenv_values(stream=StringIO(text))
    return {name: value or "" for name, value in values.items()}
