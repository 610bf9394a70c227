"""Which of the resolved packages a layer has to hold (pure)."""

from __future__ import annotations

import re
from dataclasses import dataclass

# In Lambda's own runtime.
_IN_LAMBDA = frozenset({"boto3", "botocore"})
# What declares infrastructure, and this distribution, whose runtime is in CoworksLayer.
_NEVER = frozenset({"aws-cdk-lib", "constructs", "jsii", "cdk-nag", "coworks-cdk"})


@dataclass(frozen=True)
class Pin:
    """One package of a resolution.

    :param name: its normalised name.
    :param lines: its requirement, pinned, with its hashes if it has any.
    :param wanted_by: normalised names of the packages that need it.
    :param asked: whether the requirements file itself asks for it.
    """

    name: str
    lines: str
    wanted_by: frozenset[str]
    asked: bool


def normalise_name(name: str) -> str:
    """A distribution's name as PyPA compares them."""
    return re.sub(r"[-_.]+", "-", name).lower()


def parse_pins(listing: str) -> tuple[Pin, ...]:
    """The packages of an annotated listing of ``uv pip compile``.

    :param listing: each requirement, followed by ``# via`` comments that tell what needs it.
    """
    blocks: list[tuple[list[str], list[str]]] = []
    for line in listing.splitlines():
        text = line.strip()
        if text.startswith("#"):
            source = re.sub(r"^#\s*(via\b)?\s*", "", text)
            if blocks and source:
                blocks[-1][1].append(source)
        elif line[:1].isspace():
            blocks[-1][0].append(text)
        elif text:
            blocks.append(([text], []))
    return tuple(_pin(lines, sources) for lines, sources in blocks)


def _pin(lines: list[str], sources: list[str]) -> Pin:
    name = re.match(r"[A-Za-z0-9._-]+", lines[0])
    return Pin(
        name=normalise_name(name[0]) if name else lines[0],
        lines="\n".join(lines).removesuffix("\\").rstrip(),
        wanted_by=frozenset(normalise_name(s) for s in sources if not s.startswith("-")),
        asked=any(s.startswith("-r ") for s in sources),
    )


def needed(pins: tuple[Pin, ...], held: frozenset[str]) -> tuple[Pin, ...]:
    """The packages that a layer has to hold.

    Those that the requirements reach, but for what another layer holds, what Lambda has, what is
    for the CDK only, and what nothing but these needs.

    :param pins: a whole resolution.
    :param held: normalised names of what another layer holds.
    """
    left_out = {
        pin.name
        for pin in pins
        if pin.name in held | _IN_LAMBDA | _NEVER or pin.name.startswith("aws-cdk-")
    }
    reached = {pin.name for pin in pins if pin.asked} - left_out
    while more := {
        pin.name for pin in pins if pin.wanted_by & reached and pin.name not in reached | left_out
    }:
        reached |= more
    return tuple(pin for pin in pins if pin.name in reached)
