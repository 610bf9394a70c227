"""What a long step shows: at a terminal, elsewhere, and where another command reads its output."""

import io
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

from coworks_cdk.progress import TERMINAL_VARIABLE, step
from tests.eventually import eventually

ROOT = Path(__file__).parents[2]


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_step_at_a_terminal_turns_and_leaves_a_line():
    out = Terminal()
    with step("building", out) as current:
        eventually(lambda: "\u2819 building 0 s" in out.getvalue())
        current.failed = True
    assert "building ..." not in out.getvalue()
    last = out.getvalue().rpartition("\r\x1b[K")[2]
    assert re.fullmatch(r"building: failed in \d+\.\d s\n", last)
    with pytest.raises(ValueError, match="x"), step("raising", out):
        raise ValueError("x")
    assert "raising: failed" in out.getvalue()


def test_elsewhere_lines_tell_its_beginning_and_its_end():
    out = io.StringIO()
    with step("building", out) as current:
        current.say("half of it")
    first, said, last = out.getvalue().splitlines()
    assert (first, said) == ("building ...", "half of it")
    assert re.fullmatch(r"building: done in \d+\.\d s", last)


@pytest.mark.parametrize("out", [Terminal(), io.StringIO()])
def test_what_takes_no_time_is_not_shown(out):
    with step("reading", out, patience=60):
        pass
    assert "reading" not in out.getvalue()
    with step("reading", out, patience=0.01):
        eventually(lambda: "reading" in out.getvalue())
    assert "reading: done in" in out.getvalue()


def test_of_steps_in_steps_the_innermost_turns():
    out = Terminal()
    with step("outer", out):
        eventually(lambda: " outer 0 s" in out.getvalue())
        with step("inner", out):
            eventually(lambda: " inner 0 s" in out.getvalue())
            before = out.getvalue().count(" outer ")
            eventually(lambda: out.getvalue().count(" inner ") > 3)
            assert out.getvalue().count(" outer ") <= before + 1
        inner = out.getvalue().count(" outer ")
        eventually(lambda: out.getvalue().count(" outer ") > inner)
    assert out.getvalue().splitlines()[-1].rpartition("\x1b[K")[2].startswith("outer: done")


PROGRAM = """
import time
from coworks_cdk.progress import step

with step("building"):
    time.sleep(0.5)
"""


def test_the_user_s_terminal_shows_what_a_command_between_would_keep():
    screen, user = pty.openpty()
    try:
        for name, shown in [(os.ttyname(user), True), ("/dev/no-such-terminal", False)]:
            done = subprocess.run(
                [sys.executable, "-c", PROGRAM],
                env={**os.environ, "PYTHONPATH": str(ROOT), TERMINAL_VARIABLE: name},
                capture_output=True,
                text=True,
                timeout=60,
                check=True,
            )
            lines = done.stderr.splitlines()
            assert re.fullmatch(r"building: done in \d+\.\d s", lines[-1])
            assert (lines[0] == "building ...") is not shown
            if shown:
                assert re.search(r"building \d+ s", os.read(screen, 10_000).decode())
    finally:
        os.close(screen)
        os.close(user)
