"""Asking AWS, with the developer's credentials: sessions, errors, and a service's resources."""

import contextlib
import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import click

from coworks_runtime.environment import stage

from .errors import CwsError
from .outputs import DeployedService, services

if TYPE_CHECKING:
    from boto3 import Session

_Decorated = Callable[..., Any]


def aws_options(function: _Decorated) -> _Decorated:
    """Options of every command that asks AWS."""
    function = click.option(
        "--region", metavar="REGION", help="The AWS region; by default the profile's."
    )(function)
    return click.option("-P", "--profile-name", metavar="NAME", help="The AWS profile to use.")(
        function
    )


@contextlib.contextmanager
def asking(what: str, profile_name: str | None, region: str | None) -> Iterator["Session"]:
    """Give a session of AWS, and say what could not be asked where AWS refuses.

    :param what: what is asked, as the end of "AWS can't be asked ...".
    :raises CwsError: boto3 is missing, or a call failed.
    """
    try:
        import boto3
        from botocore.exceptions import BotoCoreError, ClientError
    except ImportError as error:
        raise CwsError(
            "boto3 is missing, which asks AWS; install it with: pip install boto3"
        ) from error
    try:
        yield boto3.Session(profile_name=profile_name, region_name=region)
    except (BotoCoreError, ClientError) as error:
        raise CwsError(f"AWS can't be asked {what}: {error}") from error


def deployed_services(session: "Session") -> Iterator[DeployedService]:
    """The services of all stacks that there are."""
    for page in session.client("cloudformation").get_paginator("describe_stacks").paginate():
        for stack in page["Stacks"]:
            outputs = {o["OutputKey"]: o["OutputValue"] for o in stack.get("Outputs", ())}
            yield from services(stack["StackName"], outputs)


def one_service(
    session: "Session", command: str, service: str | None, stack: str | None
) -> DeployedService:
    """The service of the stage that is meant.

    :param command: the command, for the error.
    :param service: its construct's id; none is needed where the stage has one only.
    :param stack: its stack, where several have a service of that name.
    :raises CwsError: there is none, or more than one.
    """
    everywhere = sorted(deployed_services(session))
    named = [
        one
        for one in everywhere
        if one.stage == stage()
        and (service is None or one.service.lower() == service.lower())
        and (stack is None or one.stack == stack)
    ]
    if len(named) == 1:
        return named[0]
    what = f"service {service!r}" if service else "service"
    if not named:
        there = ", ".join(f"{one.service} on {one.stage}" for one in everywhere) or "none"
        raise CwsError(f"no {what} is deployed on the stage {stage()!r}; there is: {there}.")
    found = ", ".join(f"{one.service} of {one.stack}" for one in named)
    raise CwsError(
        f"{len(named)} services are deployed on the stage {stage()!r}: {found}. Name one: "
        f"cws {command} SERVICE, with --stack where two have one name."
    )


def physical_id(session: "Session", service: DeployedService, type_: str, name: str) -> str | None:
    """The name of a service's resource in AWS, or None where it has none.

    :param type_: the resource's type.
    :param name: its id in the construct, as ``LogGroup``.
    """
    wanted = re.compile(rf"{re.escape(service.service + name)}([0-9A-F]{{8}})?")
    pages = session.client("cloudformation").get_paginator("list_stack_resources")
    for page in pages.paginate(StackName=service.stack):
        for resource in page["StackResourceSummaries"]:
            same = wanted.fullmatch(resource["LogicalResourceId"])
            if same and resource["ResourceType"] == type_:
                return resource.get("PhysicalResourceId")
    return None
