"""What is deployed, as CloudFormation tells it."""

import json
from dataclasses import asdict

import click
from click.core import ParameterSource

from coworks_runtime.environment import stage

from .aws import asking, aws_options, deployed_services
from .legacy import with_former_options
from .outputs import DeployedService


@click.command()
@aws_options
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list.")
@click.pass_context
def deployed(
    ctx: click.Context, profile_name: str | None, region: str | None, as_json: bool
) -> None:
    """List the services that are deployed in an account and a region.

    All stages are listed, or the one of "cws --stage STAGE".
    """
    with asking("what is deployed", profile_name, region) as session:
        found = sorted(deployed_services(session))
    if ctx.parent and ctx.parent.get_parameter_source("stage") is ParameterSource.COMMANDLINE:
        found = [service for service in found if service.stage == stage()]
    if as_json:
        records = [{**asdict(service), "stage": service.stage} for service in found]
        click.echo(json.dumps(records, indent=2))
    elif not found:
        click.echo("No service is deployed.")
    else:
        _print_table(found)


def _print_table(found: list[DeployedService]) -> None:
    """Print a line for each service, in columns."""
    rows = [("Stack", "Service", "Stage", "API id", "URL")]
    rows += [
        (service.stack, service.service, service.stage, service.api_id, service.url)
        for service in found
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    rows.insert(1, tuple("-" * width for width in widths))  # type: ignore[arg-type]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        click.echo("  ".join(cells).rstrip())


with_former_options(deployed)
