"""New processes until their first answer: CPU time, peak memory, with and without `.pyc`."""

from __future__ import annotations

import json
import random
import statistics
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.invocations import runtime_client
from benchmarks.packages import HERE, LAMBDA_ENVIRONMENT, LAMBDA_IMAGE, Package, package
from benchmarks.peers import FLOOR, Peer
from benchmarks.requests_sent import EVENTS, is_right
from benchmarks.runtime_client import first_answer
from benchmarks.warm import interpreter

_REQUEST = "GET /content"


@dataclass(frozen=True)
class ColdResult:
    """What a peer's start costs.

    :param milliseconds: CPU time, from the process's start to the first answer, the median.
    :param ratio: to the floor's with `.pyc` in the same round, the median.
    :param memory: the peak in MB after the first answer, the median; none under the runtime
        client.
    """

    milliseconds: float
    ratio: float
    memory: float | None


def measure(
    peers: Sequence[Peer], services: Package, rounds: int
) -> dict[str, dict[str, ColdResult]]:
    """Start every peer in interleaved rounds, each in a random order.

    :return: the results by peer's name, then by `compiled` (with `.pyc`), `sources` (without)
        and `runtime client` (as shipped, in Lambda's own client).
    """
    cases = [(peer, how) for peer in peers for how in ("compiled", "sources", "runtime client")]
    spent: dict[tuple[str, str], list[tuple[float, float | None]]] = {}
    for number in range(rounds + 1):
        random.shuffle(cases)
        for peer, how in cases:
            took = _start(peer, services, how)
            # The first round fills the file system's cache.
            if number:
                spent.setdefault((peer.name, how), []).append(took)
    results: dict[str, dict[str, ColdResult]] = {}
    for (name, how), values in spent.items():
        base = "runtime client" if how == "runtime client" else "compiled"
        floor = spent[FLOOR.name, base]
        ratios = [value[0] / other[0] for value, other in zip(values, floor, strict=True)]
        memory = [peak for _, peak in values if peak is not None]
        results.setdefault(name, {})[how] = ColdResult(
            statistics.median(cpu for cpu, _ in values),
            statistics.median(ratios),
            statistics.median(memory) if memory else None,
        )
    return results


def _start(peer: Peer, services: Package, how: str) -> tuple[float, float | None]:
    if how == "runtime client":
        return first_answer(runtime_client(peer, services), _REQUEST), None
    compiled = how == "compiled"
    folders = [
        str(services.folder(compiled=compiled)),
        str(package(peer.package).folder(compiled=compiled)),
        # Lambda's own packages are compiled in its image.
        str(package(LAMBDA_IMAGE).compiled),
    ]
    done = subprocess.run(
        [
            interpreter(),
            *("-I", "-S", "-B"),
            str(HERE / "first_answer.py"),
            peer.service,
            *folders,
        ],
        env={**LAMBDA_ENVIRONMENT, **peer.environment},
        input=EVENTS[_REQUEST],
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        report = json.loads(done.stdout.splitlines()[-1])
    except (IndexError, ValueError):
        sys.exit(f"{peer.name}: no first answer\n{done.stdout}{done.stderr}")
    if not is_right(_REQUEST, report["answer"]):
        sys.exit(f"{peer.name}: the first answer is wrong: {report['answer']}")
    return report["cpu"] * 1000, report["memory"] / 1024
