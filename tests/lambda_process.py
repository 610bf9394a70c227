"""A service in Lambda's own runtime client, in a process of its own, and what it prints."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Self

from coworks_cdk.local.function.runtime_api import Invocation, RuntimeApi
from tests.processes import unmeasured

ARN = "arn:aws:lambda:eu-west-1:123456789012:function:f"
TRACE_ID = "1-5bdb40ca-556d8b0c50dc66f0511bf520"
TRACE = f"Root={TRACE_ID};Parent=53995c3f42cd8ad8;Sampled=1"
ROOT = Path(__file__).parents[1]
CLIENT = ["-m", "awslambdaric"]
LOOP = ROOT / "coworks_runtime" / "on_lambda" / "loop" / "start.py"


class LambdaProcess:
    """Serves a module of a folder until it is closed; a context manager.

    :param folder: where the module is.
    :param handler: ``module.attribute``.
    :param loop: by the loop that streams, in place of AWS's client.
    :param environment: the function's variables.
    """

    def __init__(
        self, folder: Path, handler: str, *, loop: bool = False, **environment: str
    ) -> None:
        self._api = RuntimeApi(ARN, timeout=60)
        self._printed = tempfile.TemporaryFile("a+")  # noqa: SIM115 - closed with the process
        self.ids: list[str] = []
        """The calls' ids, in their order."""
        self._process = subprocess.Popen(
            [sys.executable, *([str(LOOP), sys.executable] if loop else CLIENT), handler],
            cwd=folder,
            env={
                **{n: v for n, v in unmeasured().items() if not n.startswith(("AWS_", "CWS_"))},
                "AWS_LAMBDA_FUNCTION_NAME": "f",
                "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
                "AWS_LAMBDA_RUNTIME_API": self._api.address,
                "AWS_REGION": "eu-west-1",
                "LAMBDA_TASK_ROOT": str(folder),
                "_HANDLER": handler,
                "PYTHONPATH": os.pathsep.join([str(folder), str(ROOT)]),
                **environment,
            },
            stdin=subprocess.DEVNULL,
            stdout=self._printed,
            stderr=subprocess.STDOUT,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        self._api.close()
        self._printed.close()

    def call(self, event: Any, trace: str = TRACE) -> Any:
        """What the function answers; for a failure, Lambda's error."""
        invocation = Invocation(json.dumps(event).encode(), trace)
        self.ids.append(invocation.id)
        self._api.submit(invocation)
        try:
            result = invocation.future.result(60)
        except TimeoutError:
            raise AssertionError(self.printed()) from None
        if result.pieces is None:
            return json.loads(result.payload)
        streamed = b"".join(iter(result.pieces.take, None))
        invocation.ended.result(60)
        head, _, body = streamed.partition(bytes(8))
        return {**json.loads(head), "body": body.decode()}

    def printed(self) -> str:
        """All that was printed."""
        self._printed.seek(0)
        return self._printed.read()

    def records(self) -> list[dict[str, Any]]:
        """What was printed, each line a JSON object."""
        return [json.loads(line) for line in self.printed().splitlines()]
