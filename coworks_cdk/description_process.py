"""Services read in processes of their own.

Nothing of a service is imported here: two services whose modules have the same name work in one
stack, and what a module does on import stays in its process. One process imports what all services
need, and forks for each of them.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, ClassVar, Self
from weakref import WeakKeyDictionary

from coworks_cdk.service_description import ServiceDescription

#: What the process is given of the environment that synthesizes: enough for a Python to start,
#: and nothing that would make the template depend on the machine.
BASE_ENVIRONMENT = (
    "PATH",
    "HOME",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "TMPDIR",
    "VIRTUAL_ENV",
    "PYTHONPATH",
    "PYTHONHOME",
    "SYSTEMROOT",
)

#: Seconds that a service may take to be imported.
IMPORT_TIMEOUT = 120.0

#: Modules that are installed are compiled once, unless this process doesn't either.
_COMMAND = (
    sys.executable,
    *(["-B"] if sys.dont_write_bytecode else []),
    *("-P", "-m", "coworks_runtime.description"),
)

#: Variables with these names are for a Python that starts, and not for one that forks.
_OF_A_START = ("PYTHON", "LD_", "DYLD_")


class DescriptionError(Exception):
    """The service can't be read; the text says why and what to do."""


class _Describer:
    """A process that describes one service after the other."""

    _idle: ClassVar[dict[frozenset[tuple[str, str]], _Describer]] = {}

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self.process = subprocess.Popen(
            _COMMAND,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
            env=dict(environment),
            # So that a service that waits ends with it.
            start_new_session=True,
        )

    @classmethod
    def take(cls, environment: Mapping[str, str]) -> _Describer:
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

    def answer(self, timeout: float) -> tuple[dict[str, Any] | None, str, str] | None:
        """The description, what is wrong, and what the service printed; None without an answer."""
        assert self.process.stdout is not None  # noqa: S101 - likewise
        if not select.select([self.process.stdout], [], [], timeout)[0]:
            raise TimeoutError
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

    @classmethod
    def end_all(cls) -> None:
        """End those that wait."""
        while cls._idle:
            _, idle = cls._idle.popitem()
            idle.end()


atexit.register(_Describer.end_all)


class DescriptionProcess:
    """A service being described, while the construct goes on with the rest.

    A context manager: the process ends with it where it has no answer, whatever happens to the rest.

    :param app: ``module:attribute``.
    :param project_dir: the absolute folder of the service.
    :param environment: what the function will have in its environment, ``CWS_STAGE`` included.
    :param later: names of variables that have their values in a deployment only.
    """

    def __init__(
        self,
        app: str,
        *,
        project_dir: str,
        environment: Mapping[str, str],
        later: Collection[str] = (),
    ) -> None:
        self._app = app
        self._project_dir = project_dir
        self._outcome: ServiceDescription | DescriptionError | None = None
        base = _base_environment()
        starting = {k: v for k, v in environment.items() if k.startswith(_OF_A_START)}
        self._describer = _Describer.take({**base, **starting})
        self._describer.ask(
            {
                "job": {
                    "app": app,
                    "project_dir": project_dir,
                    "given": sorted(environment),
                    "later": sorted(later),
                },
                "variables": {**base, **environment},
                "folder": str(Path.cwd()),
            }
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if not self.answered:
            self._describer.end()

    @property
    def answered(self) -> bool:
        """Whether there is a result, so that ``result`` doesn't wait."""
        return self._outcome is not None

    def result(self) -> ServiceDescription:
        """Wait for the description.

        :raises DescriptionError: when the app can't be loaded, or doesn't answer in two minutes.
        """
        if self._outcome is None:
            try:
                self._outcome = self._wait()
            except DescriptionError as error:
                self._outcome = error
        if isinstance(self._outcome, DescriptionError):
            raise self._outcome
        return self._outcome

    def _wait(self) -> ServiceDescription:
        try:
            found = self._describer.answer(IMPORT_TIMEOUT)
        except TimeoutError:
            self._describer.end()
            raise DescriptionError(
                f"{self._where} isn't imported after {IMPORT_TIMEOUT:.0f} seconds. Move what "
                "waits (network calls, a server's loop) out of the module's top level."
            ) from None
        if found is None:
            self._describer.end()
            raise DescriptionError(
                f"{self._where} can't be imported: the process that reads it ended without an "
                "answer. Take out of the module what ends processes."
            )
        self._describer.give_back()
        description, problem, said = found
        if description is None:
            text = f"{said}\n{problem}"
            raise DescriptionError(f"{self._where} can't be imported:\n{_indented(text)}")
        return ServiceDescription.from_dict(description)

    @property
    def _where(self) -> str:
        return f"the service {self._app!r} of {_shown(self._project_dir)!r}"


class Descriptions:
    """The services of one app, each read once: the same code in the same environment is the same.

    Sources may change between two apps of one process, and not while one is declared.
    """

    _of_apps: ClassVar[WeakKeyDictionary[object, Descriptions]] = WeakKeyDictionary()

    def __init__(self) -> None:
        self._readings: dict[object, DescriptionProcess] = {}

    @classmethod
    def of(cls, root: object) -> Descriptions:
        """Those of this app.

        :param root: the root of its constructs.
        """
        return cls._of_apps.setdefault(root, cls())

    def read(
        self,
        app: str,
        *,
        project_dir: str,
        environment: Mapping[str, str],
        later: Collection[str] = (),
    ) -> DescriptionProcess:
        """Begin to read a service, unless it was read; see ``DescriptionProcess``."""
        key = (app, project_dir, frozenset(environment.items()))
        reading = self._readings.get(key)
        if reading is None or not reading.answered:
            reading = DescriptionProcess(
                app, project_dir=project_dir, environment=environment, later=later
            )
            self._readings[key] = reading
        return reading


def _base_environment() -> dict[str, str]:
    """The part of this process's environment that the service's process has too."""
    kept = {name: os.environ[name] for name in BASE_ENVIRONMENT if name in os.environ}
    root = Path(__file__).resolve().parent.parent
    if root.name not in ("site-packages", "dist-packages"):
        # Used from its source tree: the runtime is beside this package, and not installed.
        kept["PYTHONPATH"] = os.pathsep.join(filter(None, [kept.get("PYTHONPATH"), str(root)]))
    return kept


def _shown(folder: str) -> str:
    """A folder as the user wrote it, if it is under the working directory."""
    try:
        return Path(folder).relative_to(Path.cwd()).as_posix()
    except ValueError:
        return folder


def _indented(text: str, *, last: int = 20) -> str:
    lines = [line for line in text.splitlines() if line.strip()][-last:]
    return "\n".join(f"    {line}" for line in lines)
