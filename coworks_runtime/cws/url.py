"""Where what is deployed can be called."""

import click

from .aws import asking, aws_options, one_service


@click.command()
@click.argument("service", required=False)
@click.option("--stack", metavar="NAME", help="The stack's name, where several have this service.")
@aws_options
def url(
    service: str | None, stack: str | None, profile_name: str | None, region: str | None
) -> None:
    """Print the URL of a deployed service.

    SERVICE is its construct's id (see "cws deployed"); none is needed where the stage has one
    service only. The stage is that of "cws --stage STAGE", dev by default.
    """
    with asking("what is deployed", profile_name, region) as session:
        click.echo(one_service(session, "url", service, stack).url)
