"""Make a token for the default authorizer, and keep it in a dotenv file."""

import re
import secrets
from pathlib import Path

import click
from click.core import ParameterSource

from coworks_runtime.environment import stage

from .errors import CwsError
from .script_info import CwsScriptInfo

VARIABLE = "TOKEN"
# In bytes: as many as can't be guessed.
_LENGTH = 32
_LINE = re.compile(rf"^(?:export\s+)?{VARIABLE}\s*=[ \t]*(?P<value>.*)$", re.MULTILINE)


def make_token() -> str:
    """A token that nobody guesses, of letters, digits, ``-`` and ``_``."""
    return secrets.token_urlsafe(_LENGTH)


@click.command()
@click.option("--force", is_flag=True, help="Replace the token that is there.")
@click.pass_context
def token(ctx: click.Context, force: bool) -> None:
    """Make a token for the service's callers, and put it into .env.

    With "cws --stage STAGE token" it is that stage's, in .env.STAGE. A file that has a TOKEN
    already is kept, unless with --force. The token itself is not shown.
    """
    is_stages = bool(
        ctx.parent and ctx.parent.get_parameter_source("stage") is ParameterSource.COMMANDLINE
    )
    info = ctx.ensure_object(CwsScriptInfo)
    file = _file(info.project_dir, f".env.{stage()}" if is_stages else ".env")
    text = _read(file)
    found = _LINE.search(text)
    if found and found["value"].strip().strip("'\"") and not force:
        raise CwsError(
            f"{file} has a {VARIABLE} already; replace it with: cws token --force. Callers of what "
            f"is deployed need the new one after the next deploy."
        )
    line = f"{VARIABLE}={make_token()}"
    if found:
        text = text[: found.start()] + line + text[found.end() :]
    else:
        text += ("" if not text or text.endswith("\n") else "\n") + line + "\n"
    try:
        file.touch(mode=0o600)
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise CwsError(f"{file} can't be written: {error}") from error
    click.echo(f"{VARIABLE} is in {file}. Keep this file out of version control.")


def _file(project_dir: Path, name: str) -> Path:
    """The dotenv file to write: the one that wins and has a token, else the project's."""
    inner = project_dir / name
    return inner if _LINE.search(_read(inner)) else Path(name)


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise CwsError(f"{file} can't be read: {error}") from error
