"""What is measured: each peer, what it is made of, and how its own tooling ships it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Peer:
    """One way to write and ship the same service.

    :param name: its name in the results.
    :param service: its module under `services`.
    :param package: the folder of packages that it is built into; several may share one.
    :param compiled: whether its tooling ships `.pyc` files that Lambda can use.
    :param warm: whether it takes part in the warm measurement.
    :param typed: whether it answers the requests whose values are of a class.
    :param function: the name of the Lambda handler in its module.
    :param environment: what its function's environment has beside Lambda's own.
    :param note: what a reader of the tables has to know.
    """

    name: str
    service: str
    package: str
    compiled: bool = False
    warm: bool = True
    typed: bool = False
    function: str = "handler"
    environment: Mapping[str, str] = field(default_factory=dict, hash=False)
    note: str = ""


FLOOR = Peer(
    "Flask alone",
    "floor",
    "floor",
    compiled=True,
    typed=True,
    function="lambda_handler",
    note="called as WSGI, no adapter; its typed answers are dicts",
)
OURS = Peer("this project", "ours", "ours", compiled=True, note="typed parameters, no hooks")
IN_USE = Peer(
    "this project, in use",
    "ours_in_use",
    "ours",
    compiled=True,
    note="with hooks, a session and a signal",
)
MANY = Peer(
    "this project, 300 entries", "ours_300_entries", "ours", compiled=True, note="instead of 4"
)
CLASSES = Peer(
    "this project, classes",
    "ours_typed",
    "ours",
    compiled=True,
    typed=True,
    note="with entries that take and answer msgspec's",
)
XRAY = Peer(
    "this project, XRay", "ours_xray", "ours-xray", compiled=True, warm=False, note="registered"
)
JSON_LOGS = Peer(
    "this project, JSON logs",
    "ours",
    "ours",
    compiled=True,
    environment={"AWS_LAMBDA_LOG_FORMAT": "JSON"},
    note="the log format's",
)
METRICS = Peer(
    "this project, Metrics", "ours_metrics", "ours", compiled=True, note="a line a request"
)
OTEL = Peer(
    "this project, OTel",
    "ours_otel",
    "ours-otel",
    compiled=True,
    note="OpenTelemetry's API, without an SDK",
)
POWERTOOLS = Peer("Powertools", "powertools", "powertools", note="APIGatewayRestResolver")
POWERTOOLS_OBSERVED = Peer(
    "Powertools, observed", "powertools_observed", "powertools", note="with Logger and Metrics"
)
BESIDE = {
    **dict.fromkeys((JSON_LOGS.name, METRICS.name, OTEL.name), OURS.name),
    POWERTOOLS_OBSERVED.name: POWERTOOLS.name,
}
"""Whom a service with logs, metrics or traces is measured beside: the same one without."""

PEERS = (
    FLOOR,
    OURS,
    IN_USE,
    MANY,
    CLASSES,
    JSON_LOGS,
    METRICS,
    OTEL,
    XRAY,
    Peer("coworks 0.9.4", "coworks_peer", "coworks", function="lambda_handler"),
    Peer("serverless-wsgi", "serverless_wsgi_peer", "serverless-wsgi", note="with Flask"),
    Peer("apig-wsgi", "apig_wsgi_peer", "apig-wsgi", note="with Flask"),
    Peer("Mangum, Starlette", "mangum_starlette", "mangum-starlette"),
    Peer("Mangum, FastAPI", "mangum_fastapi", "mangum-fastapi", typed=True),
    POWERTOOLS,
    POWERTOOLS_OBSERVED,
    Peer(
        "Powertools, validating",
        "powertools_typed",
        "powertools-typed",
        typed=True,
        note="with Pydantic",
    ),
    Peer("Chalice", "chalice_peer", "chalice"),
)
