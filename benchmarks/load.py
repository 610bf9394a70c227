"""Many requests at once to the local gateway: every answer is checked, its memory is watched.

``python -m benchmarks.load`` sends 10,000 requests at concurrency 50 and ends with status 1 where
an answer is wrong or memory grows. ``--kill 5`` ends five of the function's processes meanwhile:
each may cost one request, answered 502, and no more.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from tests.parity.side_by_side import HERE, synthesize

ALLOWED_GROWTH = 40.0
"""Megabytes that the gateway may grow by between a tenth of the requests and all of them."""

Sent = tuple[str, str, bytes | None, dict[str, str], int, Any]
"""Method, path, body and headers of a request, status and JSON of its answer."""


@dataclass
class Report:
    """What a run showed."""

    sent: int = 0
    wrong: list[str] = field(default_factory=list)
    lost: int = 0
    """Answers 502."""
    killed: int = 0
    seconds: list[float] = field(default_factory=list)
    elapsed: float = 0.0
    memory: list[float] = field(default_factory=list)
    """Megabytes of the gateway: after a tenth of the requests, and at the end."""

    def lines(self) -> Iterator[str]:
        """The report, for people."""
        ordered = sorted(self.seconds) or [0.0]
        yield f"{self.sent} requests in {self.elapsed:.1f} s: {self.sent / self.elapsed:.0f} a second"
        for share in (0.5, 0.95, 0.99):
            yield f"{share:.0%} within {ordered[int(share * (len(ordered) - 1))] * 1000:.0f} ms"
        yield f"memory of the gateway: {' then '.join(f'{m:.0f} MB' for m in self.memory)}"
        yield f"processes killed: {self.killed}, requests that met it: {self.lost}"
        yield f"wrong answers: {len(self.wrong)}"
        yield from self.wrong[:10]

    @property
    def is_good(self) -> bool:
        """Whether every answer was right, and memory stable."""
        grown = self.memory[-1] - self.memory[0]
        return not self.wrong and self.lost <= self.killed and grown < ALLOWED_GROWTH


def request_for(number: int) -> Sent:
    """A request that no other one equals."""
    kind = number % 5
    if kind == 0:
        return "GET", f"/item/{number}", None, {}, 200, {"value": str(number)}
    if kind == 1:
        body = json.dumps({"number": number}).encode()
        return "POST", "/any", body, {}, 200, {"number": repr(number)}
    if kind == 2:
        headers = {"Authorization": "context"}
        body = json.dumps({"value": number}).encode()
        return "POST", "/private", body, headers, 200, {"value": number, "user": "mia"}
    if kind == 3:
        return "GET", f"/nope/{number}", None, {}, 404, {"message": "Not Found"}
    size = number % 5000
    headers = {"Content-Type": "application/octet-stream"}
    expected = {"length": size, "sum": size * 7 % 65521}
    return "POST", "/length", b"\x07" * size, headers, 200, expected


def client(port: int, numbers: SimpleQueue[int], report: Report, lock: threading.Lock) -> None:
    """Send requests until there are no more."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    while True:
        try:
            number = numbers.get_nowait()
        except Empty:
            connection.close()
            return
        method, path, body, headers, status, expected = request_for(number)
        started = time.perf_counter()
        connection.request(method, f"/dev{path}", body, headers)
        response = connection.getresponse()
        answer = json.loads(response.read())
        taken = time.perf_counter() - started
        with lock:
            report.sent += 1
            report.seconds.append(taken)
            if response.status == 502:
                report.lost += 1
            elif (response.status, answer) != (status, expected):
                report.wrong.append(f"{method} {path}: {response.status} {str(answer)[:200]}")


def megabytes(pid: int) -> float:
    """The memory of a process."""
    done = subprocess.run(
        ["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, text=True, check=True
    )
    return int(done.stdout) / 1024


def children(pid: int) -> list[int]:
    """The processes that a process started."""
    done = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True)
    pairs = (line.split() for line in done.stdout.splitlines())
    return [int(child) for child, parent in pairs if int(parent) == pid]


def load(assembly: Path, requests: int = 10_000, concurrency: int = 50, kill: int = 0) -> Report:
    """Serve an assembly of the parity stack with the command, and send it requests."""
    command = [sys.executable, "-m", "coworks_cdk.local", str(assembly), "--port", "0"]
    with tempfile.TemporaryFile() as log:
        gateway = subprocess.Popen(
            [*command, "--service", "Parity"], stdout=subprocess.PIPE, stderr=log, text=True
        )
        assert gateway.stdout is not None
        try:
            first = gateway.stdout.readline()
            port = int(first.rsplit(":", 1)[1].split("/")[0])
            return _run(gateway.pid, port, requests, concurrency, kill)
        finally:
            gateway.send_signal(signal.SIGTERM)
            gateway.wait(10)
            gateway.stdout.close()


def _run(pid: int, port: int, requests: int, concurrency: int, kill: int) -> Report:
    report, lock = Report(), threading.Lock()
    numbers: SimpleQueue[int] = SimpleQueue()
    for number in range(requests):
        numbers.put(number)
    threads = [
        threading.Thread(target=client, args=(port, numbers, report, lock))
        for _ in range(concurrency)
    ]
    started = time.monotonic()
    for thread in threads:
        thread.start()
    kills = [requests * (n + 1) // (kill + 1) for n in range(kill)]
    while any(thread.is_alive() for thread in threads):
        time.sleep(0.05)
        if not report.memory and report.sent >= requests // 10:
            report.memory.append(megabytes(pid))
        if kills and report.sent >= kills[0]:
            kills.pop(0)
            os.kill(random.choice(children(pid)), signal.SIGKILL)
            report.killed += 1
    report.elapsed = time.monotonic() - started
    report.memory.append(megabytes(pid))
    return report


def main() -> int:
    """Run it; gives the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load", description=__doc__)
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--concurrency", type=int, default=50)
    parser.add_argument("--kill", type=int, default=0, help="processes to end meanwhile")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        assembly = synthesize(HERE / "stack.py", Path(folder))
        report = load(assembly, options.requests, options.concurrency, options.kill)
    print("\n".join(report.lines()))
    return 0 if report.is_good else 1


if __name__ == "__main__":
    sys.exit(main())
