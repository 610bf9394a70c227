"""The services of an assembly as the project has them: their folder, and their description."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from coworks_cdk.description_process import DescriptionError, DescriptionProcess
from coworks_cdk.local.errors import LocalError
from coworks_cdk.local.template.assembly import StackSource
from coworks_cdk.local.template.records import Function
from coworks_cdk.service_description import ServiceDescription


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


def describe(services: Sequence[Service]) -> dict[str, ServiceDescription]:
    """Give what a synth would be told of services now; by the functions' ARNs.

    One after the other: the process that has imported what all of them need forks for each, and
    waits for the next time.

    :raises LocalError: where one can't be imported.
    """
    found = {}
    problem = None
    for service in services:
        with DescriptionProcess(
            service.app,
            project_dir=str(service.folder),
            environment=service.function.environment,
        ) as reading:
            try:
                found[service.function.arn] = _synthesized(reading.result())
            except DescriptionError as error:
                problem = str(error)
    if problem is not None:
        raise LocalError(problem)
    return found


def _synthesized(told: ServiceDescription) -> ServiceDescription:
    """What a synth makes something of: not docstrings of entries, nor where imports are written."""
    entries = tuple(replace(entry, doc=None) for entry in told.entries)
    imports = tuple(sorted((replace(one, by="", line=0) for one in told.imports), key=str))
    return replace(told, entries=entries, imports=imports, import_seconds=0.0, slowest_imports=())
