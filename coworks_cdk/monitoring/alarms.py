"""The alarms of a service."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from coworks_cdk.monitoring.measured import Measured
from coworks_cdk.monitoring.thresholds import Threshold

#: Of what callers are waited for, and of what is reserved, how much is near.
_NEAR = 0.8


@dataclass(frozen=True)
class Watch:
    """One alarm: what it looks at, and when it is raised.

    :param id: the construct's.
    :param metric: makes its metric, for a period.
    :param told: what has happened, the value in its place.
    :param own: the value that follows from the service, where none is given.
    :param most: the most that the metric can be, where that is known, and what that is.
    """

    id: str
    threshold: Threshold | None
    metric: Callable[[Duration], cloudwatch.Metric]
    told: str
    own: float | None = None
    most: tuple[float, str] | None = None

    def problems(self, name: str, value: float) -> list[str]:
        """What is wrong with a value: an alarm that can't be raised looks as if all were well."""
        if self.most is None or value <= self.most[0]:
            return []
        most, what = self.most
        return [f"{name}: got {value:g}, which is never reached; allowed: up to {most:g}, {what}"]


def own_latency(measured: Measured) -> float:
    """The latency near what callers are waited for, in milliseconds."""
    return round(measured.wait * _NEAR)


def own_concurrency(measured: Measured) -> float | None:
    """The concurrency near what is reserved; None where nothing is."""
    return measured.reserve * _NEAR if measured.reserve else None


def declare_alarms(
    scope: Construct,
    measured: Measured,
    watches: Mapping[str, Watch],
    actions: tuple[cloudwatch.IAlarmAction, ...],
    *,
    ok_actions: bool,
) -> dict[str, cloudwatch.Alarm]:
    """Declare those that are wanted, by name.

    :param scope: the construct that they are below.
    :param ok_actions: whether the actions are taken when an alarm is over, too.
    """
    alarms = {}
    for name, watch in watches.items():
        threshold = watch.threshold
        if threshold is None:
            continue
        problems = threshold.problems(name)
        measured.problems.add(*problems)
        value = watch.own if threshold.value is None else threshold.value
        if problems or value is None:
            continue
        unreachable = watch.problems(name, value)
        measured.problems.add(*unreachable)
        if unreachable:
            continue
        alarm = cloudwatch.Alarm(
            scope,
            watch.id,
            metric=watch.metric(Duration.minutes(threshold.minutes)),
            threshold=value,
            evaluation_periods=threshold.periods,
            datapoints_to_alarm=threshold.breaching,
            comparison_operator=(cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD),
            # Where nobody calls there are no values, and nothing is wrong.
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
            alarm_description=(
                f"{measured.name} on {measured.stage}: {watch.told.format(f'{value:g}')}"
            ),
        )
        for action in actions:
            alarm.add_alarm_action(action)
            if ok_actions:
                alarm.add_ok_action(action)
        alarms[name] = alarm
    return alarms
