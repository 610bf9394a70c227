"""Run as a script, by the function's process: AWS's runtime client and what Lambda's image holds.

The interpreter starts without site-packages, so that a function finds here what it finds on
Lambda and nothing else: its own folder, the layers' and the packages of the runtime. Called as
``python -S -P launcher.py /var/runtime/bootstrap.py``.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import module_from_spec, spec_from_file_location
from runpy import run_path
from types import ModuleType

PROVIDED = frozenset(
    {
        "awslambdaric",
        "runtime_client",
        "simplejson",
        "snapshot_restore_py",
        "boto3",
        "botocore",
        "dateutil",
        "jmespath",
        "s3transfer",
        "six",
        "urllib3",
    }
)
"""The packages of Lambda's Python runtimes, and what the runtime client needs."""


class RuntimePackages:
    """Finds the runtime's own packages, after everything that the function brings."""

    def __init__(self, folders: Sequence[str], names: frozenset[str] = PROVIDED) -> None:
        """Look into the ``site-packages`` of the Python that serves, for packages of these names."""
        self._folders, self._names = list(folders), names

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find a top-level package of the runtime."""
        if path is None and name in self._names:
            return PathFinder.find_spec(name, self._folders, target)
        return None


def beside(name: str) -> ModuleType:
    """Load a module of this folder, which is on no path here."""
    path = os.path.join(os.path.dirname(__file__), f"{name}.py")  # noqa: PTH118, PTH120
    spec = spec_from_file_location(f"coworks_local_{name}", path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} can't be loaded")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def main(arguments: Sequence[str]) -> None:
    """Run what Lambda's Python is to run: AWS's client, or what a wrapper script has put before it.

    :param arguments: a program and what it is given; ``bootstrap.py`` is AWS's client.
    """
    sys.path[:0] = os.environ.pop("COWORKS_LOCAL_PATH").split(os.pathsep)
    folders = os.environ.pop("COWORKS_LOCAL_PACKAGES").split(os.pathsep)
    sys.meta_path.append(RuntimePackages(folders))
    if debug := os.environ.pop("COWORKS_LOCAL_DEBUG", ""):
        sys.meta_path.append(RuntimePackages(folders, frozenset({"debugpy"})))
        port, _, told = debug.partition(":")
        beside("debugger").wait(int(port), int(told))
    if read_only := os.environ.pop("COWORKS_LOCAL_READ_ONLY", ""):
        beside("read_only").protect(read_only.split(os.pathsep))
    if arguments[0].endswith("/bootstrap.py"):
        from awslambdaric.__main__ import main as serve

        serve(["bootstrap", os.environ["_HANDLER"]])
    else:
        sys.argv = list(arguments)
        run_path(arguments[0], run_name="__main__")


if __name__ == "__main__":
    main(sys.argv[1:])
