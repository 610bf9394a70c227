"""Lambda's own runtime client around a service: a process of it, and what that has used."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from itertools import count
from typing import Self

from benchmarks.packages import LAMBDA_ENVIRONMENT
from benchmarks.requests_sent import EVENTS, is_right
from e2e.runtime_api import RuntimeApi

_HEADERS = {
    "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:::function:x",
    # Each invocation has one, traced or not.
    "Lambda-Runtime-Trace-Id": "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=0",
}
_SECONDS = 30
_CPU_CLOCK = 2
"""The part of a clock's id that says: of all threads of a process, what the scheduler gave them
(clock_getcpuclockid(3))."""


class RuntimeClient:
    """Starts the client as Lambda does. Use it as a context manager.

    :param interpreter: the interpreter.
    :param handler: the handler, as in `module.function`.
    :param folders: where the handler, its packages and the client are.
    :param environment: what the function's environment has beside Lambda's own.
    """

    def __init__(
        self, interpreter: str, handler: str, folders: list[str], environment: Mapping[str, str]
    ) -> None:
        self._handler = handler
        self._command = [interpreter, "-s", "-S", "-B", "-m", "awslambdaric", handler]
        self._folders = folders
        self._environment = environment
        self._ids = count(1)

    def __enter__(self) -> Self:
        self._api = RuntimeApi()
        self._api.start()
        # What a function logs goes through a pipe, as on Lambda, and somebody reads it.
        self._reader = subprocess.Popen(
            ["cat"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        assert self._reader.stdin is not None
        self._process = subprocess.Popen(
            self._command,
            cwd=self._folders[0],
            env={
                **LAMBDA_ENVIRONMENT,
                **self._environment,
                "PYTHONPATH": os.pathsep.join(self._folders),
                "AWS_LAMBDA_RUNTIME_API": self._api.address,
                "LAMBDA_TASK_ROOT": self._folders[0],
            },
            stdin=subprocess.DEVNULL,
            stdout=self._reader.stdin,
            stderr=subprocess.STDOUT,
        )
        self._reader.stdin.close()
        try:
            self._api.wait_until_ready(self._process, _SECONDS)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.returncode is None:
            self.end()
        self._api.stop()

    def answer(self, request: str) -> None:
        """Send a request; the answer must be right."""
        answer = self._api.invoke(
            request_id=f"c6af9ac6-7b61-11e6-9a41-{next(self._ids):012x}",
            event=EVENTS[request].encode(),
            headers=_HEADERS,
            seconds=_SECONDS,
            process=self._process,
        )
        if not is_right(request, json.loads(answer)):
            sys.exit(f"{self._handler}: the answer of the runtime client is wrong: {answer!r}")

    def nanoseconds(self) -> int:
        """The CPU time that the process has used until now, all its threads together."""
        return time.clock_gettime_ns((~self._process.pid << 3) | _CPU_CLOCK)

    def end(self) -> float:
        """End the process.

        :return: the CPU milliseconds that it has used.
        """
        self._process.kill()
        # Not wait(): it gives no account of what the process used.
        _, _, used = os.wait4(self._process.pid, 0)
        self._process.returncode = 0
        self._reader.wait()
        return (used.ru_utime + used.ru_stime) * 1000


def first_answer(client: RuntimeClient, request: str) -> float:
    """The CPU milliseconds of a client from its start until it has answered."""
    with client:
        client.answer(request)
        return client.end()
