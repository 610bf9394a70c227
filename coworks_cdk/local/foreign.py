"""Layers that were built for another platform than this machine's."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path


def native(layer: Path, say: Callable[[str], None]) -> Path:
    """Give a layer that this machine can run."""
    return layer
