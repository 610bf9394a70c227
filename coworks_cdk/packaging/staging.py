"""How built folders are handed to the CDK, and what is said of them to its user."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, overload

from aws_cdk import Annotations, AssetHashType, Stack
from aws_cdk import aws_lambda as lambda_

from coworks_cdk.asked_once import stack_of
from coworks_cdk.packaging.bytecode import find_interpreter
from coworks_cdk.packaging.cache import cached
from coworks_cdk.packaging.digest import digest
from coworks_cdk.packaging.errors import PackagingError
from coworks_cdk.packaging.trees import unzipped_size

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from constructs import Construct

    from coworks_cdk.packaging.target import Target


@dataclass(frozen=True)
class Staged:
    """A folder that is an asset.

    :param folder: the folder.
    :param key: the digest that is the asset's hash.
    """

    folder: Path
    key: str

    @property
    def unzipped_bytes(self) -> int:
        """What its files measure."""
        return unzipped_size(self.folder)

    def code(self) -> lambda_.Code:
        """The asset, as the CDK takes it."""
        return lambda_.Code.from_asset(
            str(self.folder), asset_hash=self.key, asset_hash_type=AssetHashType.CUSTOM
        )


@overload
def stage(scope: Construct | None, key: str, build: Callable[[], Path]) -> Staged: ...
@overload
def stage(scope: Construct | None, key: str, build: Callable[[], Path | None]) -> Staged | None: ...
def stage(scope: Construct | None, key: str, build: Callable[[], Path | None]) -> Staged | None:
    """Build an asset, where its stack needs it.

    Commands such as ``cdk ls``, and those on other stacks of the app, don't: an empty folder,
    under a key of its own, then takes its place.

    :param scope: a construct of the stack.
    :param key: the digest of all that the asset depends on.
    :param build: gives the built folder, ``None`` if there is nothing to deploy.
    """
    if scope is not None and not bundling_required(stack_of(scope)):
        return Staged(cached("unbuilt", "empty", lambda _: None), digest("unbuilt", key))
    folder = build()
    return None if folder is None else Staged(folder, key)


@cache
def bundling_required(stack: Stack) -> bool:
    """Whether the assets of a stack are built; that is known when the app starts."""
    return stack.bundling_required


@contextmanager
def located(scope: Construct | None) -> Iterator[None]:
    """Put a construct's path before the message of a :class:`PackagingError`."""
    try:
        yield
    except PackagingError as error:
        if scope is None or error.path is not None:
            raise
        raise PackagingError(error.problem, scope.node.path) from error


def warn_without_interpreter(scope: Construct, target: Target) -> None:
    """Warn where modules ship without ``.pyc``, which makes cold starts slower."""
    if find_interpreter(target.python) is None:
        Annotations.of(scope).add_warning_v2(
            "coworks:no-interpreter",
            f"No Python {target.python} is on this machine: modules are shipped without .pyc, and "
            f"cold starts are slower. Install Python {target.python}, or set runtime to a version "
            "that is installed.",
        )
