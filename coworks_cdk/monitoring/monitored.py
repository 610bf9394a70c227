"""What the construct offers to watch a service by: metrics, alarms, a dashboard."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aws_cdk import Annotations, Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from coworks_cdk.asked_once import node_of
from coworks_cdk.monitoring import thresholds
from coworks_cdk.monitoring.alarms import Watch, declare_alarms, own_concurrency, own_latency
from coworks_cdk.monitoring.dashboards import add_rows, dashboard_problems
from coworks_cdk.monitoring.measured import Measured
from coworks_cdk.monitoring.thresholds import Given, shown, threshold_of
from coworks_cdk.monitoring.told import One, alarm_actions
from coworks_cdk.service_description import Entry

#: An entry, by its endpoint (``get_item``) or by method and path (``GET /item/{id}``).
OneEntry = str | Entry | None


class Monitored:
    """The part of a service's construct that CloudWatch is asked by.

    Metrics are the CDK's own: for graphs, alarms and sums of a user's own. ``options`` are further
    arguments of ``aws_cloudwatch.Metric``, such as ``period`` and ``statistic``. Metrics of one
    entry are sent from then on, and cost what CloudWatch's custom metrics do; those of the whole
    API and of the function cost nothing.
    """

    _measured: Measured

    def metric_count(self, entry: OneEntry = None, **options: Any) -> cloudwatch.Metric:
        """How many requests there were, their sum by default.

        :param entry: those of one entry.
        """
        return self._measured.of_api("Count", entry, {"statistic": "Sum"}, options)

    def metric_latency(self, entry: OneEntry = None, **options: Any) -> cloudwatch.Metric:
        """How long callers waited, in milliseconds; by default the 99th percentile.

        :param entry: those of one entry.
        """
        return self._measured.of_api("Latency", entry, {"statistic": "p99"}, options)

    def metric_client_errors(self, entry: OneEntry = None, **options: Any) -> cloudwatch.Metric:
        """How many requests were answered 4xx; with the statistic ``Average``, what share.

        :param entry: those of one entry.
        """
        return self._measured.of_api("4XXError", entry, {"statistic": "Sum"}, options)

    def metric_server_errors(self, entry: OneEntry = None, **options: Any) -> cloudwatch.Metric:
        """How many requests were answered 5xx; with the statistic ``Average``, what share.

        :param entry: those of one entry.
        """
        return self._measured.of_api("5XXError", entry, {"statistic": "Sum"}, options)

    def metric_errors(self, **options: Any) -> cloudwatch.Metric:
        """How many calls of the function ended without an answer: crashes, timeouts.

        An exception in an entry is none of them: it is answered, with a 500. Of the alias ``live``,
        where the API calls that.
        """
        return self._measured.called.metric_errors(**options)

    def metric_throttles(self, **options: Any) -> cloudwatch.Metric:
        """How many calls of the function were turned away, by its concurrency."""
        return self._measured.called.metric_throttles(**options)

    def metric_duration(self, **options: Any) -> cloudwatch.Metric:
        """How long the function ran, in milliseconds; by default the 99th percentile."""
        return self._measured.called.metric_duration(**{"statistic": "p99", **options})

    def metric_concurrency(self, **options: Any) -> cloudwatch.Metric:
        """How many of the function ran at once: at most, by default.

        Of the function, whose reserve its versions and aliases share.
        """
        options = {"statistic": "Maximum", **options}
        return self._measured.function.metric("ConcurrentExecutions", **options)

    def add_alarms(
        self,
        topic: One | Sequence[One],
        *,
        server_errors: Given = thresholds.SERVER_ERRORS,
        latency: Given = thresholds.LATENCY,
        throttles: Given = thresholds.THROTTLES,
        errors: Given = thresholds.ERRORS,
        concurrency: Given = thresholds.CONCURRENCY,
        ok_actions: bool = True,
        construct_id: str = "Alarms",
    ) -> dict[str, cloudwatch.Alarm]:
        """Declare the alarms that a service should have.

        Each takes a ``Threshold``, the value of one, or None for no alarm. Where there are no
        values, since nobody calls, none is raised.

        :param topic: who is told: a topic, any other action of CloudWatch, or several in a list.
        :param server_errors: the share of requests that are answered 5xx; by default 0.01, in three
            minutes of five.
        :param latency: the 99th percentile of how long callers waited, a ``Duration`` or in
            milliseconds; by default four fifths of how long API Gateway and the function let them
            wait, in three minutes of five. Answers in pieces last until their last piece.
        :param throttles: how many calls were turned away, one in five minutes by default.
        :param errors: how many calls ended without an answer, one in five minutes by default.
        :param concurrency: how many of the function run at once; by default four fifths of what is
            reserved for it, in three minutes of five, and no alarm where nothing is reserved, or
            one.
        :param ok_actions: whether the topic is told when an alarm is over, too.
        :param construct_id: of what the alarms are below; another one for further alarms.
        :returns: the alarms, by the names of these arguments.
        """
        measured = self._measured
        share = {"statistic": "Average"}
        watches = {
            "server_errors": Watch(
                "ServerErrors",
                threshold_of(server_errors, thresholds.SERVER_ERRORS),
                lambda period: self.metric_server_errors(period=period, **share),
                "a share of {} or more of the requests is answered 5xx",
                most=(1, "the share of all requests (0.05 is one in twenty)"),
            ),
            "latency": Watch(
                "Latency",
                threshold_of(latency, thresholds.LATENCY),
                lambda period: self.metric_latency(period=period),
                f"one request in a hundred takes {{}} ms or more, of {shown(measured.wait)} ms "
                "that callers are waited for",
                own_latency(measured),
                (2 * measured.wait, "the longest of the authorizer and of the service together"),
                in_time=True,
            ),
            "throttles": Watch(
                "Throttles",
                threshold_of(throttles, thresholds.THROTTLES),
                lambda period: self.metric_throttles(period=period),
                "calls of the function are turned away, {} or more",
            ),
            "errors": Watch(
                "Errors",
                threshold_of(errors, thresholds.ERRORS),
                lambda period: self.metric_errors(period=period),
                "calls of the function end without an answer (crashes, timeouts), {} or more",
            ),
            "concurrency": Watch(
                "Concurrency",
                threshold_of(concurrency, thresholds.CONCURRENCY),
                lambda period: self.metric_concurrency(period=period),
                "the function runs {} times or more at once",
                own_concurrency(measured),
                (measured.reserve, "what is reserved") if measured.reserve else None,
            ),
        }
        actions, problems = alarm_actions(topic)
        measured.problems.add(*problems)
        at_once = watches["concurrency"].threshold
        if at_once is not None and at_once.value is None and measured.has_late_reserve:
            Annotations.of(self._scope).add_warning_v2(
                "coworks:late-reserve",
                "what is reserved for the function is known at deployment only, so that there is "
                "no alarm on its concurrency: give `concurrency` a number.",
            )
        return declare_alarms(
            Construct(self._scope, self._free_id(construct_id, "another construct_id")),
            measured,
            watches,
            actions,
            ok_actions=ok_actions,
        )

    def dashboard(
        self,
        dashboard: cloudwatch.Dashboard | None = None,
        *,
        entries: Sequence[str | Entry] | str | Entry | None = None,
        period: Duration | None = None,
        name: str | None = None,
    ) -> cloudwatch.Dashboard:
        """Declare a dashboard of the service: its API, its function, and a row an entry.

        :param dashboard: a dashboard that the rows are added to, as of several services; by default
            a new one.
        :param entries: which entries have a row, or which one; by default all of them, whose
            metrics are sent from then on.
        :param period: what each point of the graphs gathers, five minutes by default.
        :param name: the name of the new dashboard; by default CloudFormation chooses it.
        """
        measured = self._measured
        problems = dashboard_problems(dashboard, name)
        measured.problems.add(*problems)
        if dashboard is None or problems:
            own = self._free_id("Dashboard", "a Dashboard of yours, for `dashboard`")
            kept = None if problems else name
            dashboard = cloudwatch.Dashboard(self._scope, own, dashboard_name=kept)
        named = (entries,) if isinstance(entries, str | Entry) else entries
        chosen = measured.entries if named is None else map(measured.entry, named)
        when: dict[str, Any] = {} if period is None else {"period": period}

        def percentiles(metric: Any, *of: Any) -> list[cloudwatch.Metric]:
            return [metric(*of, statistic=one, label=one, **when) for one in ("p50", "p99")]

        add_rows(
            dashboard,
            measured,
            [entry for entry in chosen if entry is not None],
            of_api=lambda entry: (
                [self.metric_count(entry, label="requests", **when)],
                [
                    self.metric_client_errors(entry, label="4xx", **when),
                    self.metric_server_errors(entry, label="5xx", **when),
                ],
                percentiles(self.metric_latency, entry),
            ),
            of_function=(
                [
                    self.metric_errors(label="errors", **when),
                    self.metric_throttles(label="throttles", **when),
                ],
                percentiles(self.metric_duration),
                [self.metric_concurrency(label="at once", **when)],
            ),
        )
        return dashboard

    def _free_id(self, wanted: str, instead: str) -> str:
        """An id below the construct: that which is wanted, unless it is taken.

        :param instead: what is allowed then.
        """
        children = node_of(self._scope)
        found, number = wanted, 2
        while children.try_find_child(found) is not None:
            found, number = f"{wanted}{number}", number + 1
        if found != wanted:
            self._measured.problems.add(f"there is {wanted!r} already; allowed: {instead}")
        return found

    @property
    def _scope(self) -> Construct:
        """The construct itself."""
        assert isinstance(self, Construct)  # noqa: S101 - what this is a part of
        return self
