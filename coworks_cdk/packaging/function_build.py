"""Builds a function's folder: the sources of a project, precompiled."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from coworks_cdk.packaging.bytecode import compile_tree, context, find_interpreter
from coworks_cdk.packaging.cache import cached, notes_of
from coworks_cdk.packaging.credentials import suspects
from coworks_cdk.packaging.digest import digest, tree_digest
from coworks_cdk.packaging.errors import PackagingError
from coworks_cdk.packaging.exclusion import Exclusion
from coworks_cdk.packaging.imports import imported
from coworks_cdk.packaging.source_tree import SourceTree, read_sources
from coworks_cdk.packaging.target import Target
from coworks_cdk.packaging.trees import normalise
from coworks_cdk.progress import step

# Left out since Lambda has them.
_IN_LAMBDA = frozenset({"boto3", "botocore"})

#: Modules that would take the place of CoworksLayer's packages. A folder of such a name is a copy of
#: the package itself.
_OWNERS = {
    f"{package}.py": "CoworksLayer"
    for package in (
        *("blinker", "click", "coworks_runtime", "flask", "itsdangerous", "jinja2", "markupsafe"),
        *("msgspec", "werkzeug"),
    )
}


@dataclass(frozen=True)
class FunctionBuild:
    """The content of a function's asset."""

    project: Path
    tree: SourceTree
    target: Target

    @classmethod
    def of(
        cls,
        project: Path,
        target: Target,
        exclude: Iterable[str] = (),
        include: Iterable[str] = (),
        requirements: Iterable[Path] = (),
    ) -> FunctionBuild:
        """Read the sources of *project*.

        :param exclude: patterns of what is left out beside what always is.
        :param include: patterns of what is taken back in.
        :param requirements: the service's requirements files, which are left out by default.
        :raises PackagingError: if they can't be read, or there are none.
        """
        root = Path(os.path.realpath(project))
        files = [
            path.relative_to(root).as_posix() for path in requirements if path.is_relative_to(root)
        ]
        tree = read_sources(project, Exclusion.of(exclude, include, files))
        if not tree.files:
            raise PackagingError(
                f"project_dir {project} holds no sources"
                + (": what it holds is left out by name, or by `exclude`" if tree.left_out else "")
            )
        return cls(project, tree, target)

    @property
    def key(self) -> str:
        """The digest of all that the content depends on."""
        sources = tree_digest((f.name, f.executable, f.content) for f in self.tree.files)
        return digest("function", sources, *context(self.target))

    def folder(self) -> Path:
        """The built folder.

        :raises PackagingError: if it can't be built.
        """
        return cached("functions", self.key, self._build)

    def _build(self, folder: Path) -> list[str]:
        with step(f"compiling {self.project.name} for {self.target}", patience=1):
            return self._fill(folder)

    def _fill(self, folder: Path) -> list[str]:
        for file in self.tree.files:
            file.write(folder)
        interpreter = find_interpreter(self.target.python)
        failed = compile_tree(folder, "/var/task", interpreter) if interpreter else {}
        normalise(folder)
        return [f"{name} ({why})" for name, why in failed.items()]

    def warnings(self) -> Iterator[tuple[str, str]]:
        """What the user should know of the content: of each warning an id and its text."""
        yield from (("coworks:not-compiled", text) for text in self._not_compiled())
        yield from (("coworks:left-out-import", text) for text in self._left_out_imports())
        yield from (("coworks:credential", text) for text in self._credentials())
        yield from (("coworks:shadowed-module", text) for text in self._shadows())

    def _not_compiled(self) -> Iterator[str]:
        for broken in notes_of(self.folder()):
            yield (
                f"{self._named(broken)} doesn't compile with Python {self.target.python}, and "
                "ships as it is: leave out with `exclude` what is no module of the service."
            )

    def _left_out_imports(self) -> Iterator[str]:
        modules = ((file.name, file.content) for file in self.tree.files)
        left_out = [name for name in self.tree.left_out if name not in _IN_LAMBDA]
        for name, importer in sorted(imported(modules, left_out).items()):
            yield (
                f"{self._named(importer)} imports {name}, which is left out of the function's "
                f'code: take it in with include=["/{name}"], or rename it.'
            )

    def _shadows(self) -> Iterator[str]:
        """Where it is read, Python's modules are loaded before; in Lambda the sources come first."""
        for file in self.tree.files:
            name = file.name.removesuffix("/__init__.py").removesuffix(".py")
            owner = "Python" if name in sys.stdlib_module_names else _OWNERS.get(file.name)
            if owner and name != file.name:
                yield (
                    f"{self._named(file.name)} has the name of {owner}'s module {name}: in the "
                    "function one takes the other's place, and it may not start. Rename it."
                )

    def _credentials(self) -> Iterator[str]:
        for suspect in suspects((file.name, file.content) for file in self.tree.files):
            yield (
                f"{self._named(suspect.name)} ships with the function's code, and looks like a "
                f"credential by {suspect.reason}: leave it out with `exclude`, and keep secrets "
                "in Secrets Manager."
            )

    def _named(self, name: str) -> str:
        return f"{self.project.name}{os.sep}{name}"
