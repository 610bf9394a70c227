"""What a deployed service logged, as CloudWatch has it."""

import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from .aws import asking, aws_options, one_service, physical_id
from .errors import CwsError

if TYPE_CHECKING:
    from mypy_boto3_logs.client import CloudWatchLogsClient
    from mypy_boto3_logs.type_defs import FilteredLogEventTypeDef

POLL_SECONDS = 2.0
"""How long to wait before CloudWatch is asked again."""
LATE_MILLISECONDS = 30_000
"""How late an event may become visible after others."""

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_START = re.compile(r"START RequestId: (\S+)")


def _seconds(_ctx: click.Context, _param: click.Parameter, value: str) -> float:
    """How long ago a time is, as ``10m``."""
    found = re.fullmatch(r"(\d+)([smhd])", value)
    if found is None:
        raise click.BadParameter(f"{value!r} must be a number with s, m, h or d, as 10m.")
    return int(found[1]) * _UNITS[found[2]]


@click.command()
@click.argument("service", required=False)
@click.option("-f", "--follow", is_flag=True, help="Go on with what is logged from now on.")
@click.option("-r", "--request-id", metavar="ID", help="One request's lines only.")
@click.option(
    "--since",
    default="10m",
    show_default=True,
    metavar="TIME",
    callback=_seconds,
    help="How far to go back, as 2h.",
)
@click.option("--stack", metavar="NAME", help="The stack's name, where several have this service.")
@aws_options
def logs(
    service: str | None,
    follow: bool,
    request_id: str | None,
    since: float,
    stack: str | None,
    profile_name: str | None,
    region: str | None,
) -> None:
    """Print what a deployed service logged.

    SERVICE is its construct's id (see "cws deployed"); none is needed where the stage has one
    service only. The stage is that of "cws --stage STAGE", dev by default. Times are UTC.
    """
    with asking("what was logged", profile_name, region) as session:
        found = one_service(session, "logs", service, stack)
        group = physical_id(session, found, "AWS::Logs::LogGroup", "LogGroup")
        if group is None:
            raise CwsError(f"{found.service} of the stack {found.stack} has no log group.")
        client = session.client("logs")
        chosen = Requests(request_id)
        for event in _events(client, group, since, follow=follow):
            if chosen.include(event):
                _show(event)


class Requests:
    """Tells which lines are of one request: those between its start and its stream's next one."""

    def __init__(self, wanted: str | None) -> None:
        """Choose the lines of a request, or of all."""
        self._wanted = wanted
        self._current: dict[str, str] = {}

    def include(self, event: "FilteredLogEventTypeDef") -> bool:
        """Tell whether a line is to be shown; called for all lines, in their order."""
        if self._wanted is None:
            return True
        stream, message = event["logStreamName"], event["message"]
        if started := _START.match(message):
            self._current[stream] = started[1]
        return self._current.get(stream) == self._wanted or self._wanted in message


def _events(
    client: "CloudWatchLogsClient", group: str, since: float, *, follow: bool
) -> "Iterator[FilteredLogEventTypeDef]":
    """What was logged, each line once, and what will be."""
    start = int((time.time() - since) * 1000)
    seen: dict[str, int] = {}
    while True:
        pages = client.get_paginator("filter_log_events").paginate(
            logGroupName=group, startTime=start
        )
        for page in pages:
            for event in page["events"]:
                if event["eventId"] not in seen:
                    seen[event["eventId"]] = event["timestamp"]
                    yield event
        if not follow:
            return
        time.sleep(POLL_SECONDS)
        start = max(start, max(seen.values(), default=start) - LATE_MILLISECONDS)
        seen = {name: when for name, when in seen.items() if when >= start}


def _show(event: "FilteredLogEventTypeDef") -> None:
    when = datetime.fromtimestamp(event["timestamp"] / 1000, UTC)
    shown = f"{when:%Y-%m-%d %H:%M:%S}.{when.microsecond // 1000:03d}"
    # Lambda's runtime client writes a traceback as one line, for CloudWatch's sake.
    text = event["message"].rstrip("\r\n").replace("\u00a0", " ").replace("\r", "\n")
    click.echo(f"{shown}  {text}")
