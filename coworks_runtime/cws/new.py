"""Make a project that runs, tests and synthesizes as it is."""

import sys
from pathlib import Path

import click

from .cdk_cli import CDK_FILE
from .errors import CwsError
from .names import ProjectNames, project_names
from .new_token import make_token
from .package_source import requirement
from .scaffold import render, write

# The Pythons that Lambda runs, of which a project has one.
_OLDEST, _NEWEST = (3, 11), (3, 14)


@click.command()
@click.argument("folder", metavar="[DIR]", type=click.Path(path_type=Path), default=".")
@click.option("--name", metavar="NAME", help="The project's name; by default the folder's.")
@click.option("--force", is_flag=True, help="Replace the files that are there already.")
@click.option(
    "--ci",
    type=click.Choice(["github"]),
    help="Add a workflow that tests, shows the differences of a pull request, and deploys. In a "
    "project that is there already nothing else is added.",
)
def new(folder: Path, name: str | None, force: bool, ci: str | None) -> None:
    """Make a project in DIR, by default in the working directory.

    It has a service with its tests, the CDK app that deploys it with a snapshot test, and default
    options for these commands. Its names are made from the folder's.
    """
    names = _names(folder, name)
    values = _values(names)
    is_project = (folder / CDK_FILE).is_file() and not force
    files = {} if ci and is_project else render("project", folder, values)
    if files:
        files |= render("cdk", folder, values)
    if ci:
        files |= render(f"ci/{ci}", folder, values)
    write(files, folder, force=force)
    for target in files:
        if target.name == ".env":
            target.chmod(0o600)
    if ci and is_project:
        click.echo("\n".join(f"New: {target}" for target in files))
        return
    click.echo(f"New project in {folder.resolve()}: {len(files)} files.")
    click.echo("Next:")
    if folder.resolve() != Path.cwd():
        click.echo(f"  cd {folder}")
    click.echo(f"  cws --app {names.module} run   # then: curl http://127.0.0.1:5000/")
    click.echo("The README.md there tells how to test and deploy it.")


def _names(folder: Path, name: str | None) -> ProjectNames:
    """The project's names: of the option, else of the folder."""
    try:
        return project_names(name or folder.resolve().name)
    except ValueError as error:
        raise CwsError(f"{error}.") from error


def _values(names: ProjectNames) -> dict[str, str]:
    """What the templates are filled with."""
    _, minor = max(_OLDEST, min(_NEWEST, sys.version_info[:2]))
    return {
        "name": names.name,
        "module": names.module,
        "class": names.class_name,
        "title": names.title,
        "python": f"3.{minor}",
        "runtime": f"PYTHON_3_{minor}",
        "requirement": requirement(),
        "token": make_token(),
        "app_file": "app.py",
        "folder": "tech",
    }
