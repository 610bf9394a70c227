"""`python -m benchmarks`: measure, print the tables, write `results.json` and `results.svg`.

Peers that are measured beside one another share a round, so that what else the machine does
meets them all; ratios are made within a round.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import platform
from pathlib import Path
from typing import TypeVar

from benchmarks import cold, invocations, warm
from benchmarks.goals import goals
from benchmarks.packages import HERE, LAMBDA_IMAGE, package, services, size
from benchmarks.peers import IN_USE, OURS, PEERS
from benchmarks.plot import svg
from benchmarks.tables import cold_table, invocation_table, warm_table

_NOTES = (
    "Ratios of CPU time, medians of interleaved rounds; the dashed line, 1, is Flask called as WSGI",
    "without an adapter. In use: the service has hooks, reads a session and listens to signals.",
)


def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=15, help="of warm calls (%(default)s)")
    parser.add_argument(
        "--invocation-rounds",
        type=int,
        default=24,
        help="of invocations, with new processes each (%(default)s)",
    )
    parser.add_argument("--cold-rounds", type=int, default=9, help="of starts (%(default)s)")
    parser.add_argument("--ours", action="store_true", help="this project and the floor only")
    parser.add_argument("--out", type=Path, default=HERE, help="where the results are written")
    options = parser.parse_args()

    needed = {"floor", "ours", "ours-otel", "ours-xray", "serverless-wsgi"}
    peers = [peer for peer in PEERS if not options.ours or peer.package in needed]
    print("Building the packages...")
    built = {name: package(name) for name in {LAMBDA_IMAGE, *(peer.package for peer in peers)}}
    modules = services()
    sizes = {peer.name: size(built[peer.package].folder(compiled=peer.compiled)) for peer in peers}

    print(f"Measuring {options.rounds} rounds of warm calls...")
    warm_results = _ordered(warm.measure(peers, modules, options.rounds))
    print(f"Measuring {options.invocation_rounds} rounds of invocations...")
    invocation_results = _ordered(invocations.measure(peers, modules, options.invocation_rounds))
    print(f"Measuring {options.cold_rounds} rounds of starts...\n")
    cold_results = cold.measure(peers, modules, options.cold_rounds)

    print(warm_table(warm_results))
    print(invocation_table(invocation_results, warm_results))
    print(cold_table(cold_results, peers, sizes))
    print("Goals\n")
    reached = goals(warm_results, invocation_results, cold_results, sizes[OURS.name][1])
    for goal in reached:
        mark = "ok    " if goal.reached else "MISSED"
        print(f"{mark}  {goal.value:5.2f}, at most {goal.most:<4}  {goal.what}")

    if options.ours:
        return
    results = {
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} CPUs",
        "rounds": {
            "warm": options.rounds,
            "invocations": options.invocation_rounds,
            "cold": options.cold_rounds,
        },
        "warm": _plain(warm_results),
        "invocations": {
            name: {
                **_rounded(result),
                "handler_ratio": round(invocations.handler_ratio(name, warm_results), 3),
            }
            for name, result in invocation_results.items()
        },
        "cold": _plain(cold_results),
        "bytes": {name: {"unzipped": u, "zipped": z} for name, (u, z) in sizes.items()},
        "goals": [{**dataclasses.asdict(goal), "reached": goal.reached} for goal in reached],
    }
    text = json.dumps(results, indent=2)
    (options.out / "results.json").write_text(text + "\n")
    (options.out / "results.svg").write_text(_picture(warm_results, cold_results))


_Result = TypeVar("_Result")


def _ordered(results: dict[str, _Result]) -> dict[str, _Result]:
    return {peer.name: results[peer.name] for peer in PEERS if peer.name in results}


def _plain(results: object) -> object:
    if isinstance(results, dict):
        return {key: _plain(value) for key, value in results.items()}
    return _rounded(results)


def _rounded(results: object) -> dict[str, float | None]:
    assert dataclasses.is_dataclass(results)
    assert not isinstance(results, type)
    return {
        name: None if value is None else round(value, 3)
        for name, value in dataclasses.asdict(results).items()
    }


def _picture(
    warm_results: dict[str, dict[str, warm.WarmResult]],
    cold_results: dict[str, dict[str, cold.ColdResult]],
) -> str:
    variants = ("this project, ", "Powertools, ")
    shown = [p for p in PEERS if p is IN_USE or not p.name.startswith(variants)]
    requests = "GET /content"
    calls = {peer.name: warm_results[peer.name][requests].ratio for peer in shown}
    starts = {
        peer.name: cold_results[peer.name]["compiled" if peer.compiled else "sources"].ratio
        for peer in shown
        if peer is not IN_USE
    }
    groups = [
        ("CPU time of a warm call (GET with a path and a query parameter, JSON answer)", calls),
        ("CPU time of a cold start to the first answer, packages as they are shipped", starts),
    ]
    return svg(groups, OURS.name, _NOTES)


if __name__ == "__main__":
    main()
