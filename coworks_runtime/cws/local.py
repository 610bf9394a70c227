"""Serve what was synthesized on this machine."""

import os
import sys
from pathlib import Path

import click

from coworks_runtime.environment import stage

from .cdk_cli import cdk_environment
from .cdk_commands import call_cdk
from .process import run_process

ASSEMBLY = "cdk.out"


@click.command(
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
    add_help_option=True,
)
@click.option("--synth", is_flag=True, help="Synthesize first, even where cdk.out is there.")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def local(synth: bool, arguments: tuple[str, ...]) -> None:
    """Serve the synthesized stacks on this machine, as API Gateway and Lambda would.

    What isn't in cdk.out yet is synthesized first, with the stage. ARGUMENTS go to the local
    gateway as they are (its own help: cws local -- --help); a first one that is a folder is served
    in place of cdk.out.
    """
    folder = list(arguments[:1]) if arguments and not arguments[0].startswith("-") else []
    if synth or (not folder and not Path(ASSEMBLY).is_dir()):
        call_cdk("synth", (), "--quiet")
    status = run_process(
        [
            sys.executable,
            "-m",
            "coworks_cdk.local",
            *(folder or [ASSEMBLY]),
            *arguments[len(folder) :],
        ],
        cdk_environment(os.environ, stage()),
    )
    click.get_current_context().exit(status)
