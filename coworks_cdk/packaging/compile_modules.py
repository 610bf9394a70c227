"""Run by an interpreter of the function's version of Python: compiles the modules of a folder.

Its arguments are the folder, where it lies on Lambda, and the packages, as paths in the folder,
whose docstrings stay in what is compiled; without any, all stay. It prints, as JSON, what didn't
compile: of each module its path in the folder and why.
"""

from __future__ import annotations

import ast
import importlib.util
import json
import marshal
import os
import py_compile
import sys

_HEADER = 16
"""The bytes before the code (https://peps.python.org/pep-0552/)."""


def main(folder: str, deployed: str, *documented: str) -> dict[str, str]:
    """Compile every module; what is written is never checked against its source again."""
    failed: dict[str, str] = {}
    prefixes = tuple(f"{package}/" for package in documented)
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
                continue
            if documented and not f"{module}/".startswith(prefixes):
                _without_docstrings(path, f"{deployed}/{module}")
    return failed


def _without_docstrings(path: str, shown: str) -> None:
    """Compile a module once more, the same but for its docstrings, which nobody reads there."""
    with open(path, "rb") as file:  # noqa: PTH123 - as above
        tree = ast.parse(file.read())
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body
            if ast.get_docstring(node, clean=False) is not None:
                # Something has to stand there, and with dataclasses nothing would be longer.
                first = ast.copy_location(ast.Constant("-"), body[0])
                body[0] = ast.copy_location(ast.Expr(first), body[0])
    compiled = importlib.util.cache_from_source(path)
    with open(compiled, "r+b") as file:  # noqa: PTH123
        file.seek(_HEADER)
        file.write(marshal.dumps(compile(tree, shown, "exec", dont_inherit=True, optimize=0)))
        file.truncate()


if __name__ == "__main__":
    # What a compiler warns of, in others' code, is no result.
    sys.stdout.write(json.dumps(main(*sys.argv[1:])))
