"""What is to be reached, and whether this run reached it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from benchmarks.cold import ColdResult
from benchmarks.peers import (
    CLASSES,
    FLOOR,
    IN_USE,
    JSON_LOGS,
    MANY,
    METRICS,
    OTEL,
    OURS,
    XRAY,
)
from benchmarks.requests_sent import DICT, TYPED
from benchmarks.warm import WarmResult

_SMALL = ("GET /", "POST /", "GET /content")


@dataclass(frozen=True)
class Goal:
    """A value of the run, and what it may be at most."""

    what: str
    value: float
    most: float

    @property
    def reached(self) -> bool:
        """Whether it is."""
        return self.value <= self.most


def goals(
    warm: Mapping[str, Mapping[str, WarmResult]],
    invocations: Mapping[str, WarmResult],
    cold: Mapping[str, Mapping[str, ColdResult]],
    layer_bytes: int,
) -> list[Goal]:
    """Return the goals with the values of a run."""
    ours = cold[OURS.name]["compiled"]
    return [
        *(
            Goal(f"{name}, {request}, of the floor", warm[name][request].ratio, most)
            for name, most in ((IN_USE.name, 0.5), (OURS.name, 0.3))
            for request in _SMALL
        ),
        Goal("GET /zip, of base64 alone", warm[OURS.name]["GET /zip"].ratio, 1.1),
        Goal(
            "an answer of a class, of the same as a dict",
            warm[CLASSES.name][TYPED].microseconds / warm[CLASSES.name][DICT].microseconds,
            1.0,
        ),
        Goal("cold, of the floor with .pyc", ours.ratio, 0.65),
        Goal(
            "cold, of serverless-wsgi as it ships",
            ours.ratio / cold["serverless-wsgi"]["sources"].ratio,
            0.25,
        ),
        *(
            Goal(f"{name}, an invocation, of without", invocations[name].ratio, 1.1)
            for name in (JSON_LOGS.name, METRICS.name)
        ),
        *(
            Goal(f"{name}, cold, of without", cold[name]["compiled"].ratio / ours.ratio, most)
            for name, most in (
                (JSON_LOGS.name, 1.05),
                (METRICS.name, 1.05),
                (OTEL.name, 1.15),
                (XRAY.name, 2.0),
            )
        ),
        Goal(
            "peak memory, of the floor's",
            (ours.memory or 0) / (cold[FLOOR.name]["compiled"].memory or 1),
            1.0,
        ),
        Goal("layer, zipped, in MB", layer_bytes / 1e6, 2.5),
        *(
            Goal(
                f"300 entries, {request}, of 4 entries",
                warm[MANY.name][request].ratio / warm[OURS.name][request].ratio,
                1.1,
            )
            for request in _SMALL
        ),
        Goal(
            "300 entries, cold, of 4 entries",
            cold[MANY.name]["compiled"].ratio / ours.ratio,
            1.3,
        ),
    ]
