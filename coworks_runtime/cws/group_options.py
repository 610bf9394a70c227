"""The options that stand before a command: of which project, service and stage it is."""

import importlib.metadata
import platform
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from .configuration import NAME, SUFFIX
from .script_info import DEFAULT_PROJECT_DIR, CwsScriptInfo


def group_options() -> list[click.Parameter]:
    """The group's own options.

    They are eager so that ``--help`` knows the service's commands, and in an order in which
    ``--app`` comes last.
    """
    return [
        click.Option(
            ["-p", "--project-dir"],
            type=click.Path(file_okay=False, path_type=Path),
            default=DEFAULT_PROJECT_DIR,
            show_default=True,
            envvar="CWS_PROJECT_DIR",
            help="The folder of the services.",
            is_eager=True,
            expose_value=False,
            callback=_setting("project_dir"),
        ),
        click.Option(
            ["-s", "--stage"],
            metavar="NAME",
            allow_from_autoenv=False,
            help="The stage; by default CWS_STAGE of the environment, else dev.",
            is_eager=True,
            expose_value=False,
            callback=_setting("stage"),
        ),
        click.Option(
            ["-c", "--config-file"],
            metavar="NAME",
            default=NAME,
            show_default=True,
            help="The file of the commands' defaults, without its suffix, in the project folder or "
            "here.",
            is_eager=True,
            expose_value=False,
            callback=_setting("config_file"),
        ),
        click.Option(
            ["--config-file-suffix"],
            metavar="SUFFIX",
            default=SUFFIX,
            show_default=True,
            help="That file's suffix.",
            is_eager=True,
            expose_value=False,
            callback=_setting("config_file_suffix"),
        ),
        click.Option(
            ["-a", "-A", "--app"],
            metavar="MODULE[:NAME]",
            help="The service: a module of the project folder, and the name of its variable "
            "where it isn't 'app'. By default FLASK_APP, of .env and .flaskenv too, else the "
            "project folder's app.py.",
            is_eager=True,
            expose_value=False,
            callback=_setting("app_import_path"),
            shell_complete=_complete_app,
        ),
        click.Option(
            ["--version"],
            is_flag=True,
            help="Show the versions.",
            is_eager=True,
            expose_value=False,
            callback=_show_version,
        ),
    ]


def _setting(name: str) -> Callable[[click.Context, click.Parameter, Any], Any]:
    """A callback that keeps an option's value in the script info."""

    def keep(ctx: click.Context, _param: click.Parameter, value: Any) -> Any:
        if value is not None:
            setattr(ctx.ensure_object(CwsScriptInfo), name, value)
        return value

    return keep


def _complete_app(
    ctx: click.Context, _param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """The modules of the project folder that start as what is typed."""
    modules = ctx.ensure_object(CwsScriptInfo).modules()
    return [CompletionItem(module) for module in modules if module.startswith(incomplete)]


def _show_version(ctx: click.Context, _param: click.Parameter, value: bool) -> None:
    """Print the versions of what a service runs on."""
    if not value or ctx.resilient_parsing:
        return
    try:
        version = importlib.metadata.version("coworks-cdk")
    except importlib.metadata.PackageNotFoundError:
        version = "(not installed)"
    click.echo(f"CoWorks {version}")
    click.echo(f"Flask {importlib.metadata.version('flask')}")
    click.echo(f"Python {platform.python_version()}")
    ctx.exit()
