"""CloudWatch's embedded metric format: what it takes, and what it refuses. Pure.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from coworks_runtime.errors import MetricsError

MAX_METRICS = 100
MAX_DIMENSIONS = 30
MAX_VALUES = 100
MAX_TEXT = 1024
"""Characters of a metric's name, and of the value of a dimension."""
MAX_LINE = 256 * 1024 - 26
"""So many bytes has a line of a log that Lambda leaves whole."""
_SIZES = ("Kilo", "Mega", "Giga", "Tera")
_AMOUNTS = ("Bytes", "Bits", *(f"{s}bytes" for s in _SIZES), *(f"{s}bits" for s in _SIZES))
UNITS = (
    *("Count", "Seconds", "Milliseconds", "Microseconds", "Percent", *_AMOUNTS),
    *(f"{unit}/Second" for unit in ("Count", *_AMOUNTS)),
    "None",
)
"""The units of a metric."""

_NAMESPACE = re.compile(r"[A-Za-z0-9._\-/#: ]{1,255}")


def check_namespace(namespace: object) -> None:
    """Refuse a namespace that CloudWatch doesn't take.

    :raises MetricsError: with what was got and what is allowed.
    """
    fits = isinstance(namespace, str) and _NAMESPACE.fullmatch(namespace) and namespace.strip()
    if not fits or str(namespace).startswith("AWS/"):
        raise MetricsError(
            f"namespace={namespace!r} of Metrics: must be 1 to 255 letters, digits, spaces and "
            "signs of '._-/#:', not all blank, and not begin with 'AWS/', which is Amazon's"
        )


def check_metric(name: object, value: object, unit: object) -> None:
    """Refuse a metric that CloudWatch doesn't take.

    :raises MetricsError: with what was got and what is allowed.
    """
    if not _is_name(name, MAX_TEXT):
        raise MetricsError(
            f"the metric's name {name!r}: must be 1 to 1024 characters of ASCII, not all blank"
        )
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not _is_small(value):
        raise MetricsError(
            f"the value of the metric {name!r}: got {_kind(value)}; must be a finite number of at "
            "most 2 ** 360, an int or a float"
        )
    if not isinstance(unit, str) or unit not in UNITS:
        raise MetricsError(
            f"the unit of the metric {name!r}: got {unit!r}; must be one of {', '.join(UNITS)}"
        )


def check_dimensions(given: object) -> dict[str, str]:
    """Refuse dimensions that CloudWatch doesn't take.

    :param given: values by names, or nothing.
    :raises MetricsError: with what was got and what is allowed; no value is shown.
    """
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        raise MetricsError(
            f"the dimensions of a metric: got {_kind(given)}; must be a mapping of names to values"
        )
    for name, value in given.items():
        _check_dimension(name, value)
    return dict(given)


def as_dimension(name: str) -> str:
    """A name as the value of a dimension: beyond ASCII as Python escapes it, and cut if need be."""
    if _is_name(name, MAX_TEXT):
        return name
    return name.encode("unicode_escape").decode()[:MAX_TEXT]


def _check_dimension(name: object, value: object) -> None:
    if not _is_name(name, 250) or str(name).startswith(":"):
        raise MetricsError(
            f"the dimension's name {name!r}: must be 1 to 250 characters of ASCII, not all blank, "
            "and not begin with a colon"
        )
    if not _is_name(value, MAX_TEXT):
        raise MetricsError(
            f"the value of the dimension {name!r}: got {_kind(value)}; must be a text of 1 to 1024 "
            "characters of ASCII, not all blank"
        )


def directive(namespace: str, dimensions: list[list[str]], units: dict[str, str]) -> dict[str, Any]:
    """What tells CloudWatch which members of a line are metrics.

    :param dimensions: sets of dimensions, by name; each is a metric of its own.
    :param units: the metrics' units by name.
    """
    return {
        "Namespace": namespace,
        "Dimensions": dimensions,
        "Metrics": [{"Name": name, "Unit": unit} for name, unit in units.items()],
    }


def _is_name(text: object, most: int) -> bool:
    return (
        isinstance(text, str)
        and 0 < len(text) <= most
        and text.isascii()
        and text.isprintable()
        and not text.isspace()
    )


def _is_small(value: float) -> bool:
    return (
        abs(value) <= 2**360
        if isinstance(value, int)
        else (math.isfinite(value) and abs(value) <= 2.0**360)
    )


def _kind(value: object) -> str:
    if isinstance(value, float):
        return repr(value)
    return f"a value of type {type(value).__name__}"
