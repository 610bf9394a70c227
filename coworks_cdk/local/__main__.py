"""``python -m coworks_cdk.local cdk.out``."""

from __future__ import annotations

import argparse
import os
import re
import shlex
import signal
import sys
import time
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from types import FrameType
from typing import NoReturn

from coworks_cdk.local.errors import LocalError
from coworks_cdk.local.lifeline import end_with_parent
from coworks_cdk.local.log import Log
from coworks_cdk.local.project.cloudformation import read_deployed, refuse_production
from coworks_cdk.local.project.freshness import stages
from coworks_cdk.local.session import Session, Settings
from coworks_cdk.local.template.assembly import read_assembly
from coworks_cdk.local.template.deployed import DeployedStack
from coworks_cdk.local.watching import WATCH_SECONDS, Project, Watcher

MAX_PORT = 65_535


def _whole(least: int, most: int) -> Callable[[str], int]:
    """Read a whole number within its bounds."""

    def whole(text: str) -> int:
        # argparse tells a ValueError by this function's name, and this one by its text.
        if not re.fullmatch(r"[0-9]{1,9}", text) or not least <= int(text) <= most:
            raise argparse.ArgumentTypeError(f"{text!r} is no whole number from {least} to {most}")
        return int(text)

    return whole


def parser() -> argparse.ArgumentParser:
    """Give the command's arguments."""
    result = argparse.ArgumentParser(
        prog="python -m coworks_cdk.local",
        description="Serve the services of a synthesized stack on this machine, without AWS.",
    )
    result.add_argument(
        "assembly",
        nargs="?",
        default="cdk.out",
        type=Path,
        help="what `cdk synth` wrote (default: cdk.out)",
    )
    result.add_argument("--stack", metavar="NAME", help="only this stack's services")
    result.add_argument(
        "--service",
        action="append",
        default=[],
        metavar="CONSTRUCT_ID",
        help="only this service; may be given several times",
    )
    result.add_argument("--host", default="127.0.0.1", help="default: 127.0.0.1")
    result.add_argument(
        "-p",
        "--port",
        type=_whole(0, MAX_PORT),
        default=8000,
        help="the first service's port, the others' follow; 0 takes free ones (default: 8000)",
    )
    result.add_argument(
        "--secrets",
        type=Path,
        metavar="FILE",
        help="JSON with the values of secrets, by construct id or ARN",
    )
    result.add_argument(
        "--processes",
        type=_whole(1, 1000),
        default=4,
        metavar="N",
        help="most processes of a function at once (default: 4)",
    )
    result.add_argument(
        "--deployed",
        metavar="STACK",
        help="use the resources of a deployed stack (tables, queues, ...), with your credentials",
    )
    result.add_argument("--yes", action="store_true", help="a deployed stack of production too")
    result.add_argument(
        "--debug",
        nargs="?",
        type=_whole(1, MAX_PORT),
        const=5678,
        metavar="PORT",
        help="let functions wait for a debugger (debugpy), the first on this port, the others' "
        "follow (default: 5678)",
    )
    result.add_argument(
        "--synth",
        metavar="COMMAND",
        help="what synthesizes the assembly; run where it is missing, has no assets, is older "
        "than the sources or of another stage",
    )
    result.add_argument("--fresh", action="store_true", help="synthesize in any case")
    result.add_argument("--stage", metavar="NAME", help="the stage that is to be served")
    result.add_argument(
        "--prefer-stage",
        metavar="NAME",
        help="the stage to synthesize for; another one is served where the app has its own",
    )
    result.add_argument(
        "--watch",
        action="store_true",
        help="serve what the sources say while they are edited; needs --synth",
    )
    return result


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until interrupted; gives the exit status."""
    options = parser().parse_args(arguments)
    # A shell starts background jobs with SIGINT ignored; it is to end this one all the same.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    # Ignored under nohup, which is to be heeded.
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        signal.signal(signal.SIGHUP, _interrupt)
    end_with_parent(os.environ)
    try:
        serve(options)
    except LocalError as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0


def _settings(options: argparse.Namespace) -> Settings:
    deployed: DeployedStack | None = None
    given: dict[str, str] = {}
    if options.deployed:
        deployed, given = read_deployed(options.deployed)
        if not options.yes:
            refuse_production(deployed, stages(read_assembly(options.assembly)))
    if options.debug and find_spec("debugpy") is None:
        raise LocalError(
            "debugpy, which --debug needs, is not installed; run `pip install debugpy`"
        )
    return Settings(
        deployed=deployed,
        debug=options.debug,
        environment={**os.environ, **given},
        assembly=options.assembly,
        services=tuple(options.service),
        stack=options.stack,
        host=options.host,
        port=options.port,
        secrets=options.secrets,
        processes=options.processes,
    )


def serve(options: argparse.Namespace) -> NoReturn:
    """Serve until interrupted.

    :raises LocalError: where that can't be.
    """
    log = Log()
    project = _project(options)
    project.prepare(anew=options.fresh)
    with Session(_settings(options), log) as session:
        # It has to know the sources as they were synthesized, before the user edits them.
        watcher = Watcher(session, project, log, sources=options.watch)
        show(session)
        while True:
            time.sleep(WATCH_SECONDS)
            served = session.model
            watcher.look()
            if session.model is not served:
                show(session)


def _project(options: argparse.Namespace) -> Project:
    if (options.watch or options.fresh) and not options.synth:
        raise LocalError("--watch and --fresh need --synth, the command that synthesizes")
    command = tuple(shlex.split(options.synth or ""))
    stage = options.stage or options.prefer_stage
    return Project(options.assembly, command, stage, insist=options.stage is not None)


def show(session: Session) -> None:
    """Print the services with their URLs."""
    urls = session.urls()
    width = max(len(name) for name, _ in urls)
    for name, url in urls:
        print(f"{name:{width}}  {url}")
    for note in session.notes:
        print(f"note: {note}")
    print("Press CTRL+C to quit", flush=True)


def _interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
