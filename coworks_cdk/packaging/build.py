"""Builds the layers: CoworksLayer's folder, and those of the services' requirements."""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from packaging.utils import canonicalize_name

from coworks_cdk.packaging.bytecode import compile_tree, context, find_interpreter
from coworks_cdk.packaging.cache import cached, notes_of
from coworks_cdk.packaging.digest import digest, tree_digest
from coworks_cdk.packaging.errors import PackagingError
from coworks_cdk.packaging.exclusion import Exclusion
from coworks_cdk.packaging.exec_wrapper import SCRIPT, write_wrapper
from coworks_cdk.packaging.installer import InstallerError, install
from coworks_cdk.packaging.pruning import clean_packages
from coworks_cdk.packaging.pylock import Package
from coworks_cdk.packaging.requirements_file import RequirementsFile, read_requirements
from coworks_cdk.packaging.resolution import Resolver
from coworks_cdk.packaging.source_tree import SourceFile, read_sources
from coworks_cdk.packaging.target import Target
from coworks_cdk.packaging.trees import built_for_host, normalise
from coworks_cdk.progress import step

#: What CoworksLayer holds beside coworks_runtime, pinned, with hashes.
RUNTIME_LOCK = Path(__file__).with_name("runtime-requirements.txt")
# What a development server, a terminal or Windows has a use for, and no function.
_OF_DEVELOPMENT = (
    "click/_winconsole.py",
    "click/shell_completion.py",
    "werkzeug/_reloader.py",
    "werkzeug/debug",
    "werkzeug/middleware/lint.py",
    "werkzeug/testapp.py",
)
#: Whose docstrings are read in a function: Admin shows those of entries, its own among them.
DOCUMENTED = ("coworks_runtime/blueprint",)
_PRUNED = "pruned: "


@dataclass(frozen=True)
class LayerNotes:
    """What is known of a built layer.

    :param told: what its user is to be told.
    :param pruned: the folders of its packages that were left out, below ``python/``.
    """

    told: tuple[str, ...]
    pruned: tuple[str, ...]

    @classmethod
    def of(cls, folder: Path) -> LayerNotes:
        """The notes of a layer's folder."""
        notes = notes_of(folder)
        return cls(
            tuple(note for note in notes if not note.startswith(_PRUNED)),
            tuple(note.removeprefix(_PRUNED) for note in notes if note.startswith(_PRUNED)),
        )


@dataclass(frozen=True)
class RuntimeBuild:
    """CoworksLayer's content.

    :param prune: whether what no function runs is removed from the packages.
    """

    target: Target
    prune: bool = True
    sources: tuple[SourceFile, ...] = field(default_factory=lambda: tuple(_runtime_sources()))

    @property
    def key(self) -> str:
        """The digest of all that the content depends on."""
        sources = tree_digest((f.name, f.executable, f.content) for f in self.sources)
        whole = () if self.prune else ("whole",)
        return digest(
            "runtime",
            sources,
            SCRIPT,
            *_OF_DEVELOPMENT,
            *DOCUMENTED,
            RUNTIME_LOCK.read_bytes(),
            *context(self.target),
            *whole,
        )

    def folder(self) -> Path:
        """The built folder, with ``python/`` in it.

        :raises PackagingError: if it can't be built.
        """
        return cached("layers", self.key, self._build)

    def _build(self, folder: Path) -> Sequence[str]:
        with step(f"building CoworksLayer for {self.target}"):
            return self._fill(folder)

    def _fill(self, folder: Path) -> Sequence[str]:
        site = folder / "python"
        try:
            install(RUNTIME_LOCK, site, self.target)
        except InstallerError as error:
            raise PackagingError(
                f"CoworksLayer for {self.target} can't be built from {RUNTIME_LOCK}:\n{error}"
            ) from error
        unused = _OF_DEVELOPMENT if self.prune else ()
        for name in unused:
            path = site / name
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        for file in self.sources:
            file.write(site / "coworks_runtime")
        write_wrapper(folder)
        documented = DOCUMENTED if self.prune else ()
        pruned = _finish_layer(folder, self.target, documented, prune=self.prune)
        return [*pruned, *(f"{_PRUNED}{name}" for name in unused)]


@dataclass(frozen=True)
class RequirementsBuild:
    """The content of a layer of a service's own requirements."""

    file: RequirementsFile
    target: Target
    prune: bool = True

    @classmethod
    def of(cls, path: Path, target: Target, *, prune: bool = True) -> RequirementsBuild:
        """Read *path*.

        :param prune: whether what no function runs is removed from the packages.
        :raises PackagingError: if it, or a file that it refers to, can't be read.
        """
        return cls(read_requirements(path), target, prune)

    @property
    def key(self) -> str:
        """The digest of all that the content depends on."""
        lock = RUNTIME_LOCK.read_bytes()
        pruned = "pruned" if self.prune else "whole"
        return digest("requirements", self.file.key, lock, pruned, *context(self.target))

    def folder(self) -> Path | None:
        """The built folder, with ``python/`` in it; ``None`` if there is nothing to hold.

        :raises PackagingError: if there is no resolution, or it can't be installed.
        """
        if self.file.empty:
            return None
        folder = cached("layers", self.key, self._build)
        return folder if (folder / "python").is_dir() else None

    def _build(self, folder: Path) -> Sequence[str]:
        path = self.file.path
        shown = path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
        with step(f"building the layer of {shown} for {self.target}"):
            return self._fill(folder)

    def _fill(self, folder: Path) -> Sequence[str]:
        held = _distributions(RuntimeBuild(self.target).folder() / "python")
        try:
            resolver = Resolver(self.file.path, RUNTIME_LOCK, self.target, folder.parent)
            packages = resolver.needed(held)
            if not packages:
                return ()
            self._install(packages, folder)
        except InstallerError as error:
            raise PackagingError(
                f"the requirements of {self.file.path} can't be installed for {self.target} "
                f"together with what CoworksLayer holds ({RUNTIME_LOCK.name} pins it):\n{error}\n"
                f"{self._ways_out(str(error))}"
            ) from error
        if foreign := built_for_host(folder / "python"):
            raise PackagingError(
                f"{foreign}, which {self.file.path} asks for, was compiled for this machine, and "
                f"does not run with {self.target}: ask for a wheel of it.\n"
                f"{self._ways_out('wheels')}"
            )
        pruned = _finish_layer(folder, self.target, prune=self.prune)
        return pruned + [
            f"{package.requirement}, which {self.file.path.name} asks for, has no wheel: it was "
            "built on this machine from its sources, which are pure Python"
            for package in packages
            if package.from_index and not package.is_wheel
        ]

    def _install(self, packages: Sequence[Package], folder: Path) -> None:
        pinned = folder.parent / "pinned.txt"
        lines = [*self.file.index_options, *map(self._line, packages)]
        pinned.write_text("\n".join(lines) + "\n", encoding="utf-8")
        wheels = [package.name for package in packages if package.is_wheel]
        install(pinned, folder / "python", self.target, wheels)

    def _line(self, package: Package) -> str:
        # What the file pins by hash is installed by hash.
        return f"{package.requirement} {self.file.hashes.get(package.name, '')}".rstrip()

    def _ways_out(self, error: str) -> str:
        told = f"Resolved for Python {self.target.python} on {self.target.platform} "
        told += f"({self.target.system})."
        if "wheel" in error.lower() or "build" in error.lower():
            told += (
                " A package without a wheel for it: ask for another version of it or for one in "
                "its place (such as psycopg2-binary for psycopg2), take another `runtime` or "
                "`architecture`, or build a layer elsewhere and pass it with `layers`."
            )
        return told


def _runtime_sources() -> list[SourceFile]:
    # Found, not imported: the CDK app loads neither Flask nor what a service would.
    spec = importlib.util.find_spec("coworks_runtime")
    if spec is None or not spec.submodule_search_locations:
        raise PackagingError("coworks_runtime, which CoworksLayer holds, is not installed")
    folder = Path(next(iter(spec.submodule_search_locations)))
    # The cws command is for the developer's machine, what describes a service for a synth.
    return list(read_sources(folder, Exclusion.of(["/cws", "/description"])).files)


def _distributions(site: Path) -> frozenset[str]:
    return frozenset(
        canonicalize_name(folder.name.partition("-")[0]) for folder in site.glob("*.dist-info")
    )


def _finish_layer(
    folder: Path, target: Target, documented: Sequence[str] = (), *, prune: bool
) -> list[str]:
    """Clean, compile and normalise a layer; gives the notes of what was pruned."""
    site = folder / "python"
    pruned = clean_packages(site, prune=prune)
    if interpreter := find_interpreter(target.python):
        # A module that no Python compiles is its package's own business.
        compile_tree(site, "/opt/python", interpreter, documented)
    normalise(folder)
    return [f"{_PRUNED}{name}" for name in pruned]
