"""Where what is deployed can be called."""

import click

from coworks_runtime.environment import stage

from .deployed import deployed_services
from .errors import CwsError


@click.command()
@click.argument("service", required=False)
@click.option("--stack", metavar="NAME", help="The stack's name, where several have this service.")
@click.option("-P", "--profile-name", metavar="NAME", help="The AWS profile to use.")
@click.option("--region", metavar="REGION", help="The AWS region; by default the profile's.")
def url(
    service: str | None, stack: str | None, profile_name: str | None, region: str | None
) -> None:
    """Print the URL of a deployed service.

    SERVICE is its construct's id (see "cws deployed"); none is needed where the stage has one
    service only. The stage is that of "cws --stage STAGE", dev by default.
    """
    everywhere = sorted(deployed_services(profile_name, region))
    named = [
        one
        for one in everywhere
        if one.stage == stage()
        and (service is None or one.service.lower() == service.lower())
        and (stack is None or one.stack == stack)
    ]
    if len(named) == 1:
        click.echo(named[0].url)
        return
    what = f"service {service!r}" if service else "service"
    if not named:
        there = ", ".join(f"{one.service} on {one.stage}" for one in everywhere) or "none"
        raise CwsError(f"no {what} is deployed on the stage {stage()!r}; there is: {there}.")
    found = ", ".join(f"{one.service} of {one.stack}" for one in named)
    raise CwsError(
        f"{len(named)} services are deployed on the stage {stage()!r}: {found}. Name one: "
        f"cws url SERVICE, with --stack where two have one name."
    )
