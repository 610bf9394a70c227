"""AWS's APIs, played by moto's server in a process of its own."""

import contextlib
import json
import subprocess
import sys
import urllib.error
import urllib.request

import boto3

from tests.eventually import eventually
from tests.ports import free_port
from tests.processes import unmeasured

CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "us-east-1",
}


class Moto:
    """A running server."""

    def __init__(self, url):
        self.url = url

    @property
    def environment(self):
        """The variables that lead boto3 to it."""
        return {**CREDENTIALS, "AWS_ENDPOINT_URL": self.url}

    def client(self, name):
        """A client of one of AWS's services."""
        return boto3.client(
            name,
            endpoint_url=self.url,
            region_name="us-east-1",
            aws_access_key_id="testing",
            aws_secret_access_key="testing",
        )

    def post(self, path, content):
        """Tell the server itself something."""
        request = urllib.request.Request(
            f"{self.url}/moto-api/{path}",
            json.dumps(content).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=30):
            return

    def reset(self):
        """Forget everything."""
        self.post("reset", {})


@contextlib.contextmanager
def moto_process():
    """Start a server, and end it."""
    port = free_port()
    code = f"from moto.server import main; main(['-H', '127.0.0.1', '-p', '{port}'])"
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", code],
        env=unmeasured(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    moto = Moto(f"http://127.0.0.1:{port}")

    def answers():
        assert process.poll() is None
        with contextlib.suppress(urllib.error.URLError, ConnectionError):
            moto.reset()
            return True
        return False

    try:
        eventually(answers, seconds=120)
        yield moto
    finally:
        process.kill()
        process.wait()
