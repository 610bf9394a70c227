"""When an alarm is raised, and when the construct's are."""

from __future__ import annotations

from dataclasses import dataclass, replace

from aws_cdk import Duration


@dataclass(frozen=True)
class Threshold:
    """When an alarm is raised.

    :param value: the metric's value from which on it counts; None for the alarm's own default,
        which may follow from the service: four fifths of how long callers are waited for, or of
        what is reserved.
    :param minutes: how long each value is gathered for.
    :param periods: how many values are looked at.
    :param breaching: how many of them must reach ``value``.
    """

    value: float | None = None
    minutes: int = 1
    periods: int = 5
    breaching: int = 3

    def problems(self, name: str) -> list[str]:
        """What is wrong with it.

        :param name: the argument that it is.
        """
        found = []
        if self.value is not None and not (is_number(self.value) and self.value > 0):
            found.append(f"{name}: got a threshold of {self.value!r}; allowed: numbers above 0")
        counts = (self.minutes, self.periods, self.breaching)
        if not all(_is_count(one) for one in counts):
            found.append(f"{name}: minutes, periods and breaching must be numbers from 1 on")
        elif self.breaching > self.periods:
            found.append(
                f"{name}: {self.breaching} values of {self.periods} can't be; allowed: "
                f"breaching from 1 to {self.periods}"
            )
        elif self.minutes * self.periods > _DAY:
            found.append(
                f"{name}: {self.periods} values of {self.minutes} minutes are more than the day "
                "that CloudWatch looks back"
            )
        return found


#: Minutes that an alarm may look back.
#: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
_DAY = 24 * 60

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


def is_number(value: object) -> bool:
    """Whether a value is a number, and no truth."""
    return isinstance(value, int | float) and not isinstance(value, bool)


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
    value = given.to_milliseconds() if isinstance(given, Duration) else given
    return replace(default, value=value)
