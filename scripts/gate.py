"""The gate: every check that a change has to pass, in one command (``make test``).

All checks run, also after one has failed, so that one run shows all there is to mend. Those that
need one processor run side by side, each telling what it has to say when it is done. The tests
come last, and their closing line ends the output.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from subprocess import PIPE, STDOUT

ROOT = Path(__file__).resolve().parent.parent
GATE = ROOT / "build" / "gate"
ASSEMBLY = GATE / "cdk.out"
WORKERS = 2


@dataclass(frozen=True)
class Check:
    """One check: its name on the command line, and what gives its exit status."""

    name: str
    run: Callable[[], int]


def command(*arguments: str | Path, **environment: str) -> int:
    """Run a command in the project's folder and give its exit status."""
    words = [str(argument) for argument in arguments]
    env = {**os.environ, **environment}
    return subprocess.run(words, cwd=ROOT, env=env, check=False).returncode


def tool(name: str) -> str:
    """A command of the environment that runs this script."""
    return str(Path(sys.executable).with_name(name))


def check_format() -> int:
    """The sources are formatted."""
    return command(tool("ruff"), "format", "--check", ".")


def check_lint() -> int:
    """The linter has nothing to say."""
    return command(tool("ruff"), "check", "--quiet", ".")


def check_types() -> int:
    """Both packages, the sample app and the scripts are typed, strictly."""
    return command(tool("mypy"), "--num-workers", str(WORKERS))


def check_synth() -> int:
    """The CDK's validator, cdk-nag's packs and cfn-lint take the sample stack."""
    shutil.rmtree(ASSEMBLY, ignore_errors=True)
    # The validator is off in unit tests; here it runs, whatever the environment says.
    status = command(
        *("cdk", "synth", "--app", "python scripts/nagged_app.py", "--output", ASSEMBLY),
        *("--quiet", "--no-notices"),
        CDK_VALIDATION="true",
    )
    if status:
        return status
    templates = sorted(ASSEMBLY.glob("*.template.json"))
    # W3005: the CDK writes the DependsOn of a function beside the reference that implies it.
    return command(tool("cfn-lint"), "--ignore-checks", "W3005", "--", *templates)


def check_oldest() -> int:
    """The oldest versions allowed of every dependency give the same template, and work."""
    return command(sys.executable, ROOT / "scripts" / "oldest.py")


def check_docs() -> int:
    """The documentation builds without a warning."""
    return command(tool("mkdocs"), "build", "--strict", "--site-dir", GATE / "site")


def check_collection() -> int:
    """All tests are found; compiled here, they needn't be by each process that runs some."""
    # Where no test runs no snapshot is used, which is an error by itself.
    options = ("-qq", "--collect-only", "-p", "no:syrupy")
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "pytest", "tests", *options],
        cwd=ROOT,
        stdout=PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        print(done.stdout)
    return done.returncode


def check_tests() -> int:
    """The tests pass without a warning, and cover both packages, branches included."""
    # A folder of the gate's own: another run with coverage would take its processes' data away.
    data = GATE / "coverage" / ".coverage"
    shutil.rmtree(data.parent, ignore_errors=True)
    data.parent.mkdir(parents=True)
    return command(
        *(sys.executable, "-W", "error", "-m", "pytest", "tests", "-q", "-n", str(WORKERS)),
        # Each takes half of the tests, and of the other's when it is done: few modules are run by
        # both, and few of their fixtures made twice.
        *("--dist", "worksteal"),
        *("--cov", "--cov-report=term"),
        COVERAGE_FILE=str(data),
    )


CHECKS = (
    Check("format", check_format),
    Check("lint", check_lint),
    Check("types", check_types),
    Check("synth", check_synth),
    Check("oldest", check_oldest),
    Check("docs", check_docs),
    Check("collection", check_collection),
    Check("tests", check_tests),
)
LANES = (("format", "lint", "types", "synth", "docs", "collection"), ("oldest",), ("tests",))
"""Side by side run those of the first two, then the third."""


def main() -> int:
    """Run the checks named on the command line, by default all, and say which failed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("checks", nargs="*", help=f"of {', '.join(c.name for c in CHECKS)}")
    asked = parser.parse_args().checks
    unknown = sorted(set(asked) - {check.name for check in CHECKS})
    if unknown:
        parser.error(f"no such check: {', '.join(unknown)}")
    chosen = [check.name for check in CHECKS if not asked or check.name in asked]
    if len(chosen) == 1:
        (check,) = (check for check in CHECKS if check.name == chosen[0])
        print(f"== {check.name}", flush=True)
        start = time.monotonic()
        status = check.run()
        if check.name != "tests":
            print(f"   {time.monotonic() - start:.0f} s", flush=True)
        return 1 if status else 0
    first, second, last = ([name for name in lane if name in chosen] for lane in LANES)
    with ThreadPoolExecutor(2) as lanes:
        failed = [name for lane in lanes.map(run_quietly, (first, second)) for name in lane]
    if last:
        if failed:
            print(f"Failed so far: {', '.join(failed)}", flush=True)
        failed += [name for name in last if run_alone(name).returncode]
    if failed:
        print(f"The gate is closed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def run_alone(name: str, output: int | None = None) -> subprocess.CompletedProcess[str]:
    """Run one check in a process of its own.

    :param output: where its output goes, by default where this one's does.
    """
    command = [sys.executable, __file__, name]
    return subprocess.run(command, stdout=output, stderr=output and STDOUT, text=True, check=False)


def run_quietly(names: Sequence[str]) -> list[str]:
    """Run checks one after the other, each shown when it is done; gives those that failed."""
    failed = []
    for name in names:
        done = run_alone(name, PIPE)
        sys.stdout.write(done.stdout)
        sys.stdout.flush()
        if done.returncode:
            failed.append(name)
    return failed


if __name__ == "__main__":
    sys.exit(main())
