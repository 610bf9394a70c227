"""A project to call the commands in, by processes and in this one."""

import contextlib
import os
import signal
import stat
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from coworks_runtime.cws import cws

ROOT = Path(__file__).parents[2]

HELLO = """
    import os

    from coworks_runtime import TechMicroService, entry


    class Hello(TechMicroService):
        @entry(no_auth=True)
        def get(self):
            return f"Hello {os.environ.get('NAME', 'world')}.\\n"


    app = Hello()
    other = Hello(name="other")


    @app.cli.command("greet")
    def greet():
        print("Hello from the service.")
"""

# Stands for the CDK's command where only what it is called with matters.
FAKE_CDK = f"""#!{sys.executable} -IS
import json, os, sys

arguments = sys.argv[1:]
record = {{
    "arguments": arguments,
    "environment": {{name: os.environ.get(name) for name in ("CWS_STAGE", "JSII_NODE", "PATH", "COWORKS_TERMINAL")}},
}}
with open("cdk-calls.jsonl", "a") as file:
    file.write(json.dumps(record) + "\\n")
print("cdk: progress")
if "--outputs-file" in arguments and os.path.exists("outputs.json"):
    with open(arguments[arguments.index("--outputs-file") + 1], "w") as file:
        file.write(open("outputs.json").read())
if arguments[0] == "synth":
    os.makedirs("cdk.out", exist_ok=True)
sys.exit(int(os.environ.get("FAKE_CDK_STATUS", "0")))
"""


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Commands set variables, and put folders on the path: none of it outlives a test."""
    variables, path, modules = dict(os.environ), list(sys.path), set(sys.modules)
    for name in ("CWS_STAGE", "FLASK_APP", "FLASK_DEBUG", "TOKEN", "COLUMNS"):
        os.environ.pop(name, None)
    yield
    os.environ.clear()
    os.environ.update(variables)
    sys.path[:] = path
    for name in {"hello", "first", "tools"} & (set(sys.modules) - modules):
        del sys.modules[name]


@contextlib.contextmanager
def started(folder: Path, *arguments: str, **variables: str) -> Iterator["subprocess.Popen[str]"]:
    """A command in a process group of its own, which nothing outlives.

    Where the tests run in the background SIGINT is ignored, and processes inherit that: it is put
    back, so that Ctrl-C means what it means at a terminal.
    """
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "coworks_runtime.cws", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
    )
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


@dataclass(frozen=True)
class Project:
    """A folder with a service, and the commands called in it."""

    folder: Path

    def write(self, name: str, content: str) -> Path:
        """Write a file of the project."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(content), encoding="utf-8")
        return path

    def __call__(self, *arguments: str) -> Result:
        """Call the command in this process."""
        return CliRunner().invoke(cws, arguments, prog_name="cws")

    def start(
        self, *arguments: str, **variables: str
    ) -> "contextlib.AbstractContextManager[subprocess.Popen[str]]":
        """Call the command in a process of its own, and go on while it runs."""
        return started(self.folder, *arguments, **variables)

    def process(self, *arguments: str, **variables: str) -> "subprocess.CompletedProcess[str]":
        """Call the command in a process of its own, and wait for its end."""
        return subprocess.run(
            [sys.executable, "-m", "coworks_runtime.cws", *arguments],
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(ROOT), **variables},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project with one service, as the working directory."""
    made = Project(tmp_path)
    made.write("tech/hello.py", HELLO)
    monkeypatch.chdir(tmp_path)
    return made


@pytest.fixture
def install_fake_cdk(project: Project) -> Callable[[Path], Path]:
    """Put a recording command in place of the CDK's, in a folder."""

    def install(folder: Path) -> Path:
        path = folder / "cdk"
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(FAKE_CDK, encoding="utf-8")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return path

    return install


@pytest.fixture
def cdk_project(project: Project, install_fake_cdk: Callable[[Path], Path]) -> Project:
    """A CDK project whose command records what it is called with."""
    project.write("cdk.json", '{"app": "python app.py"}')
    install_fake_cdk(project.folder / "node_modules" / ".bin")
    return project
