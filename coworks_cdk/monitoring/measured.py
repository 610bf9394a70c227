"""A service as CloudWatch knows it: the metrics of its API, of its function, and of one entry.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html
https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from aws_cdk import Duration, Token
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_

from coworks_cdk.api.route_tree import positional_parts
from coworks_cdk.asked_once import is_late, milliseconds
from coworks_cdk.checks.refusal import Problems
from coworks_cdk.monitoring.detail import measure_method
from coworks_cdk.service_description import Entry

_API = "AWS/ApiGateway"
# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
_INTEGRATION_TIMEOUT = Duration.seconds(29)


@dataclass(frozen=True)
class Measured:
    """A service's resources whose metrics there are.

    :param name: the service's name, for titles and descriptions.
    :param called: what the API calls: the function, or its alias.
    :param wait: how long a caller is waited for, in milliseconds.
    :param problems: is told what can't be measured.
    :param is_refused: whether the service itself is: then its entries are unknown.
    """

    name: str
    stage: str
    api: apigateway.RestApi | apigateway.SpecRestApi
    function: lambda_.Function
    called: lambda_.IFunction
    entries: Sequence[Entry]
    wait: float
    problems: Problems
    is_refused: bool

    def of_api(
        self, metric: str, entry: str | Entry | None, defaults: Mapping[str, Any], given: Any
    ) -> cloudwatch.Metric:
        """A metric of the API's stage, or of one of its methods, which is measured from then on.

        :param metric: its name.
        :param defaults: of the CDK's ``Metric``.
        :param given: what the user says in their place.
        """
        dimensions = {"ApiName": self._api_name, "Stage": self.stage}
        found = None if entry is None else self.entry(entry)
        if found is not None:
            path = resource_path(found)
            dimensions |= {"Resource": path, "Method": found.method}
            measure_method(self.api.deployment_stage, path, found.method)
        options = {**defaults, **given}
        made = cloudwatch.Metric(
            namespace=_API, metric_name=metric, dimensions_map=dimensions, **options
        )
        # It is of the API's region and account, on whatever dashboard.
        return made.attach_to(self.api)

    def entry(self, named: str | Entry) -> Entry | None:
        """The entry of an endpoint, or of a method and a path; a problem where there isn't one."""
        found = [
            entry
            for entry in self.entries
            if named in (entry.endpoint, f"{entry.method} {entry.path}") or named == entry
        ]
        if len(found) == 1:
            return found[0]
        if not self.is_refused:
            self.problems.add(_unknown(named, found or self.entries, several=bool(found)))
        return None

    @property
    def reserve(self) -> float | None:
        """How many of the function may run at once, where that is reserved, and known."""
        return None if self.has_late_reserve else self._reserved

    @property
    def has_late_reserve(self) -> bool:
        """Whether something is reserved that is known at deployment only."""
        return self._reserved is not None and Token.is_unresolved(self._reserved)

    @property
    def _reserved(self) -> float | None:
        resource = cast("lambda_.CfnFunction", self.function.node.default_child)
        return resource.reserved_concurrent_executions

    @property
    def _api_name(self) -> str:
        """The API's name as its metrics have it: in ASCII, or the API's id."""
        name = self.api.rest_api_name
        return name.encode("ascii", "ignore").decode() or self.api.rest_api_id


def waited(
    timeout: Duration, integration_timeout: Duration | None, streamed: Sequence[Entry]
) -> float:
    """How long a caller is waited for, in milliseconds: as long as both wait.

    :param timeout: how long the function may take.
    :param integration_timeout: how long API Gateway waits for it; its default without one, and
        where neither is known before the deployment.
    :param streamed: the entries whose answers are sent piece by piece: API Gateway waits for the
        last piece as long as the function may take, and its latency lasts as long.
        https://docs.aws.amazon.com/apigateway/latest/developerguide/response-streaming-troubleshoot.html
    """
    waits = (timeout, integration_timeout or _INTEGRATION_TIMEOUT)
    known = [milliseconds(one) for one in waits if not is_late(one)]
    wait = min(known, default=milliseconds(_INTEGRATION_TIMEOUT))
    return max(wait, milliseconds(timeout)) if streamed and not is_late(timeout) else wait


def resource_path(entry: Entry) -> str:
    """The path of an entry's resource, as the API has it."""
    return "/" + "/".join(positional_parts(entry.path))


def _unknown(named: object, entries: Sequence[Entry], *, several: bool) -> str:
    routes = ", ".join(repr(f"{entry.method} {entry.path}") for entry in entries)
    if several:
        return f"entry {named!r} has several routes; name one of them: {routes}"
    endpoints = ", ".join(sorted({entry.endpoint for entry in entries}))
    return f"there is no entry {named!r} to measure; allowed: {endpoints}, or one of {routes}"
