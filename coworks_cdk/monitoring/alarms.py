"""The alarms of a service."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from coworks_cdk.monitoring.measured import Measured
from coworks_cdk.monitoring.thresholds import Threshold, shown

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
    :param in_time: whether it looks at a time, so that its value may be a duration.
    """

    id: str
    threshold: Threshold | None
    metric: Callable[[Duration], cloudwatch.Metric]
    told: str
    own: float | None = None
    most: tuple[float, str] | None = None
    in_time: bool = False

    def problems(self, name: str) -> list[str]:
        """What is wrong with its threshold.

        An alarm that can't be raised looks as if all were well.

        :param name: the argument that it is.
        """
        assert self.threshold is not None  # noqa: S101 - only wanted ones are asked
        problems = self.threshold.problems(name, in_time=self.in_time)
        value = None if problems else self.threshold.number
        if value is None or self.most is None or value <= self.most[0]:
            return problems
        most, what = self.most
        return [
            (
                f"{name}: got {shown(value)}, which is never reached; allowed: up to {shown(most)}, "
                f"{what}"
            )
        ]


def own_latency(measured: Measured) -> float:
    """The latency near what callers are waited for, in milliseconds."""
    return round(measured.wait * _NEAR)


def own_concurrency(measured: Measured) -> float | None:
    """The concurrency near what is reserved.

    None where nothing is, and where one is: that one is meant to be in use.
    """
    reserve = measured.reserve
    return math.ceil(round(reserve * _NEAR, 3)) if reserve and reserve > 1 else None


def declare_alarms(
    scope: Construct,
    measured: Measured,
    watches: Mapping[str, Watch],
    actions: Sequence[cloudwatch.IAlarmAction],
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
        problems = watch.problems(name)
        measured.problems.add(*problems)
        if problems:
            # What is refused is declared all the same, for who goes on with it.
            threshold = Threshold(1)
        value = watch.own if threshold.value is None else threshold.number
        if value is None:
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
                f"{measured.name} on {measured.stage}: {watch.told.format(shown(value))}"
            ),
        )
        for action in actions:
            alarm.add_alarm_action(action)
            if ok_actions:
                alarm.add_ok_action(action)
        alarms[name] = alarm
    return alarms
