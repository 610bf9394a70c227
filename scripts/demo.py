"""The quickstart, from its sources to its answers (``make demo``).

Synthesizes the sample stack, serves what was synthesized on this machine, makes the quickstart's
calls and compares each answer. Works in a copy of the sample, so that its token is in a file of its
own. The exit status is 0 when every answer is the expected one.
"""

from __future__ import annotations

import os
import platform
import queue
import re
import shlex
import shutil
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROJECT = ROOT / "build" / "demo"
SAMPLE = ("app.py", "cdk.json", "tech")
START_SECONDS = 120
SHOWN_LINES = 12


@dataclass(frozen=True)
class Call:
    """One call of the quickstart, and what its answer has to be.

    :param service: the construct's id.
    :param body: JSON; a call with a body is a POST.
    :param expected: patterns that the answer's body must have, in this order.
    """

    service: str
    path: str
    status: int
    expected: tuple[str, ...]
    token: str | None = None
    body: str | None = None
    content_type: str | None = None


JSON = "application/json"
TEXT = "text/plain; charset=utf-8"
CALLS = (
    Call("Hello", "", 200, (r"\AHello world\.\n\Z",), content_type=TEXT),
    Call("Hello", "/nowhere", 404, (r'"message":"Not Found"',), content_type=JSON),
    Call("First", "", 401, (r'"message":"Unauthorized"',), content_type=JSON),
    Call("First", "", 403, (r'"message":"Forbidden"',), "wrong", content_type=JSON),
    Call("First", "", 200, (r"\AStored value 0\.\n\Z",), "token"),
    Call("First", "", 200, (r"\AValue stored \(20\)\.\n\Z",), "token", '{"value":20}'),
    Call("First", "", 200, (r"\AStored value 20\.\n\Z",), "token"),
    Call("First", "", 422, (r"valeu",), "token", '{"valeu":20}', JSON),
    Call("Complete", "", 401, (r'"message":"Unauthorized"',)),
    Call("Complete", "", 200, (r"\AStored value 0\.\n\Z",), "mytoken"),
    Call(
        "Complete",
        "/profile",
        200,
        (r"PATH: '/", r"function calls", r"Ordered by: internal time, call count"),
        "mytoken",
    ),
    Call(
        "Complete",
        "/admin",
        200,
        (r"<html", r"<strong>one value</strong>", r"/profile"),
        content_type="text/html; charset=utf-8",
    ),
)


@dataclass(frozen=True)
class Answer:
    """What a call got."""

    status: int
    content_type: str
    body: str


@dataclass
class Gateway:
    """The process that serves the synthesized stack.

    :param urls: the URL of each service, by construct id.
    """

    process: subprocess.Popen[str]
    urls: dict[str, str] = field(default_factory=dict)


def title(text: str) -> None:
    """A line that parts the demo's output."""
    print(f"\n== {text}", flush=True)


def environment() -> dict[str, str]:
    """The process's environment, without what would say something of the services."""
    dropped = {"TOKEN", "CWS_STAGE", "FLASK_APP", "FLASK_DEBUG"}
    return {name: value for name, value in os.environ.items() if name not in dropped}


def step(*command: str) -> None:
    """Show a command and run it in the demo's folder; end with it where it fails."""
    print(f"$ {shlex.join(command)}", flush=True)
    done = subprocess.run(command, cwd=PROJECT, env=environment(), check=False)
    if done.returncode:
        sys.exit(f"failed with status {done.returncode}: {shlex.join(command)}")


def architecture() -> str:
    """This machine's own, so that what is synthesized runs here as it is."""
    return "arm64" if platform.machine().lower() in {"arm64", "aarch64"} else "x86_64"


def copy_sample() -> None:
    """The sample as a project of its own, with the token of the quickstart in its ``.env``."""
    PROJECT.mkdir(parents=True, exist_ok=True)
    for name in SAMPLE:
        source, target = ROOT / name, PROJECT / name
        if source.is_dir():
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", ".env*"))
        else:
            shutil.copy2(source, target)
    (PROJECT / ".env").write_text("TOKEN=mytoken\n", encoding="utf-8")
    print("$ echo TOKEN=mytoken > .env")


def pump(process: subprocess.Popen[str], lines: queue.Queue[str | None]) -> None:
    """Hand on what the gateway prints, and a None when it ends."""
    for line in process.stdout or ():
        lines.put(line.rstrip("\n"))
    lines.put(None)


@contextmanager
def serving(services: set[str]) -> Iterator[Gateway]:
    """The gateway, ready to be called; ended with its functions on the way out.

    :param services: the construct ids that it has to name a URL for.
    """
    command = ("python", "-m", "coworks_cdk.local", "cdk.out", "--port", "0")
    print(f"$ {shlex.join(command)}", flush=True)
    process = subprocess.Popen(
        [sys.executable, *command[1:]],
        cwd=PROJECT,
        env={**environment(), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    gateway = Gateway(process)
    try:
        lines: queue.Queue[str | None] = queue.Queue()
        threading.Thread(target=pump, args=(process, lines), daemon=True).start()
        limit = time.monotonic() + START_SECONDS
        while not services <= gateway.urls.keys():
            try:
                line = lines.get(timeout=max(0.1, limit - time.monotonic()))
            except queue.Empty:
                sys.exit(f"the gateway named no URL within {START_SECONDS} seconds")
            if line is None:
                sys.exit(f"the gateway ended with status {process.wait()}")
            print(line, flush=True)
            found = re.search(r"(\w+)\s+(http://\S+)$", line)
            if found:
                gateway.urls[found[1]] = found[2].rstrip("/")
        yield gateway
    finally:
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def request(url: str, call: Call) -> Answer:
    """Make a call."""
    headers = {} if call.token is None else {"Authorization": call.token}
    data = None
    if call.body is not None:
        headers["Content-Type"] = JSON
        data = call.body.encode()
    asked = urllib.request.Request(url, data=data, headers=headers)
    # The call stays on this machine, whatever proxy the environment names.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(asked, timeout=60) as response:
            return Answer(response.status, *content(response.headers, response.read()))
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, *content(error.headers, error.read()))


def content(headers: Message, body: bytes) -> tuple[str, str]:
    """An answer's media type and its text."""
    return headers.get("Content-Type", ""), body.decode("utf-8", "replace")


def as_curl(url: str, call: Call) -> str:
    """The call as one would type it."""
    words = ["curl"]
    if call.body is not None:
        words += ["-d", call.body, "-H", f"Content-Type: {JSON}"]
    if call.token is not None:
        words += ["-H", f"Authorization: {call.token}"]
    return shlex.join([*words, url])


def problems(call: Call, answer: Answer) -> list[str]:
    """What is wrong with an answer."""
    found = []
    if answer.status != call.status:
        found.append(f"status {call.status} was expected")
    if call.content_type and answer.content_type != call.content_type:
        found.append(f"{call.content_type!r} was expected, got {answer.content_type!r}")
    position = 0
    for pattern in call.expected:
        match = re.compile(pattern).search(answer.body, position)
        if match is None:
            found.append(f"the body was expected to have {pattern!r}")
            break
        position = match.end()
    return found


def show(answer: Answer) -> None:
    """Print an answer, the beginning of a long one."""
    lines = answer.body.splitlines()
    print(f"{answer.status} {answer.content_type}")
    for line in lines[:SHOWN_LINES]:
        print(f"  {line[:120]}")
    if len(lines) > SHOWN_LINES:
        print(f"  ... {len(lines) - SHOWN_LINES} lines more")


def make_calls(gateway: Gateway) -> int:
    """Make every call and give the number of wrong answers."""
    wrong = 0
    for call in CALLS:
        url = gateway.urls[call.service] + call.path
        print(f"\n$ {as_curl(url, call)}", flush=True)
        answer = request(url, call)
        show(answer)
        for problem in problems(call, answer):
            print(f"WRONG: {problem}", flush=True)
        wrong += bool(problems(call, answer))
    return wrong


def main() -> int:
    """Synthesize, serve, call, compare."""
    start = time.monotonic()
    title(f"The quickstart, in {PROJECT.relative_to(ROOT)}")
    copy_sample()
    title("Its routes")
    for service in ("hello", "first", "complete"):
        step("cws", "--app", service, "routes")
    title("Synthesize")
    step("cdk", "synth", "--quiet", "--no-notices", "-c", f"architecture={architecture()}")
    title("Serve what was synthesized")
    with serving({call.service for call in CALLS}) as gateway:
        title("Call it")
        wrong = make_calls(gateway)
    title(f"{len(CALLS) - wrong} of {len(CALLS)} answers are right")
    print(f"   {time.monotonic() - start:.0f} s")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
