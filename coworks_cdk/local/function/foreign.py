"""Layers that were built for another platform than this machine's.

An arm64 layer on an x86_64 machine, or one for Linux on macOS, holds binaries that can't be
loaded here. Its packages are installed again for this machine, in the very versions that the
layer holds, and everything else is taken from it.
"""

from __future__ import annotations

import hashlib
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from coworks_cdk.local.errors import LocalError
from coworks_cdk.uv import find_uv

_MACHINES = {0x3E: "x86_64", 0xB7: "aarch64"}
_ALIASES = {"amd64": "x86_64", "arm64": "aarch64"}
_PINNED = re.compile(r"(?P<name>[A-Za-z0-9._]+)-(?P<version>[^-]+)\.dist-info")


def machine() -> str:
    """Give this machine's platform, as ``linux-x86_64``."""
    name = platform.machine().lower()
    return f"{sys.platform}-{_ALIASES.get(name, name)}"


def built_for(binary: Path) -> str:
    """Give the platform of an extension module, as ``linux-aarch64``.

    :param binary: an ELF file; anything else counts as of an unknown platform.
    """
    with binary.open("rb") as stream:
        head = stream.read(20)
    if head[:4] != b"\x7fELF":
        return "unknown"
    return f"linux-{_MACHINES.get(int.from_bytes(head[18:20], 'little'), 'unknown')}"


def foreign_binaries(layer: Path, here: str) -> list[Path]:
    """Give the binaries of a layer that can't be loaded here."""
    return sorted(file for file in layer.rglob("*.so*") if built_for(file) != here)


def pins(layer: Path) -> list[str]:
    """Give the packages that a layer holds, as ``name==version``, sorted."""
    found = (_PINNED.fullmatch(path.name) for path in layer.rglob("*.dist-info"))
    return sorted(f"{match['name']}=={match['version']}" for match in found if match)


def native(layer: Path, say: Callable[[str], None], *, cache: Path, here: str) -> Path:
    """Give a layer that this machine can run: itself, or one rebuilt and kept in the cache.

    :param layer: the layer's asset, a folder.
    :param say: told that it is rebuilt.
    :param cache: a folder that outlives the process.
    :param here: this machine's platform.
    :raises LocalError: where the layer doesn't tell what it holds, or installing fails.
    """
    binaries = foreign_binaries(layer, here)
    if not binaries:
        return layer
    wanted = pins(layer)
    if not wanted:
        raise LocalError(
            f"{layer.name}: {binaries[0].relative_to(layer)} is built for "
            f"{built_for(binaries[0])}, this machine is {here}, and without .dist-info folders "
            "the layer does not tell what to install in its place; synthesize for this machine"
        )
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    key = hashlib.sha256("\n".join((layer.name, here, version, *wanted)).encode()).hexdigest()
    folder = cache / "local" / key
    if not folder.is_dir():
        say(f"rebuilding {', '.join(wanted)} for {here}: the layer is for {built_for(binaries[0])}")
        _rebuild(layer, wanted, folder, binaries)
    return folder


def _rebuild(layer: Path, wanted: list[str], folder: Path, binaries: list[Path]) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".building-") as name:
        draft, packages = Path(name) / "layer", Path(name) / "packages"
        shutil.copytree(layer, draft)
        for binary in binaries:
            (draft / binary.relative_to(layer)).unlink()
        _install(wanted, packages)
        for site in {path.parent for path in _dist_infos(draft)}:
            shutil.copytree(packages, site, dirs_exist_ok=True)
        try:
            draft.rename(folder)
        except OSError:
            # Another process was faster.
            if not folder.is_dir():
                raise


def _dist_infos(layer: Path) -> Iterator[Path]:
    return (path for path in layer.rglob("*.dist-info") if path.is_dir())


def _install(wanted: list[str], target: Path) -> None:
    command = [_uv(), "pip", "install", "--quiet", "--no-deps", "--link-mode=copy"]
    command += ["--python", sys.executable, "--target", str(target), *wanted]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise LocalError(f"installing {', '.join(wanted)} failed: {done.stderr.strip()}")


def _uv() -> str:
    found = find_uv()
    if found is None:
        raise LocalError(
            "uv, which installs a layer's packages for this machine, is not installed; "
            "run `pip install uv`"
        )
    return found
