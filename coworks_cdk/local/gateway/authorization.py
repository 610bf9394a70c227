"""An authorizer's function: asked for real, its policy evaluated, its answer kept for the TTL."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Any

from coworks_cdk.local.gateway import gateway_responses as failures
from coworks_cdk.local.gateway.event import identity_source, request_event, token_event
from coworks_cdk.local.gateway.gateway_responses import Failure
from coworks_cdk.local.gateway.policy import MalformedPolicy, evaluate
from coworks_cdk.local.gateway.request import Request
from coworks_cdk.local.invocation import Result
from coworks_cdk.local.template.records import Authorizer

_CACHED_AT_MOST = 10_000

_Key = tuple[str | None, ...]


class Nonsense(ValueError):
    """The authorizer's answer is none that API Gateway takes."""


@dataclass(frozen=True)
class Verdict:
    """What an authorizer answered for a caller."""

    policy: Any
    context: Mapping[str, Any]
    """With ``principalId``; all values as strings, as they reach the function."""


def read_verdict(payload: bytes) -> Verdict:
    """Read an authorizer's answer.

    :raises Nonsense: saying what is wrong with it.
    """
    try:
        answer = json.loads(payload)
    except ValueError as error:
        raise Nonsense("its answer is no JSON") from error
    if not isinstance(answer, dict):
        raise Nonsense(f"its answer is no object but {type(answer).__name__}")
    principal = answer.get("principalId")
    if not isinstance(principal, str):
        raise Nonsense("principalId is no string")
    context = answer.get("context") or {}
    if not isinstance(context, dict):
        raise Nonsense("context is no object")
    values = {"principalId": principal}
    for name, value in context.items():
        if isinstance(value, dict | list):
            raise Nonsense(f"context[{name!r}] is no scalar but {type(value).__name__}")
        if isinstance(value, bool):
            values[name] = "true" if value else "false"
        elif value is not None:
            values[name] = str(value)
    return Verdict(answer.get("policyDocument"), values)


class Gatekeeper:
    """Decides on requests for one authorizer of an API, by asking its function."""

    def __init__(
        self,
        authorizer: Authorizer,
        ask: Callable[[Mapping[str, Any]], Result],
        say: Callable[[str], None],
        clock: Callable[[], float] = monotonic,
    ) -> None:
        """Decide with the authorizer's function.

        :param ask: calls it with an event.
        :param say: told what is wrong with its answers; never a token.
        """
        self._authorizer, self._ask, self._say, self._clock = authorizer, ask, say, clock
        self._cache: dict[_Key, tuple[float, Verdict]] = {}
        self._lock = threading.Lock()

    def decide(
        self, request: Request, event: Mapping[str, Any], arn: str
    ) -> Failure | Mapping[str, Any]:
        """Give the context of an allowed request, or the error for another.

        A kept policy is evaluated against this request's ARN, whichever it was given for.

        :param event: that of a proxy integration.
        """
        sources = self._authorizer.sources
        values = tuple(identity_source(source, request, event) for source in sources)
        if not all(values):
            return failures.UNAUTHORIZED
        if self._authorizer.kind == "TOKEN":
            token = str(values[0])
            pattern = self._authorizer.pattern
            if pattern and not re.fullmatch(pattern, token):
                return failures.UNAUTHORIZED
            event = token_event(token, arn)
        else:
            event = request_event(event, arn)
        verdict = self._cached(values)
        if verdict is None:
            answer = self._asked(values, event)
            if isinstance(answer, Failure):
                return answer
            verdict = answer
        try:
            outcome = evaluate(verdict.policy, arn)
        except MalformedPolicy as error:
            self._say(f"the authorizer's policy can't be used: {error}")
            return failures.AUTHORIZER_NONSENSE
        if outcome == "allow":
            return verdict.context
        return failures.EXPLICITLY_DENIED if outcome == "explicit-deny" else failures.DENIED

    def _cached(self, key: _Key) -> Verdict | None:
        with self._lock:
            until, verdict = self._cache.get(key, (0.0, None))
            if verdict is not None and until < self._clock():
                del self._cache[key]
                return None
            return verdict

    def _asked(self, key: _Key, event: Mapping[str, Any]) -> Failure | Verdict:
        result = self._ask(event)
        if result.failed:
            if result.message == "Unauthorized":
                return failures.UNAUTHORIZED
            return failures.AUTHORIZER_FAILED
        try:
            verdict = read_verdict(result.payload)
        except Nonsense as error:
            self._say(f"the authorizer's answer can't be used: {error}")
            return failures.AUTHORIZER_NONSENSE
        if self._authorizer.ttl and key:
            with self._lock:
                if len(self._cache) >= _CACHED_AT_MOST:
                    self._cache.clear()
                self._cache[key] = (self._clock() + self._authorizer.ttl, verdict)
        return verdict
