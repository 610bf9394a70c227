"""Files of projects under test."""

import sys
from pathlib import Path

from coworks_cdk.packaging.target import Target

HERE = f"{sys.version_info.major}.{sys.version_info.minor}"
TARGET = Target(HERE, "arm64")


def write(folder: Path, name: str, text: str = "") -> Path:
    """Write a file, and the folders that it is in."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path
