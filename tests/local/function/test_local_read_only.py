"""The guard of a function's folders, in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from coworks_cdk.local.function.read_only import guard

ROOT = Path(__file__).parents[3]
SCRIPT = """
import os, sqlite3, subprocess, sys
from coworks_cdk.local.function.read_only import protect

folder = sys.argv[1]
protect([folder])
print(subprocess.run(["touch", folder + "/new"], capture_output=True).returncode != 0)
try:
    open(folder + "/new", "w")
except OSError as error:
    print(error)
print(os.listdir(folder))
"""


def test_neither_python_nor_a_program_writes(tmp_path):
    folder = tmp_path / "task"
    folder.mkdir()
    folder.chmod(0o555)
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(folder)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=True,
    )
    expected = f"True\n[Errno 30] Read-only file system: '{folder}/new'\n[]\n"
    assert done.stdout == expected


def test_what_is_no_change_passes(tmp_path):
    hook = guard([str(tmp_path / "task")])
    hook("open", (str(tmp_path / "task" / "a"), "r", os.O_RDONLY))
    hook("open", (str(tmp_path / "tasks"), "w", os.O_WRONLY))
    hook("open", (3, "w", os.O_WRONLY))
    hook("os.remove", (str(tmp_path / "other"), -1))
    hook("import", ("os", None))
    with pytest.raises(OSError, match="Read-only file system"):
        hook("os.rename", (str(tmp_path / "other"), str(tmp_path / "task" / "b"), -1, -1))
