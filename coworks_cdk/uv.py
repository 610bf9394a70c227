"""Where uv is, which resolves and installs packages."""

from __future__ import annotations

import shutil


def find_uv() -> str | None:
    """The path of the ``uv`` command: the one installed with this Python, else one of ``PATH``."""
    try:
        import uv

        return str(uv.find_uv_bin())
    except (ImportError, FileNotFoundError):
        return shutil.which("uv")
