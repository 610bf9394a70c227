"""Asking CloudFormation what a deployed stack holds, with the developer's credentials."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from coworks_cdk.local.errors import LocalError
from coworks_cdk.local.template.deployed import DeployedStack

PRODUCTION = frozenset({"prod", "production"})


def read_deployed(name: str) -> tuple[DeployedStack, dict[str, str]]:
    """Give a stack, and the environment in which functions reach its resources.

    The environment holds credentials: those that this process has, as they are now.

    :raises LocalError: where AWS can't be asked, or there is no such stack.
    """
    with _asking(name) as session:
        credentials = session.get_credentials()
        if credentials is None:
            raise LocalError("there are no AWS credentials; set AWS_PROFILE or log in")
        frozen = credentials.get_frozen_credentials()
        client = session.client("cloudformation")
        (stack,) = client.describe_stacks(StackName=name)["Stacks"]
        # arn:aws:cloudformation:REGION:ACCOUNT:stack/...
        parts = stack["StackId"].split(":")
        pages = client.get_paginator("list_stack_resources").paginate(StackName=name)
        resources = {
            resource["LogicalResourceId"]: resource["PhysicalResourceId"]
            for page in pages
            for resource in page["StackResourceSummaries"]
            if resource.get("PhysicalResourceId")
        }
        exports = {
            export["Name"]: export["Value"]
            for page in client.get_paginator("list_exports").paginate()
            for export in page["Exports"]
        }
        deployed = DeployedStack(
            name=stack["StackName"],
            region=parts[3],
            account=parts[4],
            resources=resources,
            parameters={
                p["ParameterKey"]: p.get("ResolvedValue", p.get("ParameterValue", ""))
                for p in stack.get("Parameters", ())
            },
            exports=exports,
            stages=_stages(stack.get("Outputs", ())),
        )
    given = {
        "AWS_ACCESS_KEY_ID": frozen.access_key,
        "AWS_SECRET_ACCESS_KEY": frozen.secret_key,
        "AWS_SESSION_TOKEN": frozen.token,
    }
    return deployed, {key: value for key, value in given.items() if value}


def refuse_production(deployed: DeployedStack, stages: Sequence[str]) -> None:
    """Refuse a stack of production.

    :param stages: those of the assembly.
    :raises LocalError: where a stage is called prod or production, or the stack's name says so.
    """
    words = re.split(r"[^a-z0-9]+", deployed.name.lower())
    found = [w for w in (*deployed.stages, *stages, *words) if w.lower() in PRODUCTION]
    if found:
        raise LocalError(
            f"{deployed.name} is of {found[0]}: what is called here would work on its data; say "
            "--yes to mean it"
        )


@contextmanager
def _asking(name: str) -> Iterator[Any]:
    try:
        import boto3
        from botocore.exceptions import BotoCoreError, ClientError
    except ImportError as error:
        raise LocalError(
            "boto3, which asks CloudFormation, is not installed; run `pip install boto3`"
        ) from error
    try:
        yield boto3.Session()
    except (BotoCoreError, ClientError) as error:
        raise LocalError(f"the stack {name} can't be asked of AWS: {error}") from error


def _stages(outputs: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """The last path segments of the URLs that a stack puts out."""
    found = {
        urlsplit(output["OutputValue"]).path.strip("/").rpartition("/")[2]
        for output in outputs
        if output["OutputValue"].startswith("https://")
    }
    return tuple(sorted(found - {""}))
