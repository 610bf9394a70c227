"""What happens to a request: route, authorizer, integration, answer."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from concurrent.futures import TimeoutError as NotYet
from dataclasses import replace
from typing import Any

from coworks_cdk.local.gateway import gateway_responses as failures
from coworks_cdk.local.gateway.asynchronous import AsynchronousIntegration
from coworks_cdk.local.gateway.authorization import Gatekeeper
from coworks_cdk.local.gateway.callers import claims_of, signed_caller
from coworks_cdk.local.gateway.event import identity_source, method_arn, proxy_event
from coworks_cdk.local.gateway.gateway_responses import Failure, gateway_response
from coworks_cdk.local.gateway.invocations import Invocations
from coworks_cdk.local.gateway.mock import MockIntegration
from coworks_cdk.local.gateway.request import Arrival, Request
from coworks_cdk.local.gateway.response import Malformed, NoBase64, Response, proxy_response
from coworks_cdk.local.gateway.routing import Router
from coworks_cdk.local.gateway.stream import begun_response
from coworks_cdk.local.gateway.throttle import Bucket
from coworks_cdk.local.invocation import BrokenOff, Invoke, Result, failure
from coworks_cdk.local.template.records import Api, Asynchronous, Authorizer, Lambda, Mock

INTEGRATION_SECONDS = 29.0
LONGEST_SECONDS = 900.0
"""No integration lasts longer; what is waited for longer is held by a debugger."""
MAX_REQUEST = 10 * 1024 * 1024
MAX_EVENT = 6 * 1024 * 1024
"""Bytes of an event that Lambda takes; the base64 of a body counts."""


class Gateway:
    """Answers the requests of one API."""

    def __init__(
        self,
        api: Api,
        invoke: Invoke,
        say: Callable[[str], None],
        integration_seconds: float = INTEGRATION_SECONDS,
    ) -> None:
        """Answer for ``api``.

        :param invoke: runs its functions.
        :param say: told what the caller isn't.
        :param integration_seconds: how long a function is waited for.
        """
        self.api = api
        self._invoke, self._say = invoke, say
        self._seconds = integration_seconds
        self._invocations = Invocations(api, invoke)
        self._router = Router(api.resources, api.routes)
        self._stages = {stage.name: stage for stage in api.stages}
        self._buckets = {s.name: Bucket(s.rate, s.burst) for s in api.stages}
        self._gatekeepers: dict[tuple[str, str], Gatekeeper] = {}
        for route in api.routes:
            authorizer = route.authorizer
            if authorizer is not None and authorizer.function is not None:
                for name in self._stages:
                    key = (name, authorizer.id)
                    if key not in self._gatekeepers:
                        self._gatekeepers[key] = self._gatekeeper(authorizer, authorizer.function)
        self._asynchronous = {
            id(route.integration): AsynchronousIntegration(
                route.integration, api.binary_media_types, invoke, say
            )
            for route in api.routes
            if isinstance(route.integration, Asynchronous)
        }
        self._mocks = {
            id(route.integration): MockIntegration(route.integration, api.binary_media_types, say)
            for route in api.routes
            if isinstance(route.integration, Mock)
        }

    def answer(self, request: Request) -> Response:
        """Answer a request."""
        override = request.header("X-HTTP-Method-Override")
        if override:
            request = replace(request, method=override.upper())
        # Doubled slashes at the beginning and after the stage count once (recorded 2024-08-02).
        request = replace(request, path="/" + request.path.lstrip("/"))
        name, slash, rest = request.path[1:].partition("/")
        stage = self._stages.get(name)
        if stage is None:
            invoked = self._invocations.answer(request)
            if invoked is not None:
                return invoked
            self._say(f"no stage {name!r}: the API's URL starts with /{'|'.join(self._stages)}/")
            return gateway_response(failures.NO_STAGE, None)
        path = slash + rest.lstrip("/") or "/"
        match = self._router.match(request.method, path)
        arrival = Arrival(request, self.api, stage, path, match)
        response = self._answer(arrival)
        if isinstance(response, Failure):
            response = gateway_response(response, arrival)
        return response

    def _answer(self, arrival: Arrival) -> Response | Failure:
        if arrival.match is None:
            return failures.NO_ROUTE
        if not self._buckets[arrival.stage.name].take():
            return failures.THROTTLED
        if len(arrival.request.body) > MAX_REQUEST:
            return failures.TOO_LARGE
        admitted = self._admitted(arrival)
        if isinstance(admitted, Failure):
            return admitted
        integration = arrival.match.route.integration
        if isinstance(integration, Mock):
            return self._mocks[id(integration)].answer(arrival)
        if isinstance(integration, Asynchronous):
            return self._asynchronous[id(integration)].answer(arrival, *admitted)
        return self._call(arrival.request, integration, proxy_event(arrival, *admitted))

    def _admitted(
        self, arrival: Arrival
    ) -> Failure | tuple[Mapping[str, Any] | None, Mapping[str, str] | None]:
        """What the event tells of the caller: the authorizer's context, and an identity."""
        authorizer = None if arrival.match is None else arrival.match.route.authorizer
        if authorizer is None:
            return None, None
        request = arrival.request
        if authorizer.kind == "IAM":
            caller = signed_caller(request.header("Authorization"), self.api.account)
            return caller if isinstance(caller, Failure) else (None, caller)
        event = proxy_event(arrival)
        if authorizer.kind == "COGNITO":
            claims = claims_of(identity_source(authorizer.sources[0], request, event))
            return claims if isinstance(claims, Failure) else (claims, None)
        gatekeeper = self._gatekeepers[arrival.stage.name, authorizer.id]
        decision = gatekeeper.decide(request, event, method_arn(arrival))
        if isinstance(decision, Failure):
            return decision
        return {**decision, "integrationLatency": 0}, None

    def _call(
        self, request: Request, integration: Lambda, content: Mapping[str, Any]
    ) -> Response | Failure:
        event = json.dumps(content, separators=(",", ":")).encode()
        if len(event) > MAX_EVENT:
            return failures.TOO_LARGE
        if integration.broken is not None:
            self._say(f"API Gateway can't call the function: {integration.broken}")
            return failures.BAD_CONFIGURATION
        seconds = integration.seconds
        if seconds is None or self._seconds > LONGEST_SECONDS:
            seconds = self._seconds
        end = time.monotonic() + seconds
        try:
            result = self._invoke(integration.function, event, request.trace_id).result(seconds)
        except NotYet:
            self._say(f"no answer within {seconds:g} s")
            return failures.TIMED_OUT
        return self._made(
            request, result if integration.streams else result.whole(), end, integration
        )

    def _made(
        self, request: Request, result: Result, end: float, integration: Lambda
    ) -> Response | Failure:
        """What becomes of a function's answer.

        :param end: when the integration's time is over (monotonic seconds).
        """
        if result.failed:
            self._say(f"the function failed: {result.message}")
            return failures.BAD_ANSWER
        try:
            if integration.streams:
                return begun_response(result, end)
            return proxy_response(
                result.payload, self.api.binary_media_types, request.header("Accept")
            )
        except NoBase64 as error:
            self._say(f"the function's answer can't be used: {error}")
            return failures.BROKEN_ANSWER
        except BrokenOff as error:
            self._say(f"the function failed: {error}")
            return failures.BAD_ANSWER
        except Malformed as error:
            self._say(f"the function's answer can't be used: {error}")
            return failures.BAD_ANSWER

    def _gatekeeper(self, authorizer: Authorizer, function: str) -> Gatekeeper:
        def ask(content: Mapping[str, Any]) -> Result:
            event = json.dumps(content).encode()
            try:
                return self._invoke(function, event, "").result(self._seconds).whole()
            except NotYet:
                self._say(f"the authorizer gave no answer within {self._seconds:g} s")
                return failure("timed out", "Sandbox.Timedout")

        return Gatekeeper(authorizer, ask, self._say)
