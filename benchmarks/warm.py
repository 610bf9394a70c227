"""Calls of a warm service: CPU time, as a ratio to the floor's in the same round."""

from __future__ import annotations

import json
import random
import statistics
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from benchmarks.packages import HERE, LAMBDA_ENVIRONMENT, LAMBDA_IMAGE, Package, package
from benchmarks.peers import FLOOR, Peer
from benchmarks.requests_sent import EVENTS

CALLS = {"GET /": 200, "POST /": 200, "GET /content": 200, "GET /zip": 10}
"""How often a request is sent in one round."""

_ENCODED = "GET /zip"
BASE64 = Peer("base64 alone", "base64_alone", "floor", note="encodes the bytes of /zip")


@dataclass(frozen=True)
class WarmResult:
    """What one peer's calls of one request cost.

    :param microseconds: CPU time of a call, the median of all rounds.
    :param ratio: to the base's in the same round, the median. The base is the floor; for /zip it
        is the encoding alone, which the floor leaves out and nobody else can.
    :param low: the first quartile of the ratios.
    :param high: the third.
    """

    microseconds: float
    ratio: float
    low: float
    high: float


def interpreter() -> str:
    """The interpreter outside any virtual environment: it has no packages of its own to add."""
    return str(Path(sys.executable).resolve())


class Worker:
    """A peer's process, warm."""

    def __init__(self, peer: Peer, services: Package) -> None:
        self.peer = peer
        folders = [services, package(peer.package), package(LAMBDA_IMAGE)]
        self._process = subprocess.Popen(
            [
                interpreter(),
                *("-I", "-S", "-B"),
                str(HERE / "worker.py"),
                peer.service,
                *(str(folder.compiled) for folder in folders),
            ],
            env=LAMBDA_ENVIRONMENT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def measure(self, request: str, calls: int) -> float:
        """Send a request so many times, and return the CPU nanoseconds of a call."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([request, calls]) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            sys.exit(f"{self.peer.name}: the process ended on {request}")
        nanoseconds, right = json.loads(line)
        if not right:
            sys.exit(f"{self.peer.name}: the answer to {request} is wrong")
        return float(nanoseconds)

    def stop(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()


def measure(
    peers: Sequence[Peer], services: Package, rounds: int
) -> dict[str, dict[str, WarmResult]]:
    """Measure all peers in interleaved rounds, each in a random order.

    :return: the results by peer's name, then request.
    """
    spent: dict[tuple[str, str], list[float]] = {}
    with ExitStack() as stack:
        workers = []
        for peer in (*(peer for peer in peers if peer.warm), BASE64):
            worker = Worker(peer, services)
            stack.callback(worker.stop)
            workers.append(worker)
        for number in range(rounds + 1):
            for request in EVENTS:
                random.shuffle(workers)
                for worker in workers:
                    if worker.peer is BASE64 and request != _ENCODED:
                        continue
                    nanoseconds = worker.measure(request, CALLS[request])
                    # The first round warms up.
                    if number:
                        spent.setdefault((worker.peer.name, request), []).append(nanoseconds)
    results: dict[str, dict[str, WarmResult]] = {}
    for (name, request), values in spent.items():
        base = spent[(BASE64 if request == _ENCODED else FLOOR).name, request]
        ratios = [value / other for value, other in zip(values, base, strict=True)]
        low, ratio, high = statistics.quantiles(ratios, n=4, method="inclusive")
        results.setdefault(name, {})[request] = WarmResult(
            statistics.median(values) / 1000, ratio, low, high
        )
    return results
