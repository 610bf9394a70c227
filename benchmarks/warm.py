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
from typing import Self

from benchmarks.packages import HERE, LAMBDA_ENVIRONMENT, LAMBDA_IMAGE, Package, package
from benchmarks.peers import FLOOR, Peer
from benchmarks.requests_sent import DICT, TAKEN, TYPED, ZIP

CALLS = {
    **dict.fromkeys(("GET /", "POST /", "GET /content"), 200),
    ZIP: 10,
    **dict.fromkeys((DICT, TYPED, TAKEN), 100),
}
"""How often a request is sent in one round."""


@dataclass(frozen=True)
class WarmResult:
    """What one peer's calls of one request cost.

    :param microseconds: CPU time of a call, the median of all rounds.
    :param ratio: to the base's in the same round, the median. The base of a call is the floor; for
        /zip it is the encoding alone in the same process, which the floor leaves out and nobody
        else can; of an invocation it is the same service without logs, metrics or traces.
    :param low: the first quartile of the ratios.
    :param high: the third.
    """

    microseconds: float
    ratio: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float], base: Sequence[float]) -> Self:
        """That of rounds.

        :param values: the nanoseconds of a call in each round.
        :param base: those of the base's.
        """
        ratios = [value / other for value, other in zip(values, base, strict=True)]
        low, ratio, high = statistics.quantiles(ratios, n=4, method="inclusive")
        return cls(statistics.median(values) / 1000, ratio, low, high)


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
            env={**LAMBDA_ENVIRONMENT, **peer.environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def measure(self, request: str, calls: int) -> tuple[float, float]:
        """Send a request so many times.

        :return: the CPU nanoseconds of a call, and of the encoding alone where it was measured.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([request, calls]) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            sys.exit(f"{self.peer.name}: the process ended on {request}")
        nanoseconds, encoding, right = json.loads(line)
        if not right:
            sys.exit(f"{self.peer.name}: the answer to {request} is wrong")
        return float(nanoseconds), float(encoding)

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
    spent: dict[tuple[str, str], list[tuple[float, float]]] = {}
    with ExitStack() as stack:
        workers = []
        for peer in peers:
            if not peer.warm:
                continue
            worker = Worker(peer, services)
            stack.callback(worker.stop)
            workers.append(worker)
        for number in range(rounds + 1):
            for request, calls in CALLS.items():
                random.shuffle(workers)
                for worker in workers:
                    if request in {DICT, TYPED, TAKEN} and not worker.peer.typed:
                        continue
                    took = worker.measure(request, calls)
                    # The first round warms up.
                    if number:
                        spent.setdefault((worker.peer.name, request), []).append(took)
    results: dict[str, dict[str, WarmResult]] = {}
    for (name, request), taken in spent.items():
        values = [value for value, _ in taken]
        base = [encoding for _, encoding in taken]
        if request != ZIP:
            base = [value for value, _ in spent[FLOOR.name, request]]
        results.setdefault(name, {})[request] = WarmResult.of(values, base)
    return results
