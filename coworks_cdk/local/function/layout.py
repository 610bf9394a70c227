"""A function's folders, laid out as Lambda does: the code, and the layers merged into one."""

from __future__ import annotations

import shutil
import stat
import sys
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from coworks_cdk.local.function.foreign import machine, native
from coworks_cdk.local.template.records import Function

_WRITE = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH


@dataclass(frozen=True)
class Layout:
    """Where a function's files are."""

    task: Path
    """In place of ``/var/task``."""
    opt: Path
    """In place of ``/opt``."""

    @property
    def python_path(self) -> Sequence[Path]:
        """What Lambda puts before the standard library."""
        version = f"python{sys.version_info.major}.{sys.version_info.minor}"
        packages = self.opt / "python" / "lib" / version / "site-packages"
        return self.task, self.opt / "python", packages


def lay_out(function: Function, folder: Path, say: Callable[[str], None], cache: Path) -> Layout:
    """Copy a function's asset and layers into ``folder``.

    Read-only, as Lambda's are. Copies, so that a synth that rewrites the assembly meanwhile doesn't disturb, and nothing that
    the function does reaches the assembly. A later layer's file replaces an earlier one's.

    :param say: told what is rebuilt for this machine.
    :param cache: where rebuilt layers are kept.
    :raises LocalError: where a layer is for another platform and can't be rebuilt.
    """
    layout = Layout(folder / "var" / "task", folder / "opt")
    layout.opt.mkdir(parents=True)
    _unpack(function.code, layout.task)
    for layer in function.layers:
        if layer.is_dir():
            _unpack(native(layer, say, cache=cache, here=machine()), layout.opt)
        else:
            _unpack(layer, layout.opt)
    for root in (layout.task, layout.opt):
        _forbid_writing(root)
    return layout


def rewrite(folder: Path, changed: Mapping[str, bytes]) -> None:
    """Replace files of a function that was laid out in ``folder``.

    What was compiled of them goes, since a precompiled module is never compared with its source.

    :param changed: names within ``/var/task`` to contents.
    """
    task = folder / "var" / "task"
    for name, content in changed.items():
        path = task / name
        places = [path.parent, path.parent / "__pycache__"]
        for place in places:
            if place.is_dir():
                place.chmod(place.stat().st_mode | stat.S_IWUSR)
        mode = path.stat().st_mode
        path.unlink()
        path.write_bytes(content)
        path.chmod(mode)
        for compiled in places[1].glob(f"{path.stem}.*.pyc"):
            compiled.unlink()
        for place in places:
            if place.is_dir():
                place.chmod(place.stat().st_mode & ~_WRITE)


def remove(folder: Path) -> None:
    """Remove what was laid out, read-only as it is."""
    for path in folder.rglob("*"):
        if path.is_dir() and not path.is_symlink():
            path.chmod(path.stat().st_mode | stat.S_IWUSR)
    shutil.rmtree(folder, ignore_errors=True)


def _forbid_writing(root: Path) -> None:
    for path in (root, *root.rglob("*")):
        if not path.is_symlink():
            path.chmod(path.stat().st_mode & ~_WRITE)


def _unpack(asset: Path, folder: Path) -> None:
    if asset.is_dir():
        shutil.copytree(asset, folder, dirs_exist_ok=True)
    else:
        with zipfile.ZipFile(asset) as archive:
            for member in archive.infolist():
                path = Path(archive.extract(member, folder))
                if path.is_file() and member.external_attr >> 16 & stat.S_IXUSR:
                    path.chmod(path.stat().st_mode | 0o111)
