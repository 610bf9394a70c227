"""What a function is made of that CloudFormation could make after the function only."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from aws_cdk import Stack
from constructs import Construct

from coworks_cdk.api.deployment import Pictures
from coworks_cdk.api.references import Template, made_after, needs, references
from coworks_cdk.asked_once import resource_of, stack_of


def circle_problems(
    function: Construct,
    behind: Callable[[], Mapping[Construct, tuple[str, str]]],
    pictures: Pictures,
) -> list[str]:
    """What leads from a function back to it, in the template as it will be.

    :param function: the service's.
    :param behind: tells what is known to be made after it: in words, and what a service reads in
        its place.
    :param pictures: of the function's stack; they know the function's name.
    """
    template = pictures.template()
    own = pictures.name_of(resource_of(function))
    resource = template.get("Resources", {}).get(own)
    after = made_after(own, pictures.dependents())
    if resource is None or after.isdisjoint(needs(resource)):
        return []
    stack = stack_of(function)
    told = {_logical_id(stack, construct): words for construct, words in behind().items()}
    properties = dict(resource.get("Properties", {}))
    variables = properties.pop("Environment", {}).get("Variables", {})
    return [
        *_problems("environment", variables, after, told, template),
        *_problems("function", properties, after, told, template),
        *_problems("function", _dependencies(resource), after, told, template),
    ]


def _problems(
    where: str,
    values: Mapping[str, Any],
    after: set[str],
    told: Mapping[str, tuple[str, str]],
    template: Template,
) -> Iterable[str]:
    for name, value in sorted(values.items()):
        for found in sorted(set(references(value)) & after):
            kind = template["Resources"][found]["Type"]
            what, instead = told.get(found, (f"{found} ({kind})", ""))
            reads = f", the service reads {instead}" if instead else ""
            yield (
                f"{where}: got {what} for {name!r}, which CloudFormation makes after the "
                f"function: a circle; allowed: leave it out{reads}."
            )


def _dependencies(resource: Mapping[str, Any]) -> dict[str, Any]:
    """What is waited for without being referred to, as references."""
    names = resource.get("DependsOn", [])
    names = [names] if isinstance(names, str) else names
    return {"DependsOn": [{"Ref": name} for name in names]}


def _logical_id(stack: Stack, construct: Construct) -> str:
    resource = resource_of(construct)
    return str(stack.resolve(resource.logical_id))
