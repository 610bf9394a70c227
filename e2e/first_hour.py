"""`python -m e2e.first_hour`: a new project from the built wheel, by real pip and npm, to a deploy.

The project's workflow is run as GitHub's runner runs it. What needs AWS is deployed to the embedded
one, and left out where this machine lacks the Python version that it needs. Exit status 0: all
checks passed; 1: one failed.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from e2e.embedded_aws import EmbeddedAws
from e2e.environment import (
    EMBEDDED_AWS_PYTHON,
    HERE,
    ROOT,
    find_python,
    virtual_environment,
)
from e2e.report import Report
from e2e.workflow import steps_of

_NAME = "shop"
_NEEDS_AWS = ("diff", "deploy")


class Shell:
    """The shell of somebody who has Python and nothing else.

    :param report: is told what each command came to.
    :param home: a folder for all that the commands keep.
    """

    def __init__(self, report: Report, home: Path) -> None:
        self._report = report
        self.folder = home
        dropped = ("AWS_", "CDK_", "CWS_", "FLASK_", "JSII_", "PYTHON", "TOKEN", "VIRTUAL_ENV")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
        bin_folder = home / "venv" / "bin"
        self.environment = {
            **kept,
            "PATH": os.pathsep.join([str(bin_folder), os.defpath]),
            "COWORKS_CACHE_DIR": str(home / "coworks"),
            "GITHUB_STEP_SUMMARY": str(home / "summary.md"),
            "CDK_DISABLE_CLI_TELEMETRY": "true",
        }

    def run(self, *command: str | Path) -> str:
        """Run a command, which is to succeed; gives what it printed."""
        words = [str(word) for word in command]
        done = subprocess.run(
            words,
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        self.succeeded(" ".join(words), done)
        return done.stdout

    def succeeded(self, what: str, done: subprocess.CompletedProcess[str]) -> None:
        """Check that a command succeeded."""
        first = " ".join(what.split())[:70]
        said = f"status {done.returncode}\n{(done.stdout + done.stderr)[-3000:]}"
        self._report.true(first, done.returncode == 0, said)


def main() -> int:
    """Run it all; see the module's docstring for the exit status."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    report = Report()
    with tempfile.TemporaryDirectory(prefix="first-hour-") as name, ExitStack() as stack:
        shell = Shell(report, Path(name))
        with report.step("Install the wheel"):
            _install(shell)
        with report.step("Make a project"):
            shell.run("cws", "new", _NAME, "--ci", "github")
            shell.folder /= _NAME
        aws = stack.enter_context(found) if (found := _embedded_aws(Path(name))) else None
        if aws is not None:
            # Its functions have their layers' packages from here, and no other architecture.
            shell.environment |= aws.client_environment() | {"PATH": shell.environment["PATH"]}
            with report.step("Bootstrap"):
                shell.run("cws", "bootstrap")
        _run_workflow(report, shell, without=() if aws else _NEEDS_AWS)
        if aws is not None:
            with report.step("Destroy"):
                shell.run("cws", "--stage", "prod", "destroy", "--yes")
    return report.end()


def _install(shell: Shell) -> None:
    wheels = shell.folder / "dist"
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(wheels)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = wheels.glob("*.whl")
    shell.run(Path(sys.executable).resolve(), "-m", "venv", shell.folder / "venv")
    shell.run("pip", "install", "--quiet", f"{wheel}[all]")


def _embedded_aws(folder: Path) -> EmbeddedAws | None:
    python = find_python(EMBEDDED_AWS_PYTHON)
    if python is None:
        return None
    aws_python = virtual_environment("venv", python, HERE / "requirements.txt")
    own = Path(sys.executable).resolve()
    function_python = virtual_environment("function", own, HERE / "requirements-function.txt")
    runtime = "python{}.{}".format(*sys.version_info[:2])
    return EmbeddedAws(aws_python, {runtime: function_python}, folder)


def _run_workflow(report: Report, shell: Shell, without: tuple[str, ...]) -> None:
    file = shell.folder / ".github" / "workflows" / "deploy.yml"
    told = ""
    for step in steps_of(file, {"secrets.TOKEN": "a-token-of-the-run"}):
        if step.job in without:
            continue
        with report.step(f"Workflow, {step.job}"):
            done = step.run(shell.folder, shell.environment)
            shell.succeeded(step.commands, done)
            told = done.stdout
    if not without:
        report.true("the URL is of the stage", told.strip().endswith("/prod/"), told)
        summary = Path(shell.environment["GITHUB_STEP_SUMMARY"]).read_text(encoding="utf-8")
        report.true(
            "the pull request's summary shows what would change",
            "AWS::Lambda::Function" in summary,
            summary[-2000:],
        )


if __name__ == "__main__":
    sys.exit(main())
