"""Run by an interpreter of the function's version of Python: compiles the modules of a folder.

Its arguments are the folder and where it lies on Lambda. It prints, as JSON, what didn't compile:
of each module its path in the folder and why.
"""

from __future__ import annotations

import json
import os
import py_compile
import sys


def main(folder: str, deployed: str) -> dict[str, str]:
    """Compile every module; what is written is never checked against its source again."""
    failed: dict[str, str] = {}
    for parent, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if name != "__pycache__")
        for name in sorted(files):
            if not name.endswith(".py"):
                continue
            path = os.path.join(parent, name)  # noqa: PTH118 - pathlib takes longer to load
            module = os.path.relpath(path, folder)
            try:
                py_compile.compile(
                    path,
                    dfile=f"{deployed}/{module}",
                    doraise=True,
                    invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
                )
            except py_compile.PyCompileError as error:
                line = getattr(error.exc_value, "lineno", None)
                said = getattr(error.exc_value, "msg", None) or str(error.exc_value)
                failed[module] = f"line {line}: {said}" if line else said
    return failed


if __name__ == "__main__":
    # What a compiler warns of, in others' code, is no result.
    sys.stdout.write(json.dumps(main(*sys.argv[1:])))
