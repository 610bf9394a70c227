"""Serve what was synthesized on this machine."""

import os
import shlex
import sys
from pathlib import Path

import click

from coworks_runtime.environment import STAGE_VARIABLE, stage

from .cdk_cli import cdk_environment, find_cdk, install_cdk, require_cdk_project
from .process import run_process

ASSEMBLY = "cdk.out"


@click.command(
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
    add_help_option=True,
)
@click.option("--synth", is_flag=True, help="Synthesize first, even where cdk.out is up to date.")
@click.option("--watch", is_flag=True, help="Serve what the sources say while they are edited.")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@click.pass_context
def local(ctx: click.Context, synth: bool, watch: bool, arguments: tuple[str, ...]) -> None:
    """Serve the synthesized stacks on this machine, as API Gateway and Lambda would.

    It synthesizes first where cdk.out is missing, older than the sources, without assets or of
    another stage. ARGUMENTS go to the local gateway as they are (its own help: cws local --
    --help); a first one that is a folder is served in place of cdk.out, as it is.
    """
    folder = list(arguments[:1]) if arguments and not arguments[0].startswith("-") else []
    environment = cdk_environment(os.environ, stage())
    options: list[str] = []
    if not folder or synth or watch:
        # An app may have a stage of its own, which is refused only where another was asked for.
        asked = STAGE_VARIABLE in os.environ
        options += [
            "--synth",
            _synth(folder, environment),
            "--stage" if asked else "--prefer-stage",
            stage(),
        ]
        options += ["--fresh"] if synth else []
        options += ["--watch"] if watch else []
    status = run_process(
        [
            sys.executable,
            "-m",
            "coworks_cdk.local",
            *(folder or [ASSEMBLY]),
            *options,
            *arguments[len(folder) :],
        ],
        environment,
        ends_with_this=True,
    )
    ctx.exit(status)


def _synth(folder: list[str], environment: dict[str, str]) -> str:
    """The command that synthesizes, for a shell.

    :raises CwsError: this is no CDK project, or there is no CDK command.
    """
    here = Path.cwd()
    require_cdk_project(here)
    install_cdk(here, environment)
    line = [find_cdk(here, environment), "synth", "-c", f"stage={stage()}", "--quiet"]
    return shlex.join([*line, *(["--output", *folder] if folder else [])])
