"""Services read in processes of their own.

Nothing of a service is imported here: two services whose modules have the same name work in one
stack, and what a module does on import stays in its process. One process imports what all services
need, and forks for each of them.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any, Self

from coworks_cdk.describer import AsideReading, Describer, Said
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

#: Variables with these names are for a Python that starts, and not for one that forks.
_OF_A_START = ("PYTHON", "LD_", "DYLD_")


class DescriptionError(Exception):
    """The service can't be read; the text says why and what to do."""


class DescriptionProcess:
    """A service being described, while the construct goes on with the rest.

    A context manager: the process ends with it where it has no answer, whatever happens to the rest.

    :param app: ``module:attribute``.
    :param project_dir: the absolute folder of the service.
    :param environment: what the function will have in its environment, ``CWS_STAGE`` included.
    :param later: names of variables that have their values in a deployment only.
    :param aside: where it has begun already. Where that has no answer it begins anew.
    """

    def __init__(
        self,
        app: str,
        *,
        project_dir: str,
        environment: Mapping[str, str],
        later: Collection[str] = (),
        aside: AsideReading | None = None,
    ) -> None:
        self._app = app
        self._project_dir = project_dir
        self._environment = environment
        self._later = later
        self._outcome: ServiceDescription | DescriptionError | None = None
        self._aside = aside
        self._describer = self._begin() if aside is None else None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if not self.answered:
            self._end()

    @property
    def answered(self) -> bool:
        """Whether there is a result, so that ``result`` doesn't wait."""
        return self._outcome is not None

    @property
    def succeeded(self) -> bool:
        """Whether there is a description."""
        return isinstance(self._outcome, ServiceDescription)

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

    def _begin(self) -> Describer:
        describer = Describer.take(starting_environment(self._environment))
        job, variables = question(self._app, self._project_dir, self._environment, self._later)
        describer.ask({"job": job, "variables": variables, "folder": str(Path.cwd())})
        return describer

    def _answer(self) -> Said | None:
        """The answer of what has begun already, or of a process that begins now."""
        if self._aside is not None:
            try:
                found = self._aside.answer(IMPORT_TIMEOUT)
            finally:
                self._aside.close()
            if found is not None:
                return found
            self._describer = self._begin()
        assert self._describer is not None  # noqa: S101 - begun here, or in the beginning
        found = self._describer.answer(IMPORT_TIMEOUT)
        if found is not None:
            self._describer.give_back()
        return found

    def _end(self) -> None:
        if self._describer is not None:
            self._describer.end()

    def _wait(self) -> ServiceDescription:
        try:
            found = self._answer()
        except TimeoutError:
            self._end()
            raise DescriptionError(
                f"{self._where} isn't imported after {IMPORT_TIMEOUT:.0f} seconds. Move what "
                "waits (network calls, a server's loop) out of the module's top level."
            ) from None
        if found is None:
            self._end()
            raise DescriptionError(
                f"{self._where} can't be imported: the process that reads it ended without an "
                "answer. Take out of the module what ends processes."
            )
        description, problem, said = found
        if description is None:
            text = f"{said}\n{problem}"
            raise DescriptionError(f"{self._where} can't be imported:\n{_indented(text)}")
        return ServiceDescription.from_dict(description)

    @property
    def _where(self) -> str:
        return f"the service {self._app!r} of {_shown(self._project_dir)!r}"


def question(
    app: str, project_dir: str, environment: Mapping[str, str], later: Iterable[str]
) -> tuple[dict[str, Any], dict[str, str]]:
    """What a describer is asked, a job of ``coworks_runtime.description`` and its environment."""
    job = {
        "app": app,
        "project_dir": project_dir,
        "given": sorted(environment),
        "later": sorted(later),
    }
    return job, {**base_environment(), **environment}


def starting_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """What of a service's environment its describer starts with."""
    starting = {k: v for k, v in environment.items() if k.startswith(_OF_A_START)}
    return {**base_environment(), **starting}


def base_environment() -> dict[str, str]:
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
