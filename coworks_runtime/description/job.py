"""A service described in a process of its own, forked from one that has imported the runtime.

The child gets the environment and the folder of the job, and whatever the service does on import
stays in it. It may end in any way: the parent sees whether there was an answer.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import sys
import tempfile
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from coworks_runtime import environment
from coworks_runtime.entry_records import text_of
from coworks_runtime.errors import EnvironmentFileError

from .bytecode import leave_sources_alone
from .describe import describe
from .imports import ImportClock, foreign_imports
from .loading import enter, load_service
from .opened import Opened
from .problems import ServiceNotFoundError, import_problem


@dataclass(frozen=True)
class Job:
    """What is to be described.

    :param app: ``module:variable``, or ``module`` for its ``app``.
    :param project_dir: the folder of the service's sources.
    :param given: names of variables that the function will have; their values are in the
        environment, and in no message.
    :param later: those of them that have their values in a deployment only.
    """

    app: str
    project_dir: str
    given: tuple[str, ...] = ()
    later: tuple[str, ...] = ()


@dataclass(frozen=True)
class Answer:
    """What became of a job: a description, or what is wrong.

    :param read: the files and folders that were read for it, where that was watched, and whether
        they are there.
    """

    description: dict[str, Any] | None
    problem: str
    read: Mapping[str, bool] = field(default_factory=dict)


def described(job: Job) -> dict[str, Any]:
    """Describe a service in this process, whose working directory it changes.

    :raises ServiceNotFoundError: when it can't be loaded or described.
    :raises EnvironmentFileError: when a dotenv file can't be read.
    """
    if not Path(job.project_dir).is_dir():
        raise ServiceNotFoundError(f"{job.app}: the project dir {job.project_dir!r} isn't a folder")
    project_dir = Path(job.project_dir).absolute()
    leave_sources_alone(project_dir)
    variables = environment.read_environment(project_dir)
    environment.load_environment(project_dir)
    secrets = {*job.given, *variables} - {environment.STAGE_VARIABLE}
    clock = ImportClock()
    root = enter(project_dir)
    with clock.running():
        service = load_service(job.app, project_dir, root=root, secrets=secrets, later=job.later)
    try:
        description = describe(service)
    except Exception as error:
        problem = import_problem(
            job.app, project_dir.resolve(), error, root=root, secrets=secrets, later=job.later
        )
        raise ServiceNotFoundError(problem) from error
    return {
        **description,
        "environment": variables,
        "imports": foreign_imports(project_dir.resolve()),
        "import_time": clock.as_dict(),
    }


def heard(job: Job, **child: Any) -> tuple[Answer, str]:
    """Describe a service in a child of this process, and tell what it printed.

    :param child: see ``answer``.
    """
    with tempfile.TemporaryFile() as said:
        found = answer(job, said_to=said, **child)
        said.seek(0)
        return found, said.read().decode(errors="replace")


def answer(job: Job, *, said_to: IO[bytes] | None = None, **child: Any) -> Answer:
    """Describe a service in a child of this process.

    :param said_to: where the child's stdout and stderr go; by default both to stderr.
    :param child: ``variables`` and ``folder``, the child's environment and working directory, by
        default this process's; ``watched``, whether the answer tells what was read.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    with tempfile.TemporaryFile() as result:
        # The child's garbage collection leaves alone, and so uncopied, what was there before it.
        gc.freeze()
        if not (process := os.fork()):
            _in_child(job, result, said_to, **child)
        _, status = os.waitpid(process, 0)
        result.seek(0)
        text = result.read()
    if text:
        description, problem, read = json.loads(text)
        return Answer(description, problem, read)
    code = os.waitstatus_to_exitcode(status)
    ended = f"with status {code}" if code >= 0 else f"by signal {-code}"
    return Answer(
        None,
        f"{job.app}: the process ended {ended} while the module was imported; take out what ends "
        "it (os._exit, a signal)",
    )


def _in_child(
    job: Job,
    result: IO[bytes],
    said_to: IO[bytes] | None,
    *,
    variables: Mapping[str, str] | None = None,
    folder: str | None = None,
    watched: bool = False,
) -> None:
    """Do the job, write what became of it, and end the process."""
    said = 2 if said_to is None else said_to.fileno()
    os.dup2(said, 1)
    os.dup2(said, 2)
    if variables is not None:
        os.environ.clear()
        os.environ.update(variables)
    if folder is not None:
        os.chdir(folder)
    opened = Opened() if watched else None
    description, problem = None, ""
    try:
        description = described(job)
    except (EnvironmentFileError, ServiceNotFoundError) as error:
        problem = str(error)
    read = opened.paths() if opened else {}
    result.write(json.dumps([description, problem, read], default=text_of).encode())
    result.flush()
    # Not by Python's own end, which takes all objects apart, and so copies what the child shares
    # with its parent; nor would it end where the service has left a thread running.
    if threading.active_count() == 1:
        atexit._run_exitfuncs()  # noqa: SLF001 - there is no public way
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)
