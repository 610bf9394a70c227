"""Metrics in CloudWatch's embedded metric format: a line of the log a request, and no API calls."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from json.encoder import encode_basestring_ascii
from pathlib import Path
from threading import Lock
from time import perf_counter_ns, time_ns
from typing import TYPE_CHECKING, Any

from coworks_runtime.environment import on_lambda
from coworks_runtime.errors import MetricsError
from coworks_runtime.observing.call import current_call
from coworks_runtime.observing.observe import check_service, observe
from coworks_runtime.observing.threads import hand_on_calls

from .added import Added
from .emf import as_dimension, check_dimensions, check_metric, check_namespace, directive
from .lines import Lines

if TYPE_CHECKING:
    from coworks_runtime.observing.call import Call
    from coworks_runtime.observing.observed import Observed

_COUNT = {
    "Count": "Count",
    "Latency": "Milliseconds",
    "4XXError": "Count",
    "5XXError": "Count",
}
_START = {"ColdStart": "Count", "InitDuration": "Milliseconds"}
_OWN = ("service", "stage", "entry")
_TAKEN = frozenset({*_OWN, *_COUNT, *_START, "_aws", "requestId", "level", "timestamp"})
_INITIALIZATION = "AWS_LAMBDA_INITIALIZATION_TYPE"


class Metrics:
    """Tells CloudWatch how often a service is called, how long that takes, and how often it fails.

    Each request is one line of the log: ``Count``, ``Latency``, ``4XXError`` and ``5XXError`` by
    service and stage, and by entry where one answers; the first of a process tells ``ColdStart``
    and ``InitDuration`` too. What an entry adds is in the same line, by service, stage and the
    dimensions that it gives.

    .. code-block:: python

        app = Orders()
        metrics = Metrics(app, namespace="Shop")

    Elsewhere than on Lambda nothing is written; what CloudWatch wouldn't take is refused there too.

    :param app: the service.
    :param namespace: the metrics' namespace.
    :raises MetricsError: for a namespace that CloudWatch doesn't take, and for one that the service
        has metrics in already.
    """

    def __init__(self, app: Observed, *, namespace: str) -> None:
        check_namespace(namespace)
        self._namespace = namespace
        self._app = app
        self._is_written = on_lambda()
        level = os.environ.get("AWS_LAMBDA_LOG_LEVEL", "").upper()
        # Lambda takes a line without a level for INFO, and drops it where only others are wanted.
        self._level = level if level in {"WARN", "ERROR", "FATAL"} else None
        self._is_plain = self._is_written and self._level is None
        self._write = Lines().write
        self._known: dict[str, str] = {}
        self._adding = Lock()
        check_service(app, self)
        _take(app, namespace)
        observe(app, self)
        hand_on_calls()

    def add(
        self,
        name: str,
        value: float,
        *,
        unit: str = "None",
        dimension: Mapping[str, str] | None = None,
    ) -> None:
        """Add a value of a metric to the line of the current request.

        :param name: the metric's name. Added again, it has several values, with the same unit and
            dimensions.
        :param value: a finite number.
        :param unit: one of CloudWatch's units, as ``"Count"`` or ``"Milliseconds"``.
        :param dimension: further dimensions, values by names; a name has one value a request.
        :raises MetricsError: outside of a request and after its end, or past a limit: 100 metrics,
            100 values of one, 30 dimensions with ``service`` and ``stage``, the length of a line.
        """
        call = current_call.get()
        if call is None or call.service is not self._app:
            raise MetricsError(
                f"the metric {name!r} was added outside of a request of {self._app.name}: its line "
                "is that of a request"
            )
        check_metric(name, value, unit)
        given = check_dimensions(dimension)
        with self._adding:
            # First of all: a line that is written meanwhile finds this, or is found to be.
            added = self._added(call)
            if call.is_told or added.is_closed:
                raise MetricsError(
                    f"the metric {name!r} was added after the end of its request, whose line is "
                    "written: wait for threads before the entry returns"
                )
            added.add(name, value, unit, given)

    def end(self, call: Call) -> None:
        """Write the line."""
        microseconds = (perf_counter_ns() - call.started) // 1000
        call.is_told = True
        request, status, kept = call.request, call.status, call.kept
        if (
            request is not None
            and status is not None
            and status < 400
            and (kept is None or self not in kept)
            and call.error is None
            and request.url_rule is not None
        ):
            # Most lines: alike but for three values. An invocation finds little in the processor's
            # caches, so what counts is how much of the interpreter is needed for them: not what
            # formats a float here, nor what fills up a number with zeros.
            middle = self._known.get(request.url_rule.endpoint)
            if middle is not None:
                try:
                    request_id = encode_basestring_ascii(call.context.aws_request_id)
                except (AttributeError, TypeError):  # it is a stand-in for Lambda's context
                    request_id = encode_basestring_ascii(call.request_id)
                self._write(
                    f'{{"_aws":{{"Timestamp":{time_ns() // 1_000_000}{middle}'
                    f"{microseconds // 1000}.{microseconds // 100 % 10}"
                    f"{microseconds // 10 % 10}{microseconds % 10},"
                    f'"requestId":{request_id}}}\n'
                )
                return
            if self._is_plain:
                # From the second one on: the first one of all tells of a cold start as well.
                self._known[request.url_rule.endpoint] = self._middle(call)
        if self._is_written:
            document = self._document(call, microseconds / 1000)
            if document is not None:
                self._write(json.dumps(document) + "\n")

    def _added(self, call: Call) -> Added:
        added: Added | None = call.kept_by(self)
        if added is None:
            added = Added(_TAKEN, len(_OWN[:2]))
            call.keep(self, added)
        return added

    def _middle(self, call: Call) -> str:
        """What is the same in the lines of an entry's answers that went well."""
        metrics = json.dumps([self._counts(call)], separators=(",", ":"))
        own = {**self._dimensions(call), "Count": 1, "4XXError": 0, "5XXError": 0}
        same = json.dumps(own, separators=(",", ":"))
        return f',"CloudWatchMetrics":{metrics}}},{same[1:-1]},"Latency":'

    def _counts(self, call: Call) -> dict[str, Any]:
        sets = [list(_OWN[:2])]
        if call.endpoint is not None:
            sets.append(list(_OWN))
        return directive(self._namespace, sets, _COUNT)

    def _dimensions(self, call: Call) -> dict[str, str]:
        texts = (self._app.name, self._app.stage, call.endpoint)
        named = zip(_OWN, texts, strict=True)
        return {name: as_dimension(text) for name, text in named if text is not None}

    def _document(self, call: Call, milliseconds: float) -> dict[str, Any] | None:
        """The line of any call, ``None`` where there is nothing to tell."""
        with self._adding:
            added: Added | None = call.kept_by(self)
            if added is not None:
                added.is_closed = True
        if added is not None and not added.values:
            added = None  # all that was added has been refused
        is_counted = call.method is not None or call.event_method is not None
        if not (is_counted or added or call.is_cold):
            return None
        directives = []
        members: dict[str, Any] = {**self._dimensions(call), "requestId": call.request_id}
        if is_counted:
            directives.append(self._counts(call))
            # What a method returns for its event may have something of that name as well.
            status = call.status if isinstance(call.status, int) else None
            # A stream that breaks off has its status already.
            failed = call.error is not None or (status is not None and status >= 500)
            refused = status is not None and 400 <= status < 500
            members |= {"Count": 1, "Latency": milliseconds}
            members |= {"4XXError": int(refused), "5XXError": int(failed)}
        if call.is_cold:
            start = {"ColdStart": 1, "InitDuration": _start_milliseconds(milliseconds)}
            known = {name: value for name, value in start.items() if value is not None}
            units = {name: _START[name] for name in known}
            directives.append(directive(self._namespace, [list(_OWN[:2])], units))
            members |= known
        for names, units in added.sets() if added else ():
            directives.append(directive(self._namespace, [[*_OWN[:2], *names]], units))
        if added:
            members |= added.dimensions | added.values
        if self._level is not None:
            moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
            members |= {"level": self._level, "timestamp": moment}
        return {
            "_aws": {"Timestamp": time_ns() // 1_000_000, "CloudWatchMetrics": directives},
            **members,
        }


def _take(app: Observed, namespace: str) -> None:
    """Refuse to count a service's requests twice in one namespace.

    :raises MetricsError: where it has metrics there.
    """
    taken: set[str] = app.extensions.setdefault("coworks_metrics", set())
    if namespace in taken:
        raise MetricsError(
            f"{app.name} has Metrics of the namespace {namespace!r} already, which would count each "
            "request twice: use these"
        )
    taken.add(namespace)


def _start_milliseconds(since: float) -> float | None:
    """How long the process took to be ready for its first call.

    :param since: how long ago that came, in milliseconds.
    :return: ``None`` where it isn't known, and of a process that comes from a snapshot.
    """
    if os.environ.get(_INITIALIZATION) == "snap-start":
        return None
    try:
        # The 22nd value, after the command's name in brackets: ticks since the machine started.
        values = Path("/proc/self/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        started = int(values[19]) / os.sysconf("SC_CLK_TCK")
        now = time.clock_gettime(time.CLOCK_BOOTTIME)
    except (OSError, AttributeError, ValueError, IndexError):
        return None
    return round(max(0.0, (now - started) * 1000 - since), 3)
