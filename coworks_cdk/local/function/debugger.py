"""Run in the function's process: wait for a debugger, before anything of the function's runs."""

from __future__ import annotations

import sys


def wait(port: int) -> None:
    """Listen for a debugger on the loopback interface, and go on when one is there."""
    import debugpy  # noqa: T100

    debugpy.listen(("127.0.0.1", port))  # noqa: T100
    sys.stdout.write(f"waiting for a debugger on 127.0.0.1:{port}\n")
    sys.stdout.flush()
    debugpy.wait_for_client()  # noqa: T100
    sys.stdout.write("the debugger is there\n")
    sys.stdout.flush()
