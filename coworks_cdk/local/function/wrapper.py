"""How a function's process starts: in AWS's client, or as a wrapper script wants it.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-modify.html#runtime-wrapper
"""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from coworks_cdk.local.function.layout import Layout

BOOTSTRAP = "/var/runtime/bootstrap.py"
"""What Lambda runs: AWS's client."""
_VARIABLE = "AWS_LAMBDA_EXEC_WRAPPER"
_NEXT_VARIABLE = "CWS_EXEC_WRAPPER"
"""Names the script that the one of CoworksLayer hands on to."""


def started(interpreter: Sequence[str], variables: Mapping[str, str], layout: Layout) -> list[str]:
    """The command that starts a function's process.

    :param interpreter: what runs a Python program as Lambda's Python does.
    :param variables: the process's environment.
    """
    wrapper = variables.get(_VARIABLE)
    if not wrapper:
        return [*interpreter, BOOTSTRAP]
    script = _here(wrapper, layout)
    for fails, what, status in (
        (not script.is_file(), "does not exist", 127),
        (not os.access(script, os.X_OK), "is not an executable", 126),
    ):
        if fails:
            return ["/bin/sh", "-c", f'echo "$0: {what}"; exit {status}', wrapper]
    return [str(script), str(_python(interpreter, layout)), BOOTSTRAP]


def with_wrappers_here(variables: Mapping[str, str], layout: Layout) -> dict[str, str]:
    """A process's environment, in which a script that another one starts is where it is here."""
    following = variables.get(_NEXT_VARIABLE)
    if not following:
        return dict(variables)
    return {**variables, _NEXT_VARIABLE: str(_here(following, layout))}


def _here(path: str, layout: Layout) -> Path:
    """Where a file of the function's is on this machine."""
    for there, folder in (("/opt/", layout.opt), ("/var/task/", layout.task)):
        if path.startswith(there):
            return folder / path.removeprefix(there)
    return Path(path)


def _python(interpreter: Sequence[str], layout: Layout) -> Path:
    """A file in place of Lambda's Python, which a wrapper script can start."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    path = layout.opt.parent / "var" / "lang" / "bin" / version
    script = f'#!/bin/sh\nexec {shlex.join(interpreter)} "$@"\n'
    if not path.is_file() or path.read_text(encoding="utf-8") != script:
        path.parent.mkdir(parents=True, exist_ok=True)
        # In one step: another process of the function may start meanwhile.
        draft = path.with_name(f"{path.name}.{os.getpid()}.{id(script)}")
        draft.write_text(script, encoding="utf-8")
        draft.chmod(0o755)
        draft.replace(path)
    return path
