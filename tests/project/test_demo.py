"""``make demo`` shows the quickstart, and fails where an answer is wrong."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(scope="module")
def demo() -> ModuleType:
    spec = importlib.util.spec_from_file_location("demo", ROOT / "scripts" / "demo.py")
    module = importlib.util.module_from_spec(spec)
    # Its dataclasses look for their module.
    sys.modules["demo"] = module
    spec.loader.exec_module(module)
    return module


def test_every_answer_of_the_quickstart_is_right(demo: ModuleType, shell: dict[str, str]) -> None:
    tools = ROOT / "node_modules" / ".bin"
    done = subprocess.run(
        [sys.executable, "scripts/demo.py"],
        cwd=ROOT,
        env={**shell, "PATH": os.pathsep.join([str(tools), shell["PATH"]])},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    total = len(demo.CALLS)
    assert f"== {total} of {total} answers are right" in done.stdout
    assert done.stdout.count("\n$ curl ") == total
    assert "profiler.get" in done.stdout
    assert "curl -H 'Authorization: token' http://127.0.0.1:" in done.stdout


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ((200, "text/plain", "a then b"), []),
        ((500, "text/plain", "a then b"), ["status 200 was expected"]),
        ((200, "text/html", "a then b"), ["'text/plain' was expected, got 'text/html'"]),
        ((200, "text/plain", "b then a"), ["the body was expected to have 'b'"]),
    ],
)
def test_a_wrong_answer_is_told(
    demo: ModuleType, answer: tuple[int, str, str], told: list[str]
) -> None:
    call = demo.Call("Hello", "", 200, ("a", "b"), content_type="text/plain")
    assert demo.problems(call, demo.Answer(*answer)) == told
