"""SnapStart: what runs before a snapshot of the process is taken, and after one is restored.

https://docs.aws.amazon.com/lambda/latest/dg/snapstart-runtime-hooks-python.html
"""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Callable

from .faults import error_of
from .log_sink import LogSink
from .logs import log_error
from .runtime_api import RuntimeApi


def pass_snapshot(api: RuntimeApi, sink: LogSink) -> None:
    """Let the process be the snapshot that it is started for, where it is started for one.

    :raises SystemExit: where a hook fails, which Lambda is told.
    """
    if os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") != "snap-start":
        return
    _run(_before_snapshot, sink, lambda error: api.fail_at_start(error, _BEFORE), 64)
    _run(api.restored, sink, lambda error: api.fail_at_start(error, _BEFORE), 64)
    _run(_after_restore, sink, lambda error: api.fail_at_restore(error, _AFTER), 65)


_BEFORE, _AFTER = "Runtime.BeforeSnapshotError", "Runtime.AfterRestoreError"


def _run(
    hooks: Callable[[], None], sink: LogSink, tell: Callable[[dict[str, object]], None], status: int
) -> None:
    try:
        hooks()
    except BaseException as raised:  # noqa: BLE001 - whatever it is, the process ends
        error = error_of(raised)
        log_error(error, sink)
        tell(error)
        sys.exit(status)


def _before_snapshot() -> None:
    """Run what was registered, the last first."""
    if importlib.util.find_spec("snapshot_restore_py") is None:
        return  # not one of Lambda's runtimes, so that nothing can be registered
    from snapshot_restore_py import get_before_snapshot

    registered = get_before_snapshot()
    while registered:
        function, args, kwargs = registered.pop()
        function(*args, **kwargs)


def _after_restore() -> None:
    """Run what was registered, the first first."""
    if importlib.util.find_spec("snapshot_restore_py") is None:
        return
    from snapshot_restore_py import get_after_restore

    for function, args, kwargs in get_after_restore():
        function(*args, **kwargs)
