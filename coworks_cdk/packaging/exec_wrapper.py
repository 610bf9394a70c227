"""The script of CoworksLayer that starts the loop of ``coworks_runtime`` in place of AWS's client.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-modify.html#runtime-wrapper
"""

from __future__ import annotations

from pathlib import Path

_NAME = "coworks-stream"
PATH = f"/opt/{_NAME}"
"""What ``AWS_LAMBDA_EXEC_WRAPPER`` is set to, for a service that streams."""
NEXT_VARIABLE = "CWS_EXEC_WRAPPER"
"""What names another script, which the function is to be started by too."""

SCRIPT = b"""\
#!/bin/sh
# Lambda calls it with its own command: $1 is Python.
exec ${CWS_EXEC_WRAPPER:+"$CWS_EXEC_WRAPPER"} "$1" "${0%/*}/python/coworks_runtime/on_lambda/loop/start.py" "$@"
"""


def write_wrapper(layer: Path) -> None:
    """Write the script into a layer's folder, with its run bit."""
    script = layer / _NAME
    script.write_bytes(SCRIPT)
    script.chmod(0o755)
