"""``python -m coworks_cdk.local``, as a user runs it."""

import contextlib
import http.client
import json
import os
import re
import signal
import subprocess
import sys
import threading
import urllib.request
from pathlib import Path

import pytest

from tests.eventually import eventually
from tests.local.assemblies import resource, service, write
from tests.processes import is_gone

ROOT = Path(__file__).parents[2]
ANSWER = "def handler(event, context): return {'statusCode': 200, 'body': '%s'}"


class Command:
    """The command, its output read as it comes."""

    def __init__(self, *arguments, environment=None, before=()):
        self.lines = []
        self.process = subprocess.Popen(
            [sys.executable, *before, "-m", "coworks_cdk.local", *arguments],
            # Not the JSON of a pipe: what is looked for is what somebody reads.
            env={
                **os.environ,
                "PYTHONPATH": str(ROOT),
                "CWS_LOG_FORMAT": "text",
                **(environment or {}),
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.reader = threading.Thread(target=self._read)
        self.reader.start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.append(line.rstrip())

    def wait_for(self, pattern, *, times=1):
        def last():
            found = [match for line in self.lines if (match := re.search(pattern, line))]
            return found[times - 1] if len(found) >= times else None

        return eventually(last, lambda: f"no {pattern!r} in {self.lines}")

    def stop(self, number=signal.SIGINT):
        if self.process.poll() is None:
            self.process.send_signal(number)
        status = self.process.wait(60)
        self.reader.join(60)
        self.process.stdout.close()
        return status


@contextlib.contextmanager
def running(*arguments, **keywords):
    command = Command(*map(str, arguments), **keywords)
    try:
        yield command
    finally:
        command.stop(signal.SIGKILL)


def fetch(url, seconds=60):
    with urllib.request.urlopen(url, timeout=seconds) as response:
        return response.read()


def fetch_in_vain(url):
    with contextlib.suppress(OSError, http.client.HTTPException):
        fetch(url)


@pytest.fixture(params=[signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def number(request):
    """A signal that a command is ended by, also where the tests run under nohup."""
    before = signal.signal(request.param, signal.SIG_DFL)
    yield request.param
    signal.signal(request.param, before)


def test_serving_until_interrupted(tmp_path, number):
    folder = write(tmp_path / "cdk.out", service(), {"app.py": ANSWER % "one"})
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    environment = {"TMPDIR": str(temporary)}
    with running(folder, "--port", 0, environment=environment) as command:
        url = command.wait_for(r"^Service  (http://127\.0\.0\.1:\d+/dev/)$")[1]
        command.wait_for("Press CTRL")
        assert fetch(url) == b"one"
        assert os.listdir(temporary)
        assert command.stop(number) == 0
        assert os.listdir(temporary) == []
        assert not any("Traceback" in line for line in command.lines)


BUSY = """
import json, os, subprocess, time

child = subprocess.Popen(["sleep", "600"])

def handler(event, context):
    if event["queryStringParameters"]:
        print("busy", flush=True)
        time.sleep(600)
    pids = [os.getpid(), os.getppid(), child.pid]
    return {"statusCode": 200, "body": json.dumps(pids)}
"""


def test_nothing_outlives_a_gateway_that_is_killed(tmp_path):
    folder = write(tmp_path / "cdk.out", service(), {"app.py": BUSY})
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    with running(folder, "--port", 0, environment={"TMPDIR": str(temporary)}) as command:
        url = command.wait_for(r"^Service  (http://\S+)$")[1]
        pids = json.loads(fetch(url))
        slow = threading.Thread(target=fetch_in_vain, args=(url + "?slow=1",))
        slow.start()
        command.wait_for("busy")
        assert command.stop(signal.SIGKILL) == -signal.SIGKILL
        slow.join(60)
    eventually(lambda: all(map(is_gone, pids)))
    eventually(lambda: os.listdir(temporary) == [], lambda: os.listdir(temporary))


def test_the_gateway_ends_with_the_command_that_started_it(tmp_path):
    folder = write(tmp_path / "cdk.out", service(), {"app.py": BUSY})
    start = [
        "import os, sys",
        "from coworks_runtime.cws.process import run_process",
        "run_process(sys.argv[1:], os.environ, ends_with_this=True)",
    ]
    with running(folder, "--port", 0, before=("-c", "\n".join(start), sys.executable)) as command:
        url = command.wait_for(r"^Service  (http://\S+)$")[1]
        pids = json.loads(fetch(url))
        command.process.kill()
        eventually(lambda: all(map(is_gone, pids)))


def test_reloading(tmp_path):
    folder = write(tmp_path / "cdk.out", service(), {"app.py": ANSWER % "one"})
    with running(folder, "--port", 0) as command:
        url = command.wait_for(r"^Service  (http://\S+)$")[1]
        assert fetch(url) == b"one"
        (folder / "Stack.template.json").write_text("{")
        command.wait_for("still serving what was there before: .*synthesize again")
        assert fetch(url) == b"one"
        resources = service(Url=resource("AWS::Lambda::Url"))
        write(folder, resources, {"app.py": ANSWER % "two"})
        command.wait_for("cdk.out changed: reloaded")
        command.wait_for("note: Stack/Url: function URLs are not served here")
        assert fetch(url) == b"two"
        assert command.stop() == 0


def run(*arguments, environment=None):
    return subprocess.run(
        [sys.executable, "-m", "coworks_cdk.local", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={**os.environ, "PYTHONPATH": str(ROOT), **(environment or {})},
    )


def test_errors_end_the_command(tmp_path):
    done = run(tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith(f"Error: {tmp_path}: no manifest.json there; synthesize first")


def test_an_unknown_service(tmp_path):
    done = run(write(tmp_path / "cdk.out", service()), "--service", "Other")
    assert done.returncode == 1
    assert done.stderr == "Error: no service 'Other' in the assembly (services: Service)\n"


def test_a_taken_port(tmp_path):
    folder = write(tmp_path / "cdk.out", service())
    with running(folder, "--port", 0) as command:
        port = command.wait_for(r":(\d+)/dev/$")[1]
        done = run(folder, "--port", port)
        assert done.returncode == 1
        assert f"port {port}: Address already in use; choose another" in done.stderr
