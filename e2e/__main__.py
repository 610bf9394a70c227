"""`python -m e2e`: deploy the quickstart with the CDK to an embedded AWS, use it, take it away.

Exit status 0: all checks passed, or the run was skipped because this machine lacks the Python
version that the embedded AWS needs; 1: a check or a command failed.
"""

from __future__ import annotations

import argparse
import platform
import shutil
import signal
import sys
import tempfile
from pathlib import Path

from e2e.cdk import Cdk, CommandError
from e2e.client import Deployed
from e2e.embedded_aws import EmbeddedAws
from e2e.environment import (
    EMBEDDED_AWS_PYTHON,
    HERE,
    SetUpError,
    find_python,
    virtual_environment,
)
from e2e.report import Report
from e2e.scenario import Scenario, copy_project


def main() -> int:
    """Run the scenario; see the module's docstring for the exit status."""
    parser = argparse.ArgumentParser(prog="python -m e2e", description=__doc__)
    parser.add_argument(
        "--keep-log", metavar="FILE", type=Path, help="copy the embedded AWS's log to FILE"
    )
    options = parser.parse_args()

    # So that a run that is told to end ends what it started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))

    version = "{}.{}".format(*EMBEDDED_AWS_PYTHON)
    python = find_python(EMBEDDED_AWS_PYTHON)
    if python is None:
        sys.stdout.write(
            f"SKIPPED: the embedded AWS runs on Python {version} only, and none was found: no "
            f"python{version} on PATH, none of pyenv's, none that uv knows. Install one "
            f"(`uv python install {version}`, for example) and run this again.\n"
        )
        return 0

    report = Report()
    try:
        with report.step("Set up"):
            aws_python = virtual_environment("venv", python, HERE / "requirements.txt")
            function_python = virtual_environment(
                "function", Path(sys.executable).resolve(), HERE / "requirements-function.txt"
            )
        with tempfile.TemporaryDirectory(prefix="e2e-") as name:
            folder = Path(name)
            runtime = "python{}.{}".format(*sys.version_info[:2])
            aws = EmbeddedAws(aws_python, {runtime: function_python}, folder)
            try:
                _run(report, aws, folder)
            finally:
                if options.keep_log and aws.log.exists():
                    shutil.copy(aws.log, options.keep_log)
    except (SetUpError, CommandError) as error:
        sys.stdout.write(f"\nFAILED: {error}\n")
        return 1
    return report.end()


def _run(report: Report, aws: EmbeddedAws, folder: Path) -> None:
    architecture = "arm64" if platform.machine() in {"arm64", "aarch64"} else "x86_64"
    project = copy_project(folder / "project")
    with aws:
        cdk = Cdk(project, aws, {"stage": "dev", "architecture": architecture})
        Scenario(report, cdk, Deployed(aws), project, aws).run()


if __name__ == "__main__":
    sys.exit(main())
