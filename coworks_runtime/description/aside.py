"""Services described beside one another, while this process goes on with other jobs."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NoReturn

from .job import Job, heard

#: How many services are imported at once: some wait for what isn't a processor.
AT_ONCE = max(4, os.cpu_count() or 1)


@dataclass(frozen=True)
class AsideJob:
    """What is to be described aside.

    :param variables: its environment.
    :param answer_to: the descriptor of a file that the answer is written to.
    :param done: the descriptor of a pipe that is told when it is.
    """

    job: Job
    variables: Mapping[str, str]
    answer_to: int
    done: int


def begin_aside(jobs: Sequence[AsideJob], folder: str) -> None:
    """Begin to describe services, some at once, and go on.

    The descriptors are closed here. A process that describes belongs to this one's group.

    :param folder: their working directory.
    """
    if not os.fork():
        _take_turns(jobs, folder)
    _close(jobs)


def _take_turns(jobs: Sequence[AsideJob], folder: str) -> NoReturn:
    try:
        for number, job in enumerate(jobs):
            if number >= AT_ONCE:
                os.wait()
            if not os.fork():
                _close([other for other in jobs[number:] if other is not job])
                _describe(job, folder)
            _close([job])
    finally:
        os._exit(0)


def _describe(job: AsideJob, folder: str) -> NoReturn:
    try:
        found, said = heard(job.job, variables=job.variables, folder=folder, watched=True)
        with os.fdopen(job.answer_to, "w", encoding="utf-8") as answer:
            json.dump([found.description, found.problem, said, found.read], answer)
        os.write(job.done, b"\n")
    finally:
        os._exit(0)


def _close(jobs: Sequence[AsideJob]) -> None:
    for job in jobs:
        os.close(job.answer_to)
        os.close(job.done)
