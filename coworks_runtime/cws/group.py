"""The ``cws`` group: Flask's command line with a stage and a project folder."""

import importlib.metadata
import os
from collections.abc import Mapping
from typing import Any

import click
from flask.cli import FlaskGroup

from .cdk_commands import bootstrap, deploy, destroy, diff, synth
from .defaults import check_names, custom_command, option_defaults
from .deployed import deployed
from .errors import CwsError
from .group_options import group_options
from .invoke import invoke
from .local import local
from .logs import logs
from .migrate.command import migrate
from .new import new
from .new_token import token
from .openapi import openapi
from .script_info import CwsScriptInfo
from .url import url

# Commands that need no service of this process: its dotenv files stay out of the environment.
_PROJECT_COMMANDS = (
    new,
    migrate,
    token,
    bootstrap,
    synth,
    diff,
    deploy,
    destroy,
    deployed,
    url,
    logs,
    local,
)


class CwsGroup(FlaskGroup):
    """The commands of Flask (run, shell, routes), of the project, and those of
    ``project.cws.yml``, with the defaults that this file gives to their options.
    """

    def __init__(self, **extra: Any) -> None:
        super().__init__(add_version_option=False, load_dotenv=False, **extra)
        self._has_plugins = False
        # CoWorks reads its own dotenv files, and finds --app in the project folder.
        flasks_own = {"env_file", "app"}
        self.params = [
            param for param in self.params if param.name not in flasks_own
        ] + group_options()
        for command in (*_PROJECT_COMMANDS, openapi, invoke):
            self.add_command(command)

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,
    ) -> click.Context:
        """The context of one call, with a script info of its own."""
        extra.setdefault("obj", CwsScriptInfo())
        return super().make_context(info_name, args, parent=parent, **extra)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the group's own options.

        The environment is read for all of them first: ``--help`` lists the service's commands
        before click comes to the options that follow it.
        """
        for param in self.params:
            if param.is_eager:
                param.handle_parse_result(ctx, {}, [])
        return click.Group.parse_args(self, ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands; the service's own too, where one is named."""
        info = _info(ctx)
        if info.app_import_path:
            names = super().list_commands(ctx)
        else:
            self._add_plugins()
            names = click.Group.list_commands(self, ctx)
        return sorted({*names, *_custom_names(ctx), *_successors(ctx)})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a name: the project's own first, the service's last."""
        info = _info(ctx)
        if cmd_name in _custom_names(ctx):
            return custom_command(info.configuration, cmd_name, info.project_dir)
        self._add_plugins()
        named = _successors(ctx).get(cmd_name, cmd_name)
        command = click.Group.get_command(self, ctx, named)
        if command is None and info.app_import_path:
            return super().get_command(ctx, cmd_name)
        return command

    def _add_plugins(self) -> None:
        """Add the commands that installed packages give to Flask."""
        if not self._has_plugins:
            self._has_plugins = True
            for point in importlib.metadata.entry_points(group="flask.commands"):
                self.add_command(point.load(), point.name)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command called, and give its options their defaults."""
        info = _info(ctx)
        if args and args[0] == migrate.name:
            # It changes a project's file that the others refuse.
            info.ignore_configuration()
        if not ctx.resilient_parsing:
            info.check_stage()
            check_names(info.configuration, self.commands)
            called = _successors(ctx).get(args[0], args[0]) if args else None
            if called and called not in {command.name for command in _PROJECT_COMMANDS}:
                info.load_environment()
        name, command, rest = super().resolve_command(ctx, args)
        if name is not None and command is not None and not ctx.resilient_parsing:
            defaults = option_defaults(info.configuration, command, name, info.stage)
            ctx.default_map = {name: defaults}
            if "debug" in defaults:
                # Flask hears of its debug mode by this variable only.
                os.environ.setdefault("FLASK_DEBUG", str(int(defaults["debug"])))
        return name, command, rest


def _info(ctx: click.Context) -> CwsScriptInfo:
    """The script info of this call."""
    return ctx.ensure_object(CwsScriptInfo)


def _custom_names(ctx: click.Context) -> set[str]:
    """The names of the project's own commands; none while completing with a wrong file."""
    try:
        return set(_info(ctx).configuration.classes)
    except CwsError:
        if ctx.resilient_parsing:
            return set()
        raise


def _successors(ctx: click.Context) -> Mapping[str, str]:
    """The commands that CoWorks defined, by name; none while completing with a wrong file."""
    try:
        return _info(ctx).configuration.successors
    except CwsError:
        if ctx.resilient_parsing:
            return {}
        raise


cws = CwsGroup(
    name="cws",
    help="""\
Serve, describe and deploy the microservices of a project.

Run it from the project's folder; the services are in its folder 'tech', or where --project-dir
tells. Defaults of all options can be set in project.cws.yml.
""",
)


def main() -> None:
    """Run the command line of this process."""
    cws.main(prog_name="cws")
