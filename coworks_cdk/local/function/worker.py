"""A process that runs a function."""

from __future__ import annotations

import os
import signal
import site
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib.util import find_spec

from coworks_cdk.local.errors import LocalError
from coworks_cdk.local.function import launcher
from coworks_cdk.local.function.debugging import DEBUGGED_SECONDS, Adapter, Debugger
from coworks_cdk.local.function.keeper import Keeper
from coworks_cdk.local.function.layout import Layout
from coworks_cdk.local.function.output import lines_of
from coworks_cdk.local.function.runtime_api import Invocation, RuntimeApi
from coworks_cdk.local.function.wrapper import started, with_wrappers_here
from coworks_cdk.local.invocation import failure
from coworks_cdk.local.log import Log
from coworks_cdk.local.template.records import Function

INIT_SECONDS = 30.0
"""How long a process may take to ask for its first event (Lambda: 10 s, on machines of its own)."""
_GIVEN = (
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_SECRETS_MANAGER",
    "PATH",
    "TMPDIR",
)
_FAKE = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"}


def environment(
    function: Function, layout: Layout, api: str, given: Mapping[str, str]
) -> dict[str, str]:
    """Make the environment of a function's process: Lambda's own variables and the function's.

    :param api: the address of the Runtime API.
    :param given: the environment of the gateway, of which only AWS credentials, ``PATH`` and
        ``TMPDIR`` go on.
    """
    region = function.arn.split(":")[3]
    log_format = {"AWS_LAMBDA_LOG_FORMAT": function.log_format}
    if function.log_format == "JSON":
        log_format["AWS_LAMBDA_LOG_LEVEL"] = function.log_level or "INFO"
    packages = [*site.getsitepackages(), site.getusersitepackages()]
    return {
        **_FAKE,
        **{name: given[name] for name in _GIVEN if name in given},
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        **function.environment,
        "PYTHONDONTWRITEBYTECODE": "1",
        "_HANDLER": function.handler,
        "AWS_DEFAULT_REGION": region,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{function.runtime}",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_size),
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_VERSION": function.version,
        "AWS_LAMBDA_INITIALIZATION_TYPE": "snap-start" if function.snap_start else "on-demand",
        **log_format,
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{function.name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": "local",
        "AWS_LAMBDA_RUNTIME_API": api,
        "AWS_REGION": region,
        "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",
        "AWS_XRAY_DAEMON_ADDRESS": "127.0.0.1:2000",
        "LAMBDA_RUNTIME_DIR": "/var/runtime",
        "LAMBDA_TASK_ROOT": str(layout.task),
        "COWORKS_LOCAL_PATH": os.pathsep.join(str(path) for path in layout.python_path),
        "COWORKS_LOCAL_PACKAGES": os.pathsep.join(packages),
        "COWORKS_LOCAL_READ_ONLY": os.pathsep.join((str(layout.task), str(layout.opt))),
    }


def check_interpreter(function: Function) -> None:
    """Check that this Python can run a function.

    :raises LocalError: where the runtime is of another version, or its client isn't installed.
    """
    here = f"python{sys.version_info.major}.{sys.version_info.minor}"
    if function.runtime != here:
        raise LocalError(
            f"{function.logical_id}: its runtime is {function.runtime} and this is {here}; run "
            f"`{function.runtime} -m coworks_cdk.local` or synthesize for {here}"
        )
    if find_spec("awslambdaric") is None:
        raise LocalError(
            "awslambdaric, Lambda's runtime client, is not installed; "
            "run `pip install awslambdaric`"
        )


class Worker:
    """A function's process with its Runtime API; runs one invocation at a time."""

    def __init__(
        self,
        function: Function,
        layout: Layout,
        log: Log,
        source: str,
        given: Mapping[str, str],
        keeper: Keeper,
        debugger: Debugger | None = None,
    ) -> None:
        """Start the process.

        :param source: the name for the log's lines.
        :param given: the gateway's environment.
        :param keeper: ends the process when the gateway can't.
        :param debugger: how it waits for a debugger, where it does.
        """
        if debugger is not None:
            function = replace(function, timeout=DEBUGGED_SECONDS)
        self._adapter = None if debugger is None else Adapter(debugger, keeper)
        self._closing, self._closed = threading.Lock(), False
        self._function, self._folder, self._layout = function, layout.task, layout
        self._api = RuntimeApi(function.arn, function.timeout)
        self._log, self._source, self._keeper = log, source, keeper
        self._pending: Invocation | None = None
        self._started = time.monotonic()
        try:
            self._process = self._spawn(
                environment(function, layout, self._api.address, given), self._adapter
            )
            keeper.started(self._process.pid)
        except OSError:
            self._api.close()
            raise
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _spawn(self, variables: dict[str, str], adapter: Adapter | None) -> subprocess.Popen[bytes]:
        if adapter is None:
            return self._start(variables, [], ())
        variables |= adapter.environment(self._layout)
        try:
            # Debuggers stop in the modules that Python holds frozen too.
            options = ["-X", "frozen_modules=off"]
            return self._start(variables, options, (adapter.descriptor,))
        finally:
            adapter.started()

    def _start(
        self, variables: Mapping[str, str], options: Sequence[str], descriptors: Sequence[int]
    ) -> subprocess.Popen[bytes]:
        command = [sys.executable, *options, "-S", "-P", launcher.__file__]
        return subprocess.Popen(
            started(command, variables, self._layout),
            cwd=self._folder,
            env=with_wrappers_here(variables, self._layout),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            # A group of its own: Ctrl-C is for the gateway, which ends the whole group.
            start_new_session=True,
            pass_fds=descriptors,
        )

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it can take another event."""
        return self._process.poll() is None and self._api.init_error is None

    def submit(self, invocation: Invocation) -> None:
        """Give it an event; it must have none."""
        self._pending = invocation
        self._api.submit(invocation)

    def supervise(self) -> None:
        """End what lasts too long, and answer for a process that died; called every few ms."""
        invocation = self._pending
        if invocation is None or invocation.ended.done():
            return
        now = time.monotonic()
        if self._process.poll() is not None:
            self._died(invocation)
        elif invocation.deadline is not None and now > invocation.deadline:
            self._stop(
                invocation,
                f"Task timed out after {self._function.timeout:.2f} seconds",
                "Sandbox.Timedout",
            )
        elif self._adapter is not None:
            return
        elif not self._api.initialized and now > self._started + INIT_SECONDS:
            self._stop(
                invocation, f"Init timed out after {INIT_SECONDS:.0f} seconds", "Sandbox.Timedout"
            )

    def close(self) -> None:
        """End the process and all that it started."""
        with self._closing:
            if not self._closed:
                self._closed = True
                self._close()

    def _close(self) -> None:
        self._kill()
        self._process.wait()
        self._keeper.ended(self._process.pid)
        if self._adapter is not None:
            self._adapter.end()
        self._api.close()
        self._reader.join(timeout=1)
        if self._process.stdout is not None and not self._reader.is_alive():
            self._process.stdout.close()
        if self._pending is not None:
            self._pending.finish(failure("The function was stopped", "Runtime.ExitError"))

    def _died(self, invocation: Invocation) -> None:
        message = f"RequestId: {invocation.id} Error: {_end_of(self._process.returncode)}"
        if invocation.finish(self._api.init_error or failure(message, "Runtime.ExitError")):
            self._log.line(self._source, message, level="ERROR")
        # Not here: others are looked after by this thread.
        threading.Thread(target=self.close, daemon=True).start()

    def _stop(self, invocation: Invocation, message: str, kind: str) -> None:
        self._kill()
        self._process.wait()
        told = f"RequestId: {invocation.id} Error: {message}"
        self._log.line(self._source, told, level="ERROR")
        invocation.finish(failure(told, kind))

    def _kill(self) -> None:
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return

    def _read(self) -> None:
        stream = self._process.stdout
        if stream is not None:
            lines_of(stream, lambda line: self._log.output(self._source, line))


def _end_of(status: int) -> str:
    """What Lambda says of a process that ended (recorded 2025-11-24), signals in Go's words."""
    if status == 0:
        return "Runtime exited without providing a reason"
    if status > 0:
        return f"Runtime exited with error: exit status {status}"
    name = signal.strsignal(-status) or str(-status)
    return f"Runtime exited with error: signal: {name.lower()}"
