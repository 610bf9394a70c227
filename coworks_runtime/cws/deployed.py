"""What is deployed, as CloudFormation tells it."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import click
from click.core import ParameterSource

from coworks_runtime.environment import stage

from .errors import CwsError
from .outputs import DeployedService, services


@click.command()
@click.option("-P", "--profile-name", metavar="NAME", help="The AWS profile to use.")
@click.option("--region", metavar="REGION", help="The AWS region; by default the profile's.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list.")
@click.pass_context
def deployed(
    ctx: click.Context, profile_name: str | None, region: str | None, as_json: bool
) -> None:
    """List the services that are deployed in an account and a region.

    All stages are listed, or the one of "cws --stage STAGE".
    """
    found = sorted(deployed_services(profile_name, region))
    if ctx.parent and ctx.parent.get_parameter_source("stage") is ParameterSource.COMMANDLINE:
        found = [service for service in found if service.stage == stage()]
    if as_json:
        records = [{**asdict(service), "stage": service.stage} for service in found]
        click.echo(json.dumps(records, indent=2))
    elif not found:
        click.echo("No service is deployed.")
    else:
        _print_table(found)


def deployed_services(profile_name: str | None, region: str | None) -> Iterator[DeployedService]:
    """The services of all stacks that there are."""
    try:
        import boto3
        from botocore.exceptions import BotoCoreError, ClientError
    except ImportError as error:
        raise CwsError(
            "boto3 is missing, which asks AWS; install it with: pip install boto3"
        ) from error
    try:
        session = boto3.Session(profile_name=profile_name, region_name=region)
        pages = session.client("cloudformation").get_paginator("describe_stacks").paginate()
        for page in pages:
            for stack in page["Stacks"]:
                yield from services(stack["StackName"], _outputs(stack))
    except (BotoCoreError, ClientError) as error:
        raise CwsError(f"AWS can't be asked what is deployed: {error}") from error


def _outputs(stack: Any) -> dict[str, str]:
    """A stack's outputs by name."""
    return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", ())}


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
