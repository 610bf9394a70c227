"""Serving what the sources say while they are edited: new code, or a new synth."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from coworks_cdk.local.errors import LocalError
from coworks_cdk.local.log import Log
from coworks_cdk.local.project.files import State, changed, scan
from coworks_cdk.local.project.freshness import shown, stages, why_synthesize
from coworks_cdk.local.project.services import Service, describe, find_services
from coworks_cdk.local.project.synthesis import synthesize
from coworks_cdk.local.session import Session
from coworks_cdk.local.template.assembly import fingerprint, read_assembly
from coworks_cdk.local.template.records import Model
from coworks_cdk.service_description import ServiceDescription

WATCH_SECONDS = 0.5
SETTLING_SECONDS = 0.1


@dataclass(frozen=True)
class Project:
    """The folder that an assembly is synthesized in, and how."""

    assembly: Path
    command: tuple[str, ...] = ()
    """What synthesizes it; none where it is served as it is."""
    stage: str | None = None
    """The stage that is to be served; None takes any."""
    insist: bool = False
    """Refuse another stage, where an app has one of its own."""

    def folders(self) -> tuple[Path, ...]:
        """The services' folders, absolute, as the assembly tells them."""
        if not (self.assembly / "manifest.json").is_file():
            return ()
        found = [f for source in read_assembly(self.assembly) for f in source.services.values()]
        return tuple(sorted({Path(folder).resolve() for folder in found}))

    def state(self, folders: Sequence[Path]) -> State:
        """The files that a synth reads."""
        return scan(Path.cwd(), folders, self.assembly.absolute())

    def prepare(self, *, anew: bool) -> None:
        """Synthesize where what is there can't be served, or in any case.

        :raises LocalError: where that fails, or gives another stage than the one asked for.
        """
        if not self.command:
            return
        why = why_synthesize(self.assembly, self.state(self.folders()), self.stage)
        if why is None and not anew:
            return
        synthesize(self.command, why or "asked for")
        found = stages(read_assembly(self.assembly))
        if self.insist and found and self.stage not in found:
            raise LocalError(
                f"the stage {self.stage} was asked for, and what was synthesized is of the stage "
                f"{' and '.join(found)}: let the app take its stage from the context "
                f"(`-c stage=...`) or from CWS_STAGE, or ask for that one with `cws --stage`"
            )


class Watcher:
    """Looks for changes of the assembly and, where it may, of the sources."""

    def __init__(self, session: Session, project: Project, log: Log, *, sources: bool) -> None:
        """Take what is there now as what is served.

        :param sources: look at the sources too.
        """
        self._session, self._project, self._log = session, project, log
        self._sources = sources
        self._assembly = fingerprint(project.assembly)
        self._folders: tuple[Path, ...] = ()
        self._described: Mapping[str, ServiceDescription] = {}
        self._state: State = {}
        self._know()

    def look(self) -> None:
        """Serve what changed since the last time."""
        if self._sources:
            state = self._project.state(self._folders)
            different = changed(self._state, state)
            if different:
                self._edited(state, different)
                return
        now = fingerprint(self._project.assembly)
        if now == self._assembly:
            return
        # A synth writes many files: wait until it is through.
        time.sleep(WATCH_SECONDS)
        if fingerprint(self._project.assembly) != now:
            return
        self._assembly = now
        self._attempt(self._reload)

    def _as_synthesized(self) -> State:
        """The state of the sources as the assembly knows them.

        What was edited after the synth, while the services were started, counts as changed.
        """
        written = (self._project.assembly / "manifest.json").stat().st_mtime_ns
        state = self._project.state(self._folders)
        return {p: s if s[0] <= written else (0, 0) for p, s in state.items()}

    def _edited(self, state: State, different: Mapping[Path, str]) -> None:
        # An editor writes a file in steps, and a branch is many files.
        time.sleep(SETTLING_SECONDS)
        if self._project.state(self._folders) != state:
            return
        self._state = state
        what = ", ".join(f"{shown(path)} {how}" for path, how in list(different.items())[:5])
        if len(different) > 5:
            what += f" and {len(different) - 5} more"
        self._attempt(lambda: self._update(different, what))

    def _update(self, different: Mapping[Path, str], what: str) -> None:
        started = time.monotonic()
        services = self._only_code(different)
        described = describe(services)
        if not services or any(self._described[arn] != told for arn, told in described.items()):
            self._synthesize(what)
            return
        for service in services:
            files = {service.name(p): p.read_bytes() for p in different if service.holds(p)}
            self._session.update(service.function.arn, files)
        names = ", ".join(sorted({service.construct for service in services}))
        self._log.line("local", f"{what}: new code for {names}, {_since(started)}")

    def _only_code(self, different: Mapping[Path, str]) -> list[Service]:
        """The services whose code changed; none where anything else did."""
        services = [s for s in self._services() if s.function.arn in self._described]
        for path, how in different.items():
            settings = path.name.startswith(("requirements", ".env"))
            if how != "changed" or settings or not any(s.holds(path) for s in services):
                return []
        return [s for s in services if any(s.holds(path) for path in different)]

    def _synthesize(self, what: str) -> None:
        started = time.monotonic()
        before = _routes(self._session.model)
        synthesize(self._project.command, what)
        self._assembly = fingerprint(self._project.assembly)
        self._session.reload()
        self._know()
        after = _routes(self._session.model)
        self._log.line("local", f"{what}: synthesized and reloaded, {_since(started)}")
        lines = [f"new: {route}" for route in sorted(after - before)]
        lines += [f"gone: {route}" for route in sorted(before - after)]
        for line in lines or ["the routes are the same"]:
            self._log.line("local", line)

    def _reload(self) -> None:
        self._session.reload()
        self._know()
        self._log.line("local", f"{self._project.assembly} changed: reloaded")

    def _attempt(self, act: Callable[[], None]) -> None:
        try:
            act()
        except (LocalError, OSError) as error:
            told = f"still serving what was there before: {error}"
            self._log.line("local", told, level="ERROR")

    def _know(self) -> None:
        """Remember where the services' folders are and what their routes are."""
        if not self._sources:
            return
        folders = self._project.folders()
        if folders != self._folders or not self._state:
            self._folders = folders
            self._state = self._as_synthesized()
        try:
            described = describe(self._services())
        except LocalError:
            described = {}
        # What was edited since the synth may be what was described: the next edit is synthesized.
        is_edited = changed(self._state, self._project.state(folders))
        self._described = {} if is_edited else described

    def _services(self) -> tuple[Service, ...]:
        sources = read_assembly(self._project.assembly)
        return find_services(sources, self._session.model.functions, Path.cwd())


def _routes(model: Model) -> set[str]:
    return {
        f"{api.service}: {route.method} {route.path}" for api in model.apis for route in api.routes
    }


def _since(started: float) -> str:
    return f"{time.monotonic() - started:.1f} s"
