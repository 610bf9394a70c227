"""What the local gateway doesn't serve, with the reason: the one list of it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class NotServed:
    """Cases of one kind."""

    what: str
    why: str
    told: str
    """What the gateway says when it meets it."""


NOT_SERVED = {
    "canary": NotServed("canary releases", "they choose by chance", "CanarySetting"),
    "validators": NotServed(
        "request validators", "a service checks what it takes itself", "RequestValidatorId"
    ),
    "stage-variables/rest-aws": NotServed(
        "integrations of type AWS with templates",
        "the construct declares proxy integrations",
        "type AWS",
    ),
    "custom-domain": NotServed(
        "custom domains",
        "they have no stage in their URL; the runtime is given their events",
        "custom domains are not served here",
    ),
    "function-url": NotServed(
        "function URLs",
        "they are no APIs; the runtime is given their events",
        "function URLs are not served here",
    ),
}
"""Areas, or areas with a kind of API, to the reason."""

NO_REQUESTS = {
    "gateway-response-defaults": "settings, which a test of its own reads",
    "lambda-wrapper-missing": "a wrapper script's failure is the runtime's own message",
}
"""Recorded cases that nobody can ask a gateway, to the reason."""


def reason(case):
    """Why a case isn't served; None where it is."""
    kinds = (case.area, f"{case.area}/{case.kind}")
    return next((NOT_SERVED[kind] for kind in kinds if kind in NOT_SERVED), None)
