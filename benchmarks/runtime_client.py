"""Lambda's own runtime client around a service: a new process until it has answered."""

from __future__ import annotations

import json
import os
import subprocess
import sys

from benchmarks.packages import LAMBDA_ENVIRONMENT
from benchmarks.requests_sent import EVENTS, is_right
from e2e.runtime_api import RuntimeApi


class RuntimeClient:
    """Starts the client as Lambda does.

    :param interpreter: the interpreter.
    :param handler: the handler, as in `module.function`.
    :param folders: where the handler, its packages and the client are.
    """

    def __init__(self, interpreter: str, handler: str, folders: list[str]) -> None:
        self._command = [interpreter, "-s", "-S", "-B", "-m", "awslambdaric", handler]
        self._folders = folders

    def first_answer(self, request: str) -> float:
        """Start the client, send a request, and end it.

        :return: the CPU milliseconds of the process.
        """
        api = RuntimeApi()
        api.start()
        process = subprocess.Popen(
            self._command,
            cwd=self._folders[0],
            env={
                **LAMBDA_ENVIRONMENT,
                "PYTHONPATH": os.pathsep.join(self._folders),
                "AWS_LAMBDA_RUNTIME_API": api.address,
                "LAMBDA_TASK_ROOT": self._folders[0],
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            api.wait_until_ready(process, 30)
            answer = api.invoke(
                request_id="first",
                event=EVENTS[request].encode(),
                headers={"Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:::function:x"},
                seconds=30,
                process=process,
            )
        finally:
            process.kill()
            # Not wait(): it gives no account of what the process used.
            _, _, used = os.wait4(process.pid, 0)
            process.returncode = 0
            api.stop()
        if not is_right(request, json.loads(answer)):
            sys.exit(f"{self._command[-1]}: the answer of the runtime client is wrong: {answer!r}")
        return (used.ru_utime + used.ru_stime) * 1000
