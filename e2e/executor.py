"""Lambda functions as processes of this machine, for the embedded AWS.

Runs inside the embedded AWS's process. Each execution environment is one process of Lambda's own
runtime client, in an interpreter of the function's Python version that has no package besides the
ones that Lambda's image has: what the function imports comes from its asset and its layers.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from localstack.services.lambda_.invocation.executor_endpoint import StatusErrorException
from localstack.services.lambda_.invocation.lambda_models import FunctionVersion, InvocationResult
from localstack.services.lambda_.invocation.runtime_executor import RuntimeExecutor

from e2e.runtime_api import Failed, RuntimeApi

PYTHONS_VARIABLE = "E2E_FUNCTION_PYTHONS"
"""Names the environment variable: a JSON object, Lambda runtime → interpreter."""

_START_UP_SECONDS = 20


class ProcessExecutor(RuntimeExecutor):
    """One execution environment of a function version."""

    def __init__(self, id: str, function_version: FunctionVersion) -> None:  # noqa: A002 - the caller names it so
        super().__init__(id=id, function_version=function_version)
        self._api = RuntimeApi()
        self._folder = Path(tempfile.mkdtemp(prefix="function-"))
        self._log = self._folder / "log"
        self._process: subprocess.Popen[bytes] | None = None

    def log_group(self) -> str:
        """Return the log group that the function's configuration names, or Lambda's own."""
        own = f"/aws/lambda/{self.function_version.id.function_name}"
        return str(self.function_version.config.logging_config.get("LogGroup", own))

    def start(self, env_vars: dict[str, str]) -> None:
        """Start the process and wait until it asks for its first event.

        :param env_vars: the function's environment.
        :raises StatusErrorException: where the function can't be loaded.
        """
        config = self.function_version.config
        python = json.loads(os.environ[PYTHONS_VARIABLE]).get(config.runtime)
        if python is None:
            raise RuntimeError(f"No interpreter for the runtime {config.runtime}.")
        task = config.code.get_unzipped_code_location()
        opt = self._merged_layers()
        packages = opt / "python" / "lib" / str(config.runtime) / "site-packages"
        self._api.start()
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [python, "-m", "awslambdaric", config.handler],
                cwd=task,
                env={
                    **{name: str(value) for name, value in env_vars.items()},
                    "PATH": os.environ["PATH"],
                    "LANG": "en_US.UTF-8",
                    "LAMBDA_TASK_ROOT": str(task),
                    "PYTHONPATH": f"{packages}{os.pathsep}{opt / 'python'}",
                    # Lambda's file system is read-only.
                    "PYTHONDONTWRITEBYTECODE": "1",
                    "AWS_LAMBDA_RUNTIME_API": self._api.address,
                },
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        try:
            self._api.wait_until_ready(self._process, _START_UP_SECONDS)
        except Failed as error:
            raise StatusErrorException(self.get_logs(), payload=error.payload) from error

    def _merged_layers(self) -> Path:
        opt = self._folder / "opt"
        opt.mkdir()
        for layer in self.function_version.config.layers:
            layer.code.prepare_for_execution()
            shutil.copytree(layer.code.get_unzipped_code_location(), opt, dirs_exist_ok=True)
        return opt

    def stop(self) -> None:
        """End the process and remove what it had."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._api.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def invoke(self, payload: dict[str, str]) -> InvocationResult:
        """Hand one event to the process and wait for its answer.

        :param payload: the event with its ids, as the embedded AWS gives it.
        """
        assert self._process is not None
        before = self._log.stat().st_size
        is_error = False
        try:
            answer = self._api.invoke(
                request_id=payload["invoke-id"],
                event=payload["payload"].encode(),
                headers={
                    "Lambda-Runtime-Invoked-Function-Arn": payload["invoked-function-arn"],
                    "Lambda-Runtime-Trace-Id": payload["trace-id"],
                },
                seconds=float(self.function_version.config.timeout),
                process=self._process,
            )
        except Failed as error:
            is_error, answer = True, error.payload
        logs = self._log.read_bytes()[before:].decode(errors="replace")
        # An empty text would count as "no logs received".
        logs = logs or f"END RequestId: {payload['invoke-id']}\n"
        return InvocationResult(payload["invoke-id"], answer, is_error=is_error, logs=logs)

    def get_address(self) -> str:
        """Return where the environment is reached."""
        return "127.0.0.1"

    def get_endpoint_from_executor(self) -> str:
        """Return where the environment reaches the embedded AWS."""
        return "127.0.0.1"

    def get_runtime_endpoint(self) -> str:
        """Return the address of the runtime API."""
        return f"http://{self._api.address}"

    def get_logs(self) -> str:
        """Return what the process wrote."""
        return self._log.read_text(errors="replace") if self._log.exists() else ""

    @classmethod
    def prepare_version(cls, function_version: FunctionVersion) -> None:
        """Unpack the function's asset."""
        if function_version.config.code:
            function_version.config.code.prepare_for_execution()

    @classmethod
    def cleanup_version(cls, function_version: FunctionVersion) -> None:
        """Leave the asset to the embedded AWS, which removes it with the function."""
