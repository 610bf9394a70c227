"""A dashboard of a service: the API, the function, and a row an entry."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from weakref import WeakKeyDictionary

from aws_cdk import Token
from aws_cdk import aws_cloudwatch as cloudwatch

from coworks_cdk.monitoring.measured import Measured
from coworks_cdk.service_description import Entry

_WIDTH = 8
_HEIGHT = 5
#: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html
MOST_WIDGETS = 500
#: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutDashboard.html
_NAME = re.compile(r"[A-Za-z0-9_-]{1,255}")
#: Widgets that a service has beside those of its entries, and those of an entry.
_OF_SERVICE, _OF_ENTRY = 7, 4

_Metrics = Sequence[cloudwatch.IMetric]
#: Makes the metrics of a row for an entry, or for the whole API.
RowOf = Callable[[Entry | None], tuple[_Metrics, _Metrics, _Metrics]]


_widgets: WeakKeyDictionary[cloudwatch.Dashboard, int] = WeakKeyDictionary()
"""How many widgets services have on a dashboard."""


def add_rows(
    dashboard: cloudwatch.Dashboard,
    measured: Measured,
    entries: Sequence[Entry],
    *,
    of_api: RowOf,
    of_function: tuple[_Metrics, _Metrics, _Metrics],
) -> None:
    """Add a service's rows.

    :param entries: those that have a row of their own.
    :param of_api: requests, errors and latency.
    :param of_function: its errors, how long it runs, and how many run at once.
    """
    before = _widgets.get(dashboard, 0)
    widgets = before + _OF_SERVICE + _OF_ENTRY * len(entries)
    if widgets > MOST_WIDGETS:
        most = max(0, (MOST_WIDGETS - before - _OF_SERVICE) // _OF_ENTRY)
        others = f", {before} of them of other services" if before else ""
        measured.problems.add(
            f"a dashboard of {len(entries)} entries has {widgets} widgets{others}, and CloudWatch "
            f"takes {MOST_WIDGETS}: name {most} at most with `entries`"
        )
        return
    _widgets[dashboard] = widgets
    wait = cloudwatch.HorizontalAnnotation(value=measured.wait, label="callers are waited for")
    dashboard.add_widgets(_title(f"# {measured.name}\nStage `{measured.stage}`"))
    requests, errors, latency = of_api(None)
    dashboard.add_widgets(
        _graph("Requests", requests),
        _graph("Errors", errors),
        _graph("Latency", latency, wait),
    )
    errors, duration, concurrency = of_function
    reserve = [
        cloudwatch.HorizontalAnnotation(value=value, label="reserved")
        for value in (measured.reserve,)
        if value
    ]
    dashboard.add_widgets(
        _graph("Function: errors and throttles", errors),
        _graph("Function: duration", duration),
        _graph("Function: concurrency", concurrency, *reserve),
    )
    for entry in entries:
        dashboard.add_widgets(_title(f"### {entry.method} {entry.path}\n`{entry.endpoint}`"))
        requests, errors, latency = of_api(entry)
        dashboard.add_widgets(
            _graph("Requests", requests), _graph("Errors", errors), _graph("Latency", latency)
        )


def dashboard_problems(dashboard: object, name: object) -> list[str]:
    """What is wrong with what a dashboard is asked for with.

    :param dashboard: one that is there, if any.
    :param name: of a new one.
    """
    if dashboard is not None and not hasattr(dashboard, "add_widgets"):
        return [
            (
                f"dashboard: got an object of type {type(dashboard).__name__}; allowed: a Dashboard of "
                "aws_cloudwatch that the rows are added to (`name` names a new one)"
            )
        ]
    if name is None:
        return []
    if dashboard is not None:
        return [f"name: got {name!r} for a dashboard that is there; allowed: without `dashboard`"]
    if isinstance(name, str) and (Token.is_unresolved(name) or _NAME.fullmatch(name)):
        return []
    return [f"name: got {name!r}; allowed: 1 to 255 letters, digits, '-' and '_'"]


def _title(markdown: str) -> cloudwatch.TextWidget:
    return cloudwatch.TextWidget(
        markdown=markdown,
        width=3 * _WIDTH,
        height=2,
        background=cloudwatch.TextWidgetBackground.TRANSPARENT,
    )


def _graph(
    title: str, metrics: _Metrics, *annotations: cloudwatch.HorizontalAnnotation
) -> cloudwatch.GraphWidget:
    return cloudwatch.GraphWidget(
        title=title,
        left=list(metrics),
        left_annotations=list(annotations),
        left_y_axis=cloudwatch.YAxisProps(min=0),
        width=_WIDTH,
        height=_HEIGHT,
    )
