"""Make a project that runs, tests and synthesizes as it is."""

from pathlib import Path

import click

from .errors import CwsError

TEMPLATES = Path(__file__).parent / "templates" / "project"
_SUFFIX = ".tmpl"
# A file that starts with a dot would be hidden from packaging, or taken for this project's own.
_DOTTED = {"env", "gitignore"}


@click.command()
@click.argument("folder", metavar="[DIR]", type=click.Path(path_type=Path), default=".")
@click.option("--force", is_flag=True, help="Replace the files that are there already.")
def new(folder: Path, force: bool) -> None:
    """Make a project in DIR, by default in the working directory.

    It has a service with its tests, the CDK app that deploys it with a snapshot test, and default
    options for these commands.
    """
    files = {
        folder / _target(template): template for template in sorted(TEMPLATES.rglob(f"*{_SUFFIX}"))
    }
    present = [str(target) for target in files if target.exists()]
    if present and not force:
        raise CwsError(
            f"already there: {', '.join(present)}. Choose another folder, or replace them with "
            f"--force."
        )
    try:
        for target, template in files.items():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(template.read_bytes())
    except OSError as error:
        raise CwsError(f"the project can't be written to {folder}: {error}") from error
    click.echo(f"New project in {folder.resolve()}: {len(files)} files.")
    click.echo("Next:")
    if folder.resolve() != Path.cwd():
        click.echo(f"  cd {folder}")
    click.echo("  cws --app hello run   # then: curl http://127.0.0.1:5000/")
    click.echo("The README.md there tells how to test and deploy it.")


def _target(template: Path) -> Path:
    """Where a template's file goes, relative to the project."""
    relative = template.relative_to(TEMPLATES)
    name = relative.name.removesuffix(_SUFFIX)
    return relative.with_name(f".{name}" if name in _DOTTED else name)
