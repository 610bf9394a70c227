"""The quickstart, from an empty folder and the built wheel: its commands in their order."""

import os
import re
import shlex
import subprocess
import sys
import sysconfig
import threading
import urllib.request
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.processes import run
from tests.project.documents import blocks, calls, curl
from tests.project.serving import served

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = ROOT / "docs" / "quickstart.md"
UV = Path(sys.executable).with_name("uv")
CDK = ROOT / "node_modules" / ".bin" / "cdk"

# What only an account of AWS answers.
AWS = re.compile(r"cws (bootstrap|deploy|url|destroy)\b|curl .*https://")
# What makes the environment: done before, from the wheel.
SETUP = re.compile(r"python3 -m venv|\. \.venv|pip install")


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The shell of somebody who installed the built wheel, and has nothing else of the project."""
    folder = tmp_path_factory.mktemp("installed")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True, timeout=120)
    (wheel,) = folder.glob("*.whl")
    subprocess.run([UV, "venv", "-q", "-p", sys.executable, folder / "venv"], check=True)
    python = folder / "venv" / "bin" / "python"
    command = [UV, "pip", "install", "-q", "-p", python, "--no-deps", "--offline", wheel]
    subprocess.run(command, check=True, timeout=120)
    # What it needs is there already, where this runs: no network is asked. Its own packages are
    # the wheel's.
    purelib = "import sysconfig; print(sysconfig.get_path('purelib'))"
    site = subprocess.check_output([python, "-c", purelib], text=True).strip()
    for entry in Path(sysconfig.get_path("purelib")).iterdir():
        if entry.suffix != ".pth" and not Path(site, entry.name).exists():
            Path(site, entry.name).symlink_to(entry)
    (python.parent / "uv").symlink_to(UV)  # a link of its package doesn't bring it
    where = "import coworks_cdk, coworks_runtime; print(coworks_cdk.__file__)"
    imported = subprocess.check_output([python, "-c", where], cwd=folder, text=True)
    assert imported.startswith(site)
    dropped = ("PYTHON", "VIRTUAL_ENV", "COV", "FLASK_", "CWS_", "TOKEN", "JSII_", "CDK_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
    path = os.pathsep.join([str(python.parent), os.defpath])
    return {**kept, "PATH": path, "CDK_VALIDATION": "false"}


def text_of(block_text: str) -> str:
    """A block's text, the file that it includes in its place."""
    included = re.fullmatch(r'--8<-- "(.+)"\s*', block_text)
    return (ROOT / included[1]).read_text() if included else block_text


@pytest.mark.slow
@pytest.mark.skipif(not CDK.exists(), reason="the CDK's command is not installed")
def test_the_page_can_be_followed_to_its_end(environment, tmp_path) -> None:
    # Without a registry: what `npm install` would bring.
    (tmp_path / "node_modules").symlink_to(ROOT / "node_modules")
    done = []
    with ExitStack() as stack:
        url = ""
        for block in blocks(PAGE):
            if block.title:
                file = tmp_path / block.title
                assert file.parent.is_dir(), f"{block}: no command made the folder"
                file.write_text(text_of(block.text))
            elif block.language == "sh":
                for line in block.text.splitlines():
                    command = line.partition("  #")[0].strip()
                    if AWS.match(command) or SETUP.match(command):
                        continue
                    stack.close()
                    done.append(command)
                    if command == "cws local":
                        url = ""
                        check_local(tmp_path, environment)
                    elif command.startswith("cws") and command.endswith("run"):
                        url, _ = stack.enter_context(
                            served(tmp_path, environment, *shlex.split(command)[:-1])
                        )
                    else:
                        run_line(command, tmp_path, environment)
            elif block.language == "console":
                for command, output in calls(block.text):
                    answer = curl(command, url)
                    assert not output.strip() or answer.strip() == output.strip(), command
                    assert answer
                    done.append(command)
    assert sum(command.startswith("curl") for command in done) >= 7
    assert [command for command in done if command.startswith("cws")] == [
        *(f"cws --app {name} run" for name in ("hello", "first", "complete")),
        "cws synth --quiet",
        "cws local",
    ]


def run_line(command: str, folder: Path, environment: dict[str, str]) -> None:
    """Run a command of the page as a shell does."""
    result = run(["/bin/sh", "-c", command], folder, environment)
    assert result.returncode == 0, result.stdout + result.stderr


def check_local(folder: Path, environment: dict[str, str]) -> None:
    """Serve what was synthesized, and call it."""
    process = subprocess.Popen(
        ["cws", "local", "--port", "0"],
        cwd=folder,
        env={**environment, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    guard = threading.Timer(240, process.kill)
    guard.start()
    try:
        seen = []
        for line in process.stdout or ():
            seen.append(line)
            found = re.search(r"Hello\s+(http://\S+)", line)
            if found:
                opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
                with opener.open(found[1], timeout=60) as response:
                    assert response.read() == b"Hello world.\n"
                return
        pytest.fail("".join(seen))
    finally:
        guard.cancel()
        process.terminate()
        process.communicate(timeout=60)
