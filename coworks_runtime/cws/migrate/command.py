"""The command that moves a project of CoWorks over."""

from pathlib import Path

import click

from coworks_runtime.cws.errors import CwsError
from coworks_runtime.cws.script_info import CwsScriptInfo

from . import files


@click.command()
@click.argument(
    "folder", metavar="[DIR]", type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=".",
)  # fmt: skip
@click.option("--write", is_flag=True, help="Make the changes; without it they are shown.")
@click.pass_context
def migrate(ctx: click.Context, folder: Path, write: bool) -> None:
    """Move the project of CoWorks in DIR over, by default that of the working directory.

    Imports, project.cws.yml and requirements are changed, and the CDK app that deploys the services
    is made. What has no counterpart, or behaves differently, is listed with its file and line.
    """
    # Read here: what a migration needs (YAML, syntax trees) is no other command's.
    from .project import plan_migration

    info = ctx.ensure_object(CwsScriptInfo)
    group = ctx.find_root().command
    commands = group.commands if isinstance(group, click.Group) else None
    plan = plan_migration(folder, info.project_dir, info.file_name, commands)
    for change in plan.changes:
        if write:
            _write(folder / change.file, change.after)
            click.echo(f"{'new' if change.before is None else 'changed'}: {change.file}")
        else:
            click.echo(change.diff())
    if plan.findings:
        click.echo("\nLeft to you:")
        for finding in plan.findings:
            click.echo(f"  {finding}")
    if write:
        click.echo(
            "\nNext: cws run, then cws synth. docs/migrating.md lists what behaves differently."
        )
    else:
        click.echo(
            f"\n{len(plan.changes)} files would change; make it so with: cws migrate --write"
        )


def _write(file: Path, text: str) -> None:
    try:
        files.write(file, text)
    except OSError as error:
        raise CwsError(f"{file} can't be written: {error}") from error
