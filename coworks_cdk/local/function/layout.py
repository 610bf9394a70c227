"""A function's folders, laid out as Lambda does: the code, and the layers merged into one."""

from __future__ import annotations

import shutil
import sys
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from coworks_cdk.local.function.foreign import machine, native
from coworks_cdk.local.template.records import Function


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

    Copies, so that a synth that rewrites the assembly meanwhile doesn't disturb, and nothing that
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
    return layout


def _unpack(asset: Path, folder: Path) -> None:
    if asset.is_dir():
        shutil.copytree(asset, folder, dirs_exist_ok=True)
    else:
        with zipfile.ZipFile(asset) as archive:
            archive.extractall(folder)
