"""Logical ids that depend on the construct's place in its stack, and on nothing else."""

from __future__ import annotations

import hashlib
import re

from constructs import Construct

from coworks_cdk.asked_once import path_of, stack_of


def path_in_stack(construct: Construct) -> str:
    """The construct's path without that of its stack."""
    return path_of(construct).removeprefix(path_of(stack_of(construct))).lstrip("/")


def logical_id(construct: Construct, name: str) -> str:
    """A logical id for a resource called ``name`` of this construct.

    The CDK's ids of some resources hold the stack's path or the API's stage; a resource renamed
    is a resource replaced.
    """
    path = path_in_stack(construct)
    readable = re.sub(r"[^a-zA-Z0-9]", "", path)[-160:]
    digest = hashlib.sha256(path.encode()).hexdigest()[:8].upper()
    return f"{readable}{name}{digest}"


def output_id(construct: Construct, name: str) -> str | None:
    """A readable key for an output: ``HelloUrl``; None where only the CDK's own id is unique."""
    path = path_in_stack(construct)
    return f"{path}{name}" if re.fullmatch(r"[a-zA-Z0-9]+", path) else None
