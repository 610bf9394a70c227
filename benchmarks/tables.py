"""The results as text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from benchmarks.cold import ColdResult
from benchmarks.invocations import REQUEST, handler_ratio
from benchmarks.peers import BESIDE, FLOOR, Peer
from benchmarks.requests_sent import EVENTS
from benchmarks.warm import WarmResult


def warm_table(results: Mapping[str, Mapping[str, WarmResult]]) -> str:
    """CPU time of a call, as a ratio to the floor's."""
    rows = [["", *EVENTS, "GET / in µs"]]
    for name, row in results.items():
        first = f"{row['GET /'].microseconds:.0f}"
        ratios = (f"{row[request].ratio:.2f}" if request in row else "" for request in EVENTS)
        rows.append([name, *ratios, first])
    return _table(
        "Warm: CPU time of a call, 1 = Flask alone; for /zip, 1 = its encoding alone", rows
    )


def invocation_table(
    results: Mapping[str, WarmResult], alone: Mapping[str, Mapping[str, WarmResult]]
) -> str:
    """CPU time of an invocation in Lambda's client, and of its handler alone."""
    rows = [["", "µs", "of without", "handler's µs", "of without"]]
    for name, result in results.items():
        ratios = [f"{result.ratio:.2f}", f"{handler_ratio(name, alone):.2f}"]
        client, handler = ratios if name in BESIDE else ("", "")
        spent = alone[name][REQUEST].microseconds
        rows.append([name, f"{result.microseconds:.0f}", client, f"{spent:.1f}", handler])
    return _table(f"Warm, {REQUEST}: an invocation in Lambda's client, and its handler alone", rows)


def cold_table(
    results: Mapping[str, Mapping[str, ColdResult]],
    peers: Sequence[Peer],
    sizes: Mapping[str, tuple[int, int]],
) -> str:
    """CPU time to the first answer, peak memory, size of the package."""
    rows = [
        ["", "as shipped", "with .pyc", "without", "runtime client", "ms", "MB peak", "MB zip"],
    ]
    for peer in peers:
        row = results[peer.name]
        shipped = row["compiled" if peer.compiled else "sources"]
        rows.append(
            [
                peer.name,
                *(f"{one.ratio:.2f}" for one in (shipped, row["compiled"], row["sources"])),
                f"{row['runtime client'].ratio:.2f}",
                f"{shipped.milliseconds:.0f}",
                f"{shipped.memory:.1f}",
                f"{sizes[peer.name][1] / 1e6:.2f}",
            ]
        )
    title = f"Cold: CPU time to the first answer, 1 = {FLOOR.name} with .pyc"
    return _table(title, rows)


def _table(title: str, rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [
        "  ".join(
            cell.ljust(width) if not column else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    return "\n".join([title, "", *lines, ""])
