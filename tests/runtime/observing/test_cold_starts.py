"""Which call a process was started for."""

import pytest

from coworks_runtime import TechMicroService
from coworks_runtime.observing import call as calls
from coworks_runtime.observing.call import Call
from coworks_runtime.observing.watch import Watch


class Clock:
    def __init__(self):
        self.now = 1000

    def __call__(self):
        return int(self.now * 1_000_000_000)


@pytest.fixture
def clock(monkeypatch):
    """The time of a process that begins."""
    clock = Clock()
    monkeypatch.setattr(calls, "perf_counter_ns", clock)
    monkeypatch.setattr(calls.start, "is_ahead", True)
    monkeypatch.setattr(calls.start, "last_made", clock())
    return clock


def is_cold():
    """Whether a call is that comes now."""
    call = Call()
    calls.start.meet(call)
    return call.is_cold


@pytest.mark.parametrize(
    ("kind", "idle", "cold"),
    [
        ("on-demand", 0.5, True),
        ("on-demand", 9, True),
        # Lambda has started it in advance.
        ("on-demand", 11, False),
        # Its clock went on since the snapshot was made.
        ("snap-start", 5000, True),
        (None, 5000, True),
    ],
)
def test_the_first_call_of_a_process_that_was_started_for_it(clock, monkeypatch, kind, idle, cold):
    monkeypatch.setattr(calls.start, "kind", kind)
    clock.now += 300  # what is imported may take long, where a start that failed is done again
    Watch(TechMicroService())
    clock.now += idle
    assert is_cold() is cold
    assert not is_cold()


def test_what_is_made_after_the_service_is_a_part_of_the_start(clock, monkeypatch):
    monkeypatch.setattr(calls.start, "kind", "on-demand")
    watch = Watch(TechMicroService())
    clock.now += 60

    class Observer:
        def end(self, call):
            """Not called."""

    watch.tell(Observer())
    clock.now += 1
    assert is_cold()
