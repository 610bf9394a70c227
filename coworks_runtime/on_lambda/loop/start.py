"""Run as a script in the place of AWS's own client: gives Python its paths, then runs the loop.

``AWS_LAMBDA_EXEC_WRAPPER`` names a script of CoworksLayer, which Lambda starts with the command
that it would have run; the script runs this file with the same command as its arguments:
``start.py /var/lang/bin/python3.13 /var/runtime/bootstrap.py``.
https://docs.aws.amazon.com/lambda/latest/dg/runtimes-modify.html#runtime-wrapper
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence


def main(command: Sequence[str]) -> None:
    """Run the loop, or AWS's client where that has to be.

    :param command: what Lambda would have run.
    """
    if "AWS_LAMBDA_MAX_CONCURRENCY" in os.environ:
        # A Managed Instance, where AWS's client forks and shares sockets in ways of its own.
        os.execv(command[0], list(command))  # noqa: S606 - Lambda's own command
    set_paths(command)
    from coworks_runtime.on_lambda.loop.invocations import run

    run()


def set_paths(command: Sequence[str]) -> None:
    """Let modules be found as AWS's client lets them: the code, the layers, then the runtime's."""
    here = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120 - pathlib takes 5 ms
    if sys.path and sys.path[0] == here:
        del sys.path[0]  # where a script is, which holds no modules of anybody's
    root = here.removesuffix("/python/coworks_runtime/on_lambda/loop")
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    wanted = [
        os.environ.get("LAMBDA_TASK_ROOT", ""),
        f"{root}/python/lib/{version}/site-packages" if root != here else "",
        f"{root}/python" if root != here else "",
        os.path.dirname(command[1]) if len(command) > 1 else "",  # noqa: PTH120
    ]
    missing = [path for path in wanted if path and path not in sys.path]
    sys.path[:0] = missing


if __name__ == "__main__":
    main(sys.argv[1:])
