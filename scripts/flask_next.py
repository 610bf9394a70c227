"""Runs the handler's tests with the newest Flask and Werkzeug that can be had (``make flask-next``).

They are installed into an environment of their own: the newest versions of the package index,
pre-releases among them, or Flask's main branch where the index has nothing new. With versions that
``coworks_runtime/verified.py`` doesn't list, every event takes the WSGI way: what passes here may be
used, and may be added there once the whole gate passes with it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HOME = ROOT / ".cache" / "flask-next"
PYTHON = HOME / "bin" / "python"
SOURCES = {
    "the newest on the package index": ("flask", "werkzeug"),
    "the main branches on GitHub": (
        "flask @ https://github.com/pallets/flask/archive/refs/heads/main.zip",
        "werkzeug @ https://github.com/pallets/werkzeug/archive/refs/heads/main.zip",
    ),
}
TESTS = ("tests/runtime/on_lambda/test_handler.py", "tests/runtime/test_responses.py")
REPORT = """
from importlib.metadata import version
from coworks_runtime import verified
names = " and ".join(f"{name.capitalize()} {version(name)}" for name in verified.VERIFIED)
print(("" if verified.is_verified() else "new: ") + names)
"""


def uv(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    """Run uv of this environment."""
    command = Path(sys.executable).with_name("uv")
    return subprocess.run([command, *arguments], cwd=ROOT, check=False)


def python(*arguments: str, capture: bool = False) -> subprocess.CompletedProcess[str]:
    """Run the new environment's Python, which sees this project's sources."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [str(PYTHON), *arguments]
    return subprocess.run(
        command, cwd=ROOT, env=environment, text=True, check=False, capture_output=capture
    )


def install(packages: tuple[str, ...]) -> bool:
    """Bring packages, and what the tests need, into the new environment."""
    dependencies: list[str] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"][
        "dependencies"
    ]
    others = [name for name in dependencies if not name.startswith(("flask", "werkzeug"))]
    needed = (*others, "asgiref", "awslambdaric", "pytest", *packages)
    options = ("--quiet", "--upgrade", "--prerelease", "allow", "--python", str(PYTHON))
    return uv("pip", "install", *options, *needed).returncode == 0


def main() -> int:
    """The exit status: of the tests; 0 where there is nothing new."""
    if uv("venv", "--quiet", "--clear", "--python", sys.executable, str(HOME)).returncode != 0:
        return 1
    for source, packages in SOURCES.items():
        if not install(packages):
            print(f"{source}: can't be had")
            continue
        done = python("-c", REPORT, capture=True)
        if done.returncode != 0:
            print(f"{source}: coworks_runtime can't be imported with it\n{done.stderr}")
            return 1
        found = done.stdout.strip()
        if not found.startswith("new: "):
            print(f"{source}: {found}, which are verified")
            continue
        print(f"{source}: {found.removeprefix('new: ')}")
        tests = ("-m", "pytest", *TESTS, "-q", "-p", "no:cacheprovider", *sys.argv[1:])
        return python(*tests).returncode
    print("No newer version than those that are verified: nothing is tested.")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
