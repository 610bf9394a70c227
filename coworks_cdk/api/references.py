"""What the resources of a template name, and what is made after what. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

Template = Mapping[str, Any]

_SUBSTITUTED = re.compile(r"\$\{([A-Za-z0-9]+)[.}]")


def needs(resource: Mapping[str, Any]) -> Iterator[str]:
    """The logical ids of what CloudFormation makes before a resource."""
    names = resource.get("DependsOn", [])
    yield from [names] if isinstance(names, str) else names
    yield from references(resource.get("Properties", {}))


def dependents(template: Template) -> dict[str, set[str]]:
    """The resources that need a resource, by its logical id."""
    found: dict[str, set[str]] = {}
    for name, resource in template.get("Resources", {}).items():
        for needed in needs(resource):
            found.setdefault(needed, set()).add(name)
    return found


def made_after(target: str, needed_by: Mapping[str, set[str]]) -> set[str]:
    """The resources that are made after one, itself included.

    :param needed_by: of each resource those that need it: :func:`dependents`.
    """
    found: set[str] = set()
    left = [target]
    while left:
        name = left.pop()
        if name not in found:
            found.add(name)
            left += needed_by.get(name, ())
    return found


def references(value: Any) -> Iterator[str]:
    """The logical ids that a value is made of."""
    for function, argument in _calls(value):
        if function == "Ref":
            yield argument
        elif function == "Fn::GetAtt":
            yield argument.partition(".")[0]
        elif function == "Fn::Sub":
            yield from _SUBSTITUTED.findall(argument)


def conditions(value: Any) -> Iterator[str]:
    """The names of the conditions that a value depends on."""
    for function, argument in _calls(value):
        if function in {"Fn::If", "Condition", "If"}:
            yield argument


def mappings(value: Any) -> Iterator[str]:
    """The names of the mappings that a value is looked up in."""
    for function, argument in _calls(value):
        if function == "Fn::FindInMap":
            yield argument


def _calls(value: Any) -> Iterator[tuple[str, str]]:
    """CloudFormation's functions in a value, and other keys, each with its first argument."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            first = inner[0] if isinstance(inner, list) and inner else inner
            if isinstance(first, str):
                yield key, first
            yield from _calls(inner)
    elif isinstance(value, list):
        for item in value:
            yield from _calls(item)
