"""Builds what CoworksMicroService deploys: the layers' folders and the function's."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass, field
from pathlib import Path

from coworks_cdk.packaging.bytecode import compile_tree, find_interpreter
from coworks_cdk.packaging.cache import cached
from coworks_cdk.packaging.digest import digest, tree_digest
from coworks_cdk.packaging.errors import PackagingError
from coworks_cdk.packaging.exclusion import Exclusion
from coworks_cdk.packaging.installer import InstallerError, install, resolve
from coworks_cdk.packaging.requirements_file import RequirementsFile, read_requirements
from coworks_cdk.packaging.resolution import Pin, needed, normalise_name, parse_pins
from coworks_cdk.packaging.source_tree import SourceFile, read_sources
from coworks_cdk.packaging.target import Target
from coworks_cdk.packaging.trees import built_for_host, normalise, prune_packages

#: What CoworksLayer holds beside coworks_runtime, pinned, with hashes.
RUNTIME_LOCK = Path(__file__).with_name("runtime-requirements.txt")


@dataclass(frozen=True)
class RuntimeBuild:
    """CoworksLayer's content."""

    target: Target
    sources: tuple[SourceFile, ...] = field(default_factory=lambda: tuple(_runtime_sources()))

    @property
    def key(self) -> str:
        """The digest of all that the content depends on."""
        sources = tree_digest((f.name, f.executable, f.content) for f in self.sources)
        return digest("runtime", sources, RUNTIME_LOCK.read_bytes(), *_context(self.target))

    def folder(self) -> Path:
        """The built folder, with ``python/`` in it.

        :raises PackagingError: if it can't be built.
        """
        return cached("layers", self.key, self._build)

    def _build(self, folder: Path) -> None:
        site = folder / "python"
        try:
            install(RUNTIME_LOCK, site, self.target)
        except InstallerError as error:
            raise PackagingError(
                f"CoworksLayer for {self.target} can't be built from {RUNTIME_LOCK}:\n{error}"
            ) from error
        for file in self.sources:
            file.write(site / "coworks_runtime")
        _finish_layer(folder, self.target)


@dataclass(frozen=True)
class RequirementsBuild:
    """The content of a layer of a service's own requirements."""

    file: RequirementsFile
    target: Target

    @classmethod
    def of(cls, path: Path, target: Target) -> RequirementsBuild:
        """Read *path*.

        :raises PackagingError: if it, or a file that it refers to, can't be read.
        """
        return cls(read_requirements(path), target)

    @property
    def key(self) -> str:
        """The digest of all that the content depends on."""
        lock = RUNTIME_LOCK.read_bytes()
        return digest("requirements", self.file.key, lock, *_context(self.target))

    def folder(self) -> Path | None:
        """The built folder, with ``python/`` in it; ``None`` if there is nothing to hold.

        :raises PackagingError: if there is no resolution, or it can't be installed.
        """
        if self.file.empty:
            return None
        folder = cached("layers", self.key, self._build)
        return folder if (folder / "python").is_dir() else None

    def _build(self, folder: Path) -> None:
        held = _distributions(RuntimeBuild(self.target).folder() / "python")
        pinned = folder.parent / "pinned.txt"
        try:
            pins = needed(parse_pins(resolve(self.file.path, RUNTIME_LOCK, self.target)), held)
            if not pins:
                return
            lines = [*self.file.index_options, *(self._line(pin) for pin in pins)]
            pinned.write_text("\n".join(lines) + "\n", encoding="utf-8")
            # What the file names by its path may be sources.
            wheels = [pin.name for pin in pins if pin.name and "==" in pin.requirement]
            install(pinned, folder / "python", self.target, wheels)
        except InstallerError as error:
            raise PackagingError(
                f"the requirements of {self.file.path} can't be installed for {self.target} "
                f"together with what CoworksLayer holds ({RUNTIME_LOCK.name} pins it):\n{error}"
            ) from error
        if foreign := built_for_host(folder / "python"):
            raise PackagingError(
                f"{foreign}, which {self.file.path} asks for, was compiled for this machine, and "
                f"does not run with {self.target}: ask for a wheel of it"
            )
        _finish_layer(folder, self.target)

    def _line(self, pin: Pin) -> str:
        # What the file pins by hash is installed by hash.
        return f"{pin.requirement} {self.file.hashes.get(pin.name or '', '')}".rstrip()


@dataclass(frozen=True)
class FunctionBuild:
    """The content of a function's asset."""

    project: Path
    sources: tuple[SourceFile, ...]
    target: Target

    @classmethod
    def of(cls, project: Path, target: Target, exclude: tuple[str, ...]) -> FunctionBuild:
        """Read the sources of *project*.

        :raises PackagingError: if they can't be read, or there are none.
        """
        sources = read_sources(project, Exclusion.of(exclude))
        if not sources:
            raise PackagingError(f"project_dir {project} holds no sources")
        return cls(project, tuple(sources), target)

    @property
    def key(self) -> str:
        """The digest of all that the content depends on."""
        sources = tree_digest((f.name, f.executable, f.content) for f in self.sources)
        return digest("function", sources, *_context(self.target))

    def folder(self) -> Path:
        """The built folder.

        :raises PackagingError: if a module doesn't compile.
        """
        return cached("functions", self.key, self._build)

    def _build(self, folder: Path) -> None:
        for file in self.sources:
            file.write(folder)
        if interpreter := find_interpreter(self.target.python):
            try:
                compile_tree(folder, "/var/task", interpreter, strict=True)
            except PackagingError as error:
                said = str(error).replace("/var/task", str(self.project))
                raise PackagingError(
                    f"project_dir {self.project} holds what Python {self.target.python} can't "
                    f"compile (a file that is no module goes into exclude):\n{said}"
                ) from error
        normalise(folder)


def _context(target: Target) -> tuple[str, str, str]:
    compiled = "compiled" if find_interpreter(target.python) else "sources only"
    return target.python, target.architecture, compiled


def _runtime_sources() -> list[SourceFile]:
    # Found, not imported: the CDK app loads neither Flask nor what a service would.
    spec = importlib.util.find_spec("coworks_runtime")
    if spec is None or not spec.submodule_search_locations:
        raise PackagingError("coworks_runtime, which CoworksLayer holds, is not installed")
    folder = Path(next(iter(spec.submodule_search_locations)))
    # The cws command is for the developer's machine.
    return read_sources(folder, Exclusion.of(["/cws"]))


def _distributions(site: Path) -> frozenset[str]:
    return frozenset(
        normalise_name(folder.name.partition("-")[0]) for folder in site.glob("*.dist-info")
    )


def _finish_layer(folder: Path, target: Target) -> None:
    site = folder / "python"
    prune_packages(site)
    if interpreter := find_interpreter(target.python):
        compile_tree(site, "/opt/python", interpreter, strict=False)
    normalise(folder)
