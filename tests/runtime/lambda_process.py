"""A service in Lambda's own runtime client."""

import json
import os
import subprocess
import sys

from coworks_cdk.local.function.runtime_api import Invocation, RuntimeApi


def run_lambda(tmp_path, source, events):
    """Run a service in Lambda's own runtime client; its results and its log."""
    (tmp_path / "service.py").write_text(source)
    api = RuntimeApi("arn:aws:lambda:eu-west-1:123456789012:function:f", timeout=60)
    environment = {
        **os.environ,
        "AWS_LAMBDA_RUNTIME_API": api.address,
        "AWS_LAMBDA_FUNCTION_NAME": "f",
        "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path]),
    }
    with subprocess.Popen(
        [sys.executable, "-m", "awslambdaric", "service.app"],
        env=environment,
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        invocations = [Invocation(json.dumps(event).encode(), "") for event in events]
        for invocation in invocations:
            api.submit(invocation)
        results = [invocation.future.result(60) for invocation in invocations]
        if not events:
            process.wait(60)
        process.terminate()
        log = process.stdout.read()
    error = api.init_error
    api.close()
    return [(r.failed, json.loads(r.payload)) for r in results], error, log, invocations
