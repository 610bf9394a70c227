"""Processes that describe services, and what they answer."""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

#: Modules that are installed are compiled once, unless this process doesn't either.
_COMMAND = (
    sys.executable,
    *(["-B"] if sys.dont_write_bytecode else []),
    *("-P", "-m", "coworks_runtime.description"),
)

#: A file's times are of a clock that goes in steps.
_STEP_NS = 20_000_000

#: A description, what is wrong, and what the service printed.
Said = tuple[dict[str, Any] | None, str, str]


class Describer:
    """A process that describes one service after the other."""

    _idle: ClassVar[dict[frozenset[tuple[str, str]], Describer]] = {}
    _beside: ClassVar[list[Describer]] = []

    def __init__(self, environment: Mapping[str, str], pass_fds: Sequence[int] = ()) -> None:
        self._environment = environment
        self.process = subprocess.Popen(
            _COMMAND,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
            env=dict(environment),
            pass_fds=pass_fds,
            # So that a service that waits ends with it.
            start_new_session=True,
        )

    @classmethod
    def take(cls, environment: Mapping[str, str]) -> Describer:
        """One that has nothing to do, and was started with this environment."""
        idle = cls._idle.pop(frozenset(environment.items()), None)
        return idle if idle and idle.process.poll() is None else cls(environment)

    def give_back(self) -> None:
        """Keep it for the next service."""
        other = self._idle.setdefault(frozenset(self._environment.items()), self)
        if other is not self:
            self.end()

    def ask(self, job: Mapping[str, Any]) -> None:
        """Begin to describe a service."""
        assert self.process.stdin is not None  # noqa: S101 - a pipe, as asked for
        # Where the process has ended, `answer` tells.
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.write(json.dumps(job) + "\n")
            self.process.stdin.flush()

    def answer(self, timeout: float) -> Said | None:
        """The description, what is wrong, and what the service printed; None without an answer."""
        assert self.process.stdout is not None  # noqa: S101 - likewise
        _wait_for(self.process.stdout.fileno(), timeout)
        line = self.process.stdout.readline()
        if not line:
            return None
        description, problem, said = json.loads(line)
        return description, problem, said

    def end(self) -> None:
        """End it, and whatever it has begun."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.communicate()

    def keep(self) -> None:
        """Let it go on with what it was asked to do aside; the next service may ask it too."""
        if self._idle.setdefault(frozenset(self._environment.items()), self) is not self:
            self._beside.append(self)

    @classmethod
    def end_all(cls) -> None:
        """End those that wait, and those that go on."""
        while cls._idle:
            cls._idle.popitem()[1].end()
        while cls._beside:
            cls._beside.pop().end()


atexit.register(Describer.end_all)


class AsideReading:
    """A service that is described beside others, before it is asked for.

    :param job: what ``coworks_runtime.description`` is asked.
    :param variables: its environment.
    """

    def __init__(self, job: Mapping[str, Any], variables: Mapping[str, str]) -> None:
        self._job, self._variables = job, variables
        # In a file, so that nobody waits for it to be read; it has no name, and may hold values.
        self._answer = tempfile.TemporaryFile()  # noqa: SIM115 - closed when it is read
        self._done, self._tell = os.pipe()
        self._begun = time.time_ns()

    @classmethod
    def begin(
        cls,
        questions: Iterable[tuple[Mapping[str, Any], Mapping[str, str]]],
        environment: Mapping[str, str],
    ) -> list[AsideReading]:
        """Begin some, by one process that goes on with others' questions.

        :param questions: a job and its environment each.
        :param environment: of the process.
        :raises OSError: where they can't be begun.
        """
        readings: list[AsideReading] = []
        try:
            readings.extend(cls(*question) for question in questions)
            cls._ask(readings, environment)
        except OSError:
            for one in readings:
                one.close()
            raise
        finally:
            for one in readings:
                os.close(one._tell)  # noqa: SLF001 - its own
        return readings

    @staticmethod
    def _ask(readings: Sequence[AsideReading], environment: Mapping[str, str]) -> None:
        describer = Describer(environment, [fd for one in readings for fd in one.descriptors])
        describer.ask(
            {
                "jobs": [one.question for one in readings],
                "folder": str(Path.cwd()),
            }
        )
        describer.keep()

    @property
    def descriptors(self) -> tuple[int, int]:
        """What the answer is written to, and what is told then."""
        return self._answer.fileno(), self._tell

    @property
    def question(self) -> dict[str, Any]:
        """What the process is asked."""
        answer_to, done = self.descriptors
        return {
            "job": self._job,
            "variables": self._variables,
            "answer_to": answer_to,
            "done": done,
        }

    def answer(self, timeout: float) -> Said | None:
        """As a describer's; None too for a service that had better be asked for again.

        It failed beside others, or what it read has been written to since it began.
        """
        _wait_for(self._done, timeout)
        if not os.read(self._done, 1):
            return None
        self._answer.seek(0)
        description, problem, said, read = json.load(self._answer)
        before = self._begun - _STEP_NS
        if description is None or not all(_is_as_it_was(path, before, read[path]) for path in read):
            return None
        return description, problem, said

    def close(self) -> None:
        """Forget it."""
        os.close(self._done)
        self._answer.close()


def _wait_for(descriptor: int, timeout: float) -> None:
    waiting = select.poll()
    waiting.register(descriptor, select.POLLIN)
    if not waiting.poll(timeout * 1000):
        raise TimeoutError


def _is_as_it_was(path: str, time_ns: int, existed: bool) -> bool:
    try:
        found = Path(path).stat()
    except OSError:
        return not existed
    return existed and max(found.st_mtime_ns, found.st_ctime_ns) < time_ns
