"""The services of an assembly as the project has them: their folder, and their description."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from coworks_cdk.local.errors import LocalError
from coworks_cdk.local.template.assembly import StackSource
from coworks_cdk.local.template.records import Function


@dataclass(frozen=True)
class Service:
    """A service's function and the folder that it is made of."""

    function: Function
    folder: Path

    @property
    def app(self) -> str:
        """As the entry map's command takes it."""
        module, _, name = self.function.handler.rpartition(".")
        return f"{module}:{name}"

    @property
    def construct(self) -> str:
        """The construct that is the service."""
        return self.function.construct.rpartition("/")[0]

    def holds(self, path: Path) -> bool:
        """Tell whether a file of the folder is in the function's asset."""
        return path.is_relative_to(self.folder) and (self.function.code / self.name(path)).is_file()

    def name(self, path: Path) -> str:
        """Give a file's name within the folder."""
        return path.relative_to(self.folder).as_posix()


def find_services(
    sources: Sequence[StackSource], functions: Mapping[str, Function], root: Path
) -> tuple[Service, ...]:
    """Give the services whose folders the assembly tells.

    :param functions: those that are served.
    :param root: what relative folders start at.
    """
    return tuple(
        Service(function, (root / folder).resolve())
        for source in sources
        for path, folder in source.services.items()
        for function in functions.values()
        if function.stack == source.name
        and f"{function.construct}/".startswith(f"{path}/")
        and function.code.is_dir()
    )


def describe(services: Sequence[Service]) -> dict[str, str]:
    """Ask processes of the services' own what their routes are; by the functions' ARNs.

    :raises LocalError: where one can't be imported.
    """
    running = [(service, _start(service)) for service in services]
    found = {}
    problem = None
    for service, process in running:
        printed, said = process.communicate()
        if process.returncode:
            problem = f"{service.app} can't be imported:\n{said.rstrip()}"
        else:
            # How long the import took is no part of what a synth makes of it.
            told = json.loads(printed)
            told.pop("import_time", None)
            found[service.function.arn] = json.dumps(told, sort_keys=True)
    if problem is not None:
        raise LocalError(problem)
    return found


def _start(service: Service) -> subprocess.Popen[str]:
    command = [sys.executable, "-B", "-P", "-m", "coworks_runtime.entry_map", service.app]
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "PYTHONPATH") if name in os.environ}
    return subprocess.Popen(
        [*command, "--project-dir", str(service.folder), "--service"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**kept, **service.function.environment},
    )
