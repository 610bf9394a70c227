"""What logs, metrics and traces cost an invocation in Lambda's own runtime client, warm.

An invocation there is all that a function's process does between two events: the client reads
one, the service answers it, the client sends the answer.
"""

from __future__ import annotations

import os
import random
from collections.abc import Mapping, Sequence
from contextlib import ExitStack

from benchmarks.packages import LAMBDA_IMAGE, Package, package
from benchmarks.peers import BESIDE, Peer
from benchmarks.runtime_client import RuntimeClient
from benchmarks.warm import WarmResult, interpreter

REQUEST = "GET /"
CALLS = 200
"""How often it is sent in one turn."""
TURNS = 3
"""How often a process is measured."""


def measure(peers: Sequence[Peer], services: Package, rounds: int) -> dict[str, WarmResult]:
    """Measure the observed peers, and those that they are measured beside.

    In each round all processes are started anew, since each has its own place in memory, for better
    or worse: that makes more of a difference than what is measured. They are asked in turns, each
    in a new random order.

    :return: the results by peer's name.
    """
    wanted = [peer for peer in peers if peer.name in {*BESIDE, *BESIDE.values()}]
    spent: dict[str, list[float]] = {}
    processors = os.sched_getaffinity(0)
    # Whom it wakes with what it writes may run on the same processor, or on another, which on a
    # virtual machine costs many times more: here it is the same one for all.
    os.sched_setaffinity(0, {max(processors)})
    try:
        for _ in range(rounds):
            _measure(wanted, services, spent)
    finally:
        os.sched_setaffinity(0, processors)
    return {
        name: WarmResult.of(values, spent[BESIDE.get(name, name)]) for name, values in spent.items()
    }


def _measure(peers: Sequence[Peer], services: Package, spent: dict[str, list[float]]) -> None:
    """Measure one round; its first turn warms up."""
    with ExitStack() as stack:
        clients = [(p.name, stack.enter_context(runtime_client(p, services))) for p in peers]
        for turn in range(TURNS + 1):
            random.shuffle(clients)
            for name, client in clients:
                before = client.nanoseconds()
                for _ in range(CALLS):
                    client.answer(REQUEST)
                if turn:
                    spent.setdefault(name, []).append((client.nanoseconds() - before) / CALLS)


def handler_ratio(name: str, alone: Mapping[str, Mapping[str, WarmResult]]) -> float:
    """What a peer's handler costs when it is called alone, of the same service's without.

    :param alone: the results of warm calls.
    """
    return alone[name][REQUEST].ratio / alone[BESIDE.get(name, name)][REQUEST].ratio


def runtime_client(peer: Peer, services: Package) -> RuntimeClient:
    """Lambda's client around a peer's service, packed as its tooling ships it."""
    folders = [
        services.folder(compiled=peer.compiled),
        package(peer.package).folder(compiled=peer.compiled),
        # Lambda's own packages are compiled in its image.
        package(LAMBDA_IMAGE).compiled,
    ]
    handler = f"{peer.service}.{peer.function}"
    return RuntimeClient(interpreter(), handler, [str(f) for f in folders], peer.environment)
