"""What is measured: each peer, what it is made of, and how its own tooling ships it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Peer:
    """One way to write and ship the same service.

    :param name: its name in the results.
    :param service: its module under `services`.
    :param package: the folder of packages that it is built into; several may share one.
    :param compiled: whether its tooling ships `.pyc` files that Lambda can use.
    :param warm: whether it takes part in the warm measurement.
    :param function: the name of the Lambda handler in its module.
    :param note: what a reader of the tables has to know.
    """

    name: str
    service: str
    package: str
    compiled: bool = False
    warm: bool = True
    function: str = "handler"
    note: str = ""


FLOOR = Peer(
    "Flask alone",
    "floor",
    "floor",
    compiled=True,
    function="lambda_handler",
    note="called as WSGI, no adapter",
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
XRAY = Peer(
    "this project, XRay", "ours_xray", "ours-xray", compiled=True, warm=False, note="registered"
)

PEERS = (
    FLOOR,
    OURS,
    IN_USE,
    MANY,
    XRAY,
    Peer("coworks 0.9.4", "coworks_peer", "coworks", function="lambda_handler"),
    Peer("serverless-wsgi", "serverless_wsgi_peer", "serverless-wsgi", note="with Flask"),
    Peer("apig-wsgi", "apig_wsgi_peer", "apig-wsgi", note="with Flask"),
    Peer("Mangum, Starlette", "mangum_starlette", "mangum-starlette"),
    Peer("Mangum, FastAPI", "mangum_fastapi", "mangum-fastapi"),
    Peer("Powertools", "powertools", "powertools", note="APIGatewayRestResolver"),
    Peer("Chalice", "chalice_peer", "chalice"),
)
