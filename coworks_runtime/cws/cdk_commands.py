"""bootstrap, deploy, diff, destroy and synth: the CDK's own command, with the stage of this one."""

import contextlib
import json
import os
import shlex
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from flask.helpers import get_debug_flag

from coworks_runtime.environment import stage

from .cdk_cli import cdk_environment, find_cdk, install_cdk, require_cdk_project
from .errors import ProcessError
from .legacy import with_former_options, without_own_layers
from .outputs import DeployedService, services
from .process import run_process

# Read by the app that the CDK's command runs, as `coworks_cdk.progress` says.
TERMINAL_VARIABLE = "COWORKS_TERMINAL"

_Decorated = Callable[..., Any]


def call_cdk(command: str, stacks: tuple[str, ...], *arguments: str) -> None:
    """Run the CDK's command in the working directory, and end with its status where it fails.

    With debug mode on (``FLASK_DEBUG=1``) the command line is shown and the CDK says more.

    :param command: the CDK's subcommand.
    :param stacks: the names of stacks, or whatever else it is given as it is.
    :param arguments: the options, after the stage's.
    :raises CwsError: this is no CDK project, or there is no CDK command.
    :raises ProcessError: it failed.
    """
    folder = Path.cwd()
    require_cdk_project(folder)
    environment = cdk_environment(os.environ, stage()) | _terminal()
    install_cdk(folder, environment)
    verbose = ["--verbose"] if get_debug_flag() else []
    line = [
        find_cdk(folder, environment),
        command,
        *verbose,
        *("-c", f"stage={stage()}"),
        *arguments,
        *stacks,
    ]
    if verbose:
        click.echo(f" * Calling: {shlex.join(line)}", err=True)
    started = time.monotonic()
    status = run_process(line, environment)
    if status:
        raise ProcessError(f"cdk {command} failed with status {status}.", status)
    click.echo(f" * cdk {command}: done in {time.monotonic() - started:.1f} s", err=True)


def _terminal() -> dict[str, str]:
    """Where the app shows its progress: the CDK's command reads what the app prints."""
    if sys.stderr.isatty():
        # A terminal of another system's or container's has no name here.
        with contextlib.suppress(OSError, AttributeError):
            return {TERMINAL_VARIABLE: os.ttyname(sys.stderr.fileno())}
    return {}


def _common_options(function: _Decorated) -> _Decorated:
    """The options of every command that synthesizes."""
    decorators = (
        click.argument("stacks", nargs=-1, type=click.UNPROCESSED),
        click.option("--all", "all_stacks", is_flag=True, help="All stacks of the app."),
        click.option(
            "-P",
            "-pn",
            "--profile-name",
            metavar="NAME",
            help="The AWS profile to use credentials of.",
        ),
        click.option(
            "-l",
            "--layers",
            metavar="ARN",
            multiple=True,
            help="A layer for the app's services, as the context 'layers' (joined with commas). "
            "May be repeated.",
        ),
        click.option(
            "--architecture",
            type=click.Choice(["arm64", "x86_64"]),
            help="The functions' architecture, as the context 'architecture'.",
        ),
        click.option(
            "-c",
            "--context",
            metavar="KEY=VALUE",
            multiple=True,
            callback=_check_context,
            help="A further value of the app's context. May be repeated.",
        ),
    )
    for decorate in reversed(decorators):
        function = decorate(function)
    return function


def _check_context(
    _ctx: click.Context, _param: click.Parameter, values: tuple[str, ...]
) -> tuple[str, ...]:
    """Each value of the context has a key."""
    for value in values:
        if not value.partition("=")[0] or "=" not in value:
            raise click.BadParameter(f"{value!r} must be KEY=VALUE.")
    return values


def _arguments(
    *,
    all_stacks: bool,
    profile_name: str | None,
    layers: tuple[str, ...],
    architecture: str | None,
    context: tuple[str, ...],
) -> list[str]:
    """The common options as the CDK's command takes them."""
    values = [*context]
    layers = without_own_layers(layers)
    if layers:
        values.append(f"layers={','.join(layers)}")
    if architecture:
        values.append(f"architecture={architecture}")
    return [
        *(argument for value in values for argument in ("-c", value)),
        *(["--profile", profile_name] if profile_name else []),
        *(["--all"] if all_stacks else []),
    ]


@click.command()
@_common_options
def bootstrap(stacks: tuple[str, ...], **common: Any) -> None:
    """Prepare the account and the region for deploys, once for each.

    STACKS are environments (aws://ACCOUNT/REGION); none are needed for the profile's. What follows
    "--" goes to the CDK's command as it is.
    """
    call_cdk("bootstrap", stacks, *_arguments(**common))


@click.command()
@_common_options
@click.option("-y", "--yes", is_flag=True, help="Ask nothing: approve all changes.")
@click.option(
    "--require-approval",
    type=click.Choice(["never", "any-change", "broadening"]),
    help="What changes to ask about; the CDK's own default is to ask about permissions.",
)
@click.option(
    "--outputs-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Keep the stacks' outputs in this file, as JSON.",
)
def deploy(
    stacks: tuple[str, ...],
    yes: bool,
    require_approval: str | None,
    outputs_file: Path | None,
    **common: Any,
) -> None:
    """Deploy the app's stacks, and show each service's API.

    STACKS are the names of the stacks; none are needed where there is one. What follows "--" goes
    to the CDK's command as it is.
    """
    approval = require_approval or ("never" if yes else None)
    with tempfile.TemporaryDirectory(prefix="cws-") as folder:
        outputs = (outputs_file or Path(folder, "outputs.json")).absolute()
        call_cdk(
            "deploy",
            stacks,
            *_arguments(**common),
            *(["--require-approval", approval] if approval else []),
            *("--outputs-file", str(outputs)),
        )
        if outputs.is_file():
            _show(json.loads(outputs.read_text(encoding="utf-8")))


def _show(outputs: dict[str, dict[str, str]]) -> None:
    """Print the id and the URL of each service's API."""
    found: list[DeployedService] = []
    for stack in sorted(outputs):
        found += services(stack, outputs[stack])
    for service in found:
        click.echo(f"\n{service.stack} / {service.service}")
        click.echo(f"  api id: {service.api_id}")
        click.echo(f"  url:    {service.url}")


@click.command()
@_common_options
@click.option("--fail", is_flag=True, help="End with status 1 where there are differences.")
def diff(stacks: tuple[str, ...], fail: bool, **common: Any) -> None:
    """Show what a deploy would change.

    STACKS are the names of the stacks, by default all. What follows "--" goes to the CDK's command
    as it is.
    """
    call_cdk("diff", stacks, *_arguments(**common), *(["--fail"] if fail else []))


@click.command()
@_common_options
@click.option("-y", "--yes", is_flag=True, help="Ask nothing.")
def destroy(stacks: tuple[str, ...], yes: bool, **common: Any) -> None:
    """Take the app's stacks down.

    STACKS are the names of the stacks; none are needed where there is one. What follows "--" goes
    to the CDK's command as it is.
    """
    call_cdk("destroy", stacks, *_arguments(**common), *(["--force"] if yes else []))


@click.command()
@_common_options
@click.option("-q", "--quiet", is_flag=True, help="Don't print the template.")
@click.option(
    "-o",
    "--output",
    type=click.Path(file_okay=False),
    help="The folder to write to; the CDK's own default is cdk.out.",
)
def synth(stacks: tuple[str, ...], quiet: bool, output: str | None, **common: Any) -> None:
    """Synthesize the app's templates and assets.

    STACKS are the names of the stacks, by default all. What follows "--" goes to the CDK's command
    as it is.
    """
    call_cdk(
        "synth",
        stacks,
        *_arguments(**common),
        *(["--quiet"] if quiet else []),
        *(["--output", output] if output else []),
    )


for _command in (deploy, destroy):
    with_former_options(_command)
