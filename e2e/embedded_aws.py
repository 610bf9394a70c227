"""Start and stop the embedded AWS: LocalStack in host mode, without Docker and without an account.

Its data, its temporary files and its home are in a folder that goes with it.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Self

from e2e.environment import ROOT

ACCOUNT = "123456789012"
REGION = "eu-west-1"

_START_SECONDS = 120
_STOP_SECONDS = 20

_SKIPPED = ("Unable to update resource type", "is not supported but was deployed as a fallback")
"""What it logs when it tells CloudFormation's caller that something was done that was not."""


class EmbeddedAws:
    """A context manager: inside, AWS answers at `endpoint`.

    :param python: the interpreter of its virtual environment.
    :param function_pythons: Lambda runtime → interpreter of the functions of that runtime.
    :param folder: an existing folder for all that it writes.
    """

    def __init__(self, python: Path, function_pythons: dict[str, Path], folder: Path) -> None:
        self._python = python
        self._function_pythons = function_pythons
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self.log = folder / "embedded-aws.log"
        self.port = _free_port()
        self.endpoint = f"http://127.0.0.1:{self.port}"

    def client_environment(self) -> dict[str, str]:
        """Return the environment of a client: this process's, and where and who it is."""
        inherited = {
            name: value for name, value in os.environ.items() if not name.startswith("AWS_")
        }
        return {
            **inherited,
            "HOME": str(_made(self._folder / "home")),
            "TMPDIR": str(_made(self._folder / "tmp")),
            "AWS_ENDPOINT_URL": self.endpoint,
            # The embedded AWS takes a key of twelve digits for the account.
            "AWS_ACCESS_KEY_ID": ACCOUNT,
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def skipped(self) -> list[str]:
        """Return the lines of its log in which it says that it skipped a resource."""
        lines = self.log.read_text(errors="replace").splitlines()
        return [line for line in lines if any(text in line for text in _SKIPPED)]

    def __enter__(self) -> Self:
        environment = {
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "PYTHONPATH": str(ROOT),
            "PYTHONDONTWRITEBYTECODE": "1",
            "HOME": str(_made(self._folder / "home")),
            "TMPDIR": str(_made(self._folder / "tmp")),
            "FILESYSTEM_ROOT": str(_made(self._folder / "data")),
            "CONFIG_DIR": str(_made(self._folder / "config")),
            "GATEWAY_LISTEN": f"127.0.0.1:{self.port}",
            # It would report to its maker, fetch a certificate, and open port 53.
            "DISABLE_EVENTS": "1",
            "SKIP_SSL_CERT_DOWNLOAD": "1",
            "DNS_ADDRESS": "0",
            "E2E_FUNCTION_PYTHONS": json.dumps(
                {name: str(path) for name, path in self._function_pythons.items()}
            ),
        }
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                [self._python, "-m", "e2e.launcher"],
                cwd=self._folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                # The functions' processes join this group, so that none of them outlives it.
                start_new_session=True,
            )
        try:
            self._wait_until_ready()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stop()

    def _wait_until_ready(self) -> None:
        assert self._process is not None
        end = time.monotonic() + _START_SECONDS
        while time.monotonic() < end:
            if self._process.poll() is not None:
                break
            try:
                with urllib.request.urlopen(f"{self.endpoint}/_localstack/health", timeout=5):
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.3)
        log = self.log.read_text(errors="replace")[-4000:]
        raise RuntimeError(f"The embedded AWS did not start. Its log ends with:\n{log}")

    def _stop(self) -> None:
        assert self._process is not None
        self._process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_STOP_SECONDS)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _made(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    return folder
