"""The asset of a function."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from aws_cdk import Annotations, AssetHashType, Stack
from aws_cdk import aws_lambda as lambda_

from coworks_cdk.asked_once import root_of, stack_of
from coworks_cdk.packaging.errors import PackagingError
from coworks_cdk.packaging.function_build import FunctionBuild
from coworks_cdk.packaging.requirements_file import read_requirements
from coworks_cdk.packaging.staging import (
    Staged,
    bundling_required,
    located,
    stage,
    warn_without_interpreter,
)
from coworks_cdk.packaging.target import Target

if TYPE_CHECKING:
    from collections.abc import Sequence

    from constructs import Construct, IConstruct

    from coworks_cdk.packaging.source_tree import SourceTree


class FunctionCode(lambda_.AssetCode):
    """The asset of a function; made by :func:`function_code`."""

    def __init__(self, staged: Staged, tree: SourceTree) -> None:
        super().__init__(
            str(staged.folder), asset_hash=staged.key, asset_hash_type=AssetHashType.CUSTOM
        )
        #: What the sources measure, in bytes, of the 250 MB that Lambda allows in all.
        self.unzipped_bytes = staged.unzipped_bytes
        #: What of the project folder is in it, and what isn't.
        self.tree = tree


def function_code(
    project_dir: str,
    *,
    runtime: lambda_.Runtime,
    architecture: lambda_.Architecture,
    exclude: Sequence[str] = (),
    include: Sequence[str] = (),
    requirements: str | None = None,
    scope: Construct | None = None,
) -> FunctionCode:
    """The sources of a project folder, precompiled, as a function's code.

    :param project_dir: the project folder.
    :param runtime: the function's Python runtime.
    :param architecture: its architecture.
    :param exclude: patterns of what to leave out beside what is left out by default; see
        :class:`~coworks_cdk.packaging.exclusion.Exclusion`.
    :param include: patterns of what to take back in of what is left out by default.
    :param requirements: the service's requirements file, if any: where it lies in the project
        folder it is left out, with the files that it refers to.
    :param scope: the service's construct, if any: errors and warnings name it, and nothing is
        built where its stack isn't synthesized in full.
    :raises PackagingError: if the folder can't be read, or holds more than a function may.
    """
    with located(scope):
        for prop, patterns in (("exclude", exclude), ("include", include)):
            if isinstance(patterns, str):
                raise PackagingError(f"{prop} is {patterns!r}: it must be a list of patterns")
        target = Target.of(runtime, architecture)
        files = read_requirements(Path(requirements)).files if requirements else ()
        wanted = (Path(project_dir).absolute(), target, tuple(exclude), tuple(include), files)
        if scope is None:
            return _Made.of(FunctionBuild.of(*wanted), None).code(None)
        stack = stack_of(scope)
        made = _MADE.setdefault(root_of(scope), {})
        identity = (*wanted, bundling_required(stack))
        if identity not in made:
            made[identity] = _Made.of(FunctionBuild.of(*wanted), scope)
        for name, text in made[identity].warnings:
            Annotations.of(scope).add_warning_v2(name, text)
    warn_without_interpreter(scope, target)
    return made[identity].code(stack)


@dataclass(frozen=True)
class _Made:
    """What is made of sources, once an app, however many services they are of.

    :param codes: the CDK takes an asset in one stack.
    """

    staged: Staged
    tree: SourceTree
    warnings: tuple[tuple[str, str], ...]
    codes: WeakKeyDictionary[Stack, FunctionCode] = field(default_factory=WeakKeyDictionary)

    @classmethod
    def of(cls, build: FunctionBuild, scope: Construct | None) -> _Made:
        staged = stage(scope, build.key, build.folder)
        bundled = scope is not None and bundling_required(stack_of(scope))
        return cls(staged, build.tree, tuple(build.warnings()) if bundled else ())

    def code(self, stack: Stack | None) -> FunctionCode:
        """The asset, as this stack takes it."""
        if stack is None:
            return FunctionCode(self.staged, self.tree)
        if stack not in self.codes:
            self.codes[stack] = FunctionCode(self.staged, self.tree)
        return self.codes[stack]


#: By an app's root. Sources may change between two apps of one process, not while one is declared.
_MADE: WeakKeyDictionary[IConstruct, dict[object, _Made]] = WeakKeyDictionary()
