"""Call a service with an event, as Lambda does: here, or where it is deployed."""

import base64
import json
import time
import urllib.request
import uuid
from pathlib import Path
from typing import Any
from urllib.parse import quote

import click
from flask.cli import ScriptInfo

from coworks_runtime.errors import UnknownEventError
from coworks_runtime.service import TechMicroService

from .aws import asking, aws_options, one_service, physical_id
from .errors import CwsError

TIMEOUT_SECONDS = 30
LOCAL_SECONDS = 900
"""No function runs longer."""


class LocalContext:
    """What a function is told of its invocation, where there is no Lambda."""

    function_name = "local"
    function_version = "$LATEST"
    invoked_function_arn = "arn:aws:lambda:us-east-1:123456789012:function:local"
    memory_limit_in_mb = "128"
    log_group_name = "/aws/lambda/local"
    log_stream_name = "local"
    identity = None
    client_context = None

    def __init__(self) -> None:
        """Start the invocation's time."""
        self.aws_request_id = str(uuid.uuid4())
        self._end = time.monotonic() + TIMEOUT_SECONDS

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until Lambda would end it."""
        return max(0, int((self._end - time.monotonic()) * 1000))


@click.command()
@click.argument("event", type=click.File(encoding="utf-8"))
@click.argument("service", required=False)
@click.option("--deployed", is_flag=True, help="Call the deployed function.")
@click.option(
    "--local", "url", metavar="URL", help="Call the function that 'cws local' serves at URL."
)
@click.option("--stack", metavar="NAME", help="The stack's name, where several have this service.")
@aws_options
@click.pass_context
def invoke(
    ctx: click.Context,
    event: Any,
    service: str | None,
    deployed: bool,
    url: str | None,
    stack: str | None,
    profile_name: str | None,
    region: str | None,
) -> None:
    """Call a service with an event and print what it answers.

    EVENT is a JSON file ("-" reads it from standard input). The service of --app is called in this
    process; with --deployed, the function of SERVICE (its construct's id, see "cws deployed"; none
    is needed where the stage has one only), whose last log lines are shown too; with --local, the
    function of the service that "cws local" serves there, which logs by itself. The command ends
    with status 1 where the function fails.
    """
    content = _read(event)
    if url is not None:
        if deployed:
            raise CwsError("--local and --deployed are two functions: give one of them.")
        answer = _call_served(url, content)
    elif not deployed:
        answer = _call_here(ctx.ensure_object(ScriptInfo), content)
    else:
        with asking("to call the function", profile_name, region) as session:
            found = one_service(session, "invoke EVENT", service, stack)
            # The alias of a service with versions is what its API calls.
            name = physical_id(session, found, "AWS::Lambda::Alias", "Alias") or physical_id(
                session, found, "AWS::Lambda::Function", "Function"
            )
            if name is None:
                raise CwsError(f"{found.service} of the stack {found.stack} has no function.")
            answer = _call_there(session.client("lambda"), name, content)
    click.echo(answer)


def _read(event: Any) -> Any:
    try:
        return json.load(event)
    except ValueError as error:
        name = Path(event.name).name
        raise CwsError(f"{name} is no JSON ({error}); an event is a JSON object.") from error


def _call_here(info: ScriptInfo, event: Any) -> str:
    service = info.load_app()
    if not isinstance(service, TechMicroService):
        raise CwsError(
            f"{info.app_import_path}: a {type(service).__name__}; only a TechMicroService takes "
            "events."
        )
    try:
        answer = service(event, LocalContext())
    except UnknownEventError as error:
        raise CwsError(str(error)) from error
    return json.dumps(answer, indent=2)


def _call_served(url: str, event: Any) -> str:
    base = "/".join(url.split("/")[:3])  # a service's URL has its stage
    functions = json.loads(_ask(f"{base}/2015-03-31/functions")[1])["Functions"]
    names = [function["FunctionName"] for function in functions]
    if len(names) != 1:
        raise CwsError(f"the API at {base} calls {len(names)} functions, not one.")
    failed, payload = _ask(
        f"{base}/2015-03-31/functions/{quote(names[0], safe='')}/invocations",
        json.dumps(event).encode(),
    )
    if failed:
        raise CwsError(f"the function failed: {payload}")
    return _shown(payload)


def _ask(url: str, body: bytes | None = None) -> tuple[bool, str]:
    """Ask the local gateway; gives whether a function failed, and the body."""
    try:
        with urllib.request.urlopen(url, body, timeout=LOCAL_SECONDS) as answer:  # noqa: S310 - the user's own URL
            return "X-Amz-Function-Error" in answer.headers, answer.read().decode()
    except ValueError as error:
        raise CwsError(f"{url} is no URL: http://127.0.0.1:8000 is one.") from error
    except OSError as error:
        raise CwsError(f"Nothing is served at {url} by 'cws local': {error}") from error


def _call_there(client: Any, name: str, event: Any) -> str:
    answer = client.invoke(FunctionName=name, Payload=json.dumps(event).encode(), LogType="Tail")
    if "LogResult" in answer:
        click.echo(base64.b64decode(answer["LogResult"]).decode(errors="replace"), err=True)
    head, is_streamed, body = answer["Payload"].read().partition(b"\0" * 8)
    if is_streamed and "FunctionError" not in answer:
        # A streamed answer, which this way of calling waits for.
        return f"{json.dumps(json.loads(head), indent=2)}\n{body.decode(errors='replace')}"
    payload = head.decode("utf-8")
    if "FunctionError" in answer:
        raise CwsError(f"the function failed: {payload}")
    return _shown(payload)


def _shown(payload: str) -> str:
    try:
        return json.dumps(json.loads(payload), indent=2)
    except ValueError:
        return payload
