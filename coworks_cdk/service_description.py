"""What the construct knows of a service, read in a process of its own.

Nothing of the service is imported here: two services whose modules have the same name work in one
stack, and what a module does on import stays in its process.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self
from weakref import WeakKeyDictionary

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

_COMMAND = (sys.executable, "-B", "-P", "-m", "coworks_runtime.entry_map")


class DescriptionError(Exception):
    """The service can't be read; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of an entry, as in ``coworks_runtime.entry_map``."""

    name: str
    kind: str
    required: bool
    type: str | None
    default: Any


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the service, as in ``coworks_runtime.entry_map``."""

    method: str
    path: str
    endpoint: str
    blueprint: str | None
    no_auth: bool
    no_cors: bool
    binary_headers: Mapping[str, str] | None
    stages: tuple[str, ...] | None
    parameters: tuple[Parameter, ...]
    doc: str | None

    def __str__(self) -> str:
        return f"{self.method} {self.path} ({self.endpoint})"


@dataclass(frozen=True, slots=True)
class Cors:
    """The service's CORS rules."""

    allow_origins: tuple[str, ...] = ("*",)
    allow_headers: tuple[str, ...] = ("Content-Type", "Authorization")
    expose_headers: tuple[str, ...] = ()
    allow_credentials: bool = False
    max_age: int = 600


@dataclass(frozen=True, slots=True)
class ServiceDescription:
    """All that the construct asks of a service."""

    name: str
    description: str | None
    authorization_header: str
    cors: Cors
    environment: Mapping[str, str]
    entries: tuple[Entry, ...]
    accepts_tokens: bool = True

    @property
    def summary(self) -> str | None:
        """The description, as long as Lambda takes it."""
        return self.description[:256] if self.description else None

    @property
    def protected(self) -> bool:
        """Whether some entry needs the authorizer."""
        return any(not entry.no_auth for entry in self.entries)

    @property
    def cross_origin(self) -> bool:
        """Whether some entry answers pages of other origins."""
        return any(not entry.no_cors for entry in self.entries)

    @classmethod
    def from_json(cls, text: str) -> ServiceDescription:
        """Read the JSON object that ``coworks_runtime.entry_map --service`` prints."""
        data = json.loads(text)
        cors: dict[str, Any] = {
            key: tuple(value) if isinstance(value, list) else value
            for key, value in data["cors"].items()
        }
        return cls(
            name=data["name"],
            description=data["description"],
            authorization_header=data["authorization_header"],
            cors=Cors(**cors),
            environment=data["environment"],
            entries=tuple(_entry(entry) for entry in data["entries"]),
            accepts_tokens=data["accepts_tokens"],
        )


def _entry(data: dict[str, Any]) -> Entry:
    stages = data.pop("stages")
    return Entry(
        stages=None if stages is None else tuple(stages),
        parameters=tuple(Parameter(**parameter) for parameter in data.pop("parameters")),
        **data,
    )


#: What stands for a service that can't be read or is refused: the least that is an API.
REFUSED_SERVICE = ServiceDescription(
    name="refused",
    description=None,
    authorization_header="Authorization",
    cors=Cors(),
    environment={},
    entries=(Entry("GET", "/", "get", None, True, True, None, None, (), None),),
)


class DescriptionProcess:
    """A service being described, while the construct goes on with the rest.

    A context manager: the process ends with it, whatever happens to the rest.

    :param app: ``module:attribute``.
    :param project_dir: the absolute folder of the service.
    :param environment: what the function will have in its environment, ``CWS_STAGE`` included.
    """

    def __init__(self, app: str, *, project_dir: str, environment: Mapping[str, str]) -> None:
        self._app = app
        self._project_dir = project_dir
        self._outcome: ServiceDescription | DescriptionError | None = None
        self._process = subprocess.Popen(
            [*_COMMAND, app, "--project-dir", project_dir, "--service"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
            env={**_base_environment(), **environment},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.communicate()

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
            printed, said = self._process.communicate(timeout=IMPORT_TIMEOUT)
        except subprocess.TimeoutExpired:
            raise DescriptionError(
                f"{self._where} isn't imported after {IMPORT_TIMEOUT:.0f} seconds. Move what "
                "waits (network calls, a server's loop) out of the module's top level."
            ) from None
        if self._process.returncode != 0:
            raise DescriptionError(f"{self._where} can't be imported:\n{_indented(said)}")
        return ServiceDescription.from_json(printed)

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
        self, app: str, *, project_dir: str, environment: Mapping[str, str]
    ) -> DescriptionProcess:
        """Begin to read a service, unless it was read; see ``DescriptionProcess``."""
        key = (app, project_dir, frozenset(environment.items()))
        reading = self._readings.get(key)
        if reading is None or not reading.answered:
            reading = DescriptionProcess(app, project_dir=project_dir, environment=environment)
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
