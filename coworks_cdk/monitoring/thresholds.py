"""When an alarm is raised, and when the construct's are."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeGuard

from aws_cdk import Duration, Token, Tokenization

from coworks_cdk.asked_once import is_late, milliseconds


@dataclass(frozen=True)
class Threshold:
    """When an alarm is raised.

    :param value: the metric's value from which on it counts, of a latency a ``Duration`` as well;
        None for the alarm's own default, which may follow from the service: four fifths of how long
        callers are waited for, or of what is reserved.
    :param minutes: how long each value is gathered for.
    :param periods: how many values are looked at.
    :param breaching: how many of them must reach ``value``.
    """

    value: float | Duration | None = None
    minutes: int = 1
    periods: int = 5
    breaching: int = 3

    @property
    def number(self) -> float | None:
        """The value as the metric has it: a duration in milliseconds."""
        return milliseconds(self.value) if isinstance(self.value, Duration) else self.value

    def problems(self, name: str, *, in_time: bool) -> list[str]:
        """What is wrong with it.

        :param name: the argument that it is.
        :param in_time: whether its value may be a duration.
        """
        wrong = (self._wrong_value(name, in_time=in_time), self._wrong_times(name))
        return [problem for problem in wrong if problem is not None]

    def _wrong_value(self, name: str, *, in_time: bool) -> str | None:
        value: object = self.value
        if isinstance(value, Duration) and in_time:
            if is_late(value):
                return _wrong_late_time(name, value)
            value = milliseconds(value)
        if value is None or is_late_number(value) or (is_number(value) and value > 0):
            return None
        got = "a Duration" if isinstance(value, Duration) else repr(value)
        return f"{name}: got a threshold of {got}; allowed: numbers above 0"

    def _wrong_times(self, name: str) -> str | None:
        counts = (self.minutes, self.periods, self.breaching)
        if not all(_is_count(one) for one in counts):
            return (
                f"{name}: minutes, periods and breaching must be whole numbers from 1 on, got "
                f"{self.minutes!r}, {self.periods!r} and {self.breaching!r}"
            )
        if self.breaching > self.periods:
            return (
                f"{name}: {self.breaching} values of {self.periods} can't be; allowed: "
                f"breaching from 1 to {self.periods}"
            )
        most, told = (_DAY, "day") if self.minutes < _HOUR else (7 * _DAY, "week")
        if self.minutes * self.periods > most:
            return (
                f"{name}: {self.periods} values of {self.minutes} minutes are more than the "
                f"{told} that CloudWatch looks back"
            )
        return None


def _wrong_late_time(name: str, value: Duration) -> str | None:
    """A unit that a duration of the deployment's can't be read in."""
    unit = value.unit_label()
    if unit == "millis":
        return None
    return f"{name}: got a Duration in {unit} that the deployment says; allowed: Duration.millis"


#: Minutes that an alarm may look back: a day, and a week with values of an hour or more.
#: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
_HOUR = 60
_DAY = 24 * _HOUR

#: One request in a hundred is answered 5xx.
SERVER_ERRORS = Threshold(0.01)
#: The slowest hundredth comes near to what callers are waited for.
LATENCY = Threshold()
#: Any call at all is turned away, or ends without an answer: nothing that passes by itself.
THROTTLES = Threshold(1, minutes=5, periods=1, breaching=1)
ERRORS = Threshold(1, minutes=5, periods=1, breaching=1)
#: What is reserved for the function is nearly used.
CONCURRENCY = Threshold()

#: What an alarm's argument takes: a threshold, its value alone, or None for no alarm.
Given = Threshold | float | Duration | None


_MOST = 1e300
"""More than any threshold: the CDK's process ends where it is sent an infinite number."""


def is_number(value: object) -> TypeGuard[float]:
    """Whether a value is a number that a template can hold, and no truth."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < _MOST


def is_late_number(value: object) -> bool:
    """Whether a value is a number that is known at deployment only."""
    return isinstance(value, float) and is_number(value) and Token.is_unresolved(value)


def shown(value: float) -> str:
    """A number as a text."""
    if is_late_number(value):
        return Tokenization.stringify_number(value)
    return str(int(value)) if value == int(value) else str(value)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def threshold_of(given: Given, default: Threshold) -> Threshold | None:
    """What an argument asks for.

    :param given: a threshold, the value of one, or None.
    :param default: what the rest is, where the value alone is given.
    """
    if isinstance(given, Threshold):
        return given if given.value is not None else replace(given, value=default.value)
    if given is None:
        return None
    # A value alone is given for the times of the default.
    return replace(default, value=given)
