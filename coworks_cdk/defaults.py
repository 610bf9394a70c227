"""What a function and its layers are built for where nobody says it."""

from __future__ import annotations

import sys
from typing import cast

from aws_cdk import aws_lambda as lambda_

_OLDEST, _NEWEST = (3, 11), (3, 14)


def default_runtime() -> lambda_.Runtime:
    """The Python that synthesizes where Lambda has it, else the nearest that it has."""
    _, minor = max(_OLDEST, min(_NEWEST, sys.version_info[:2]))
    return cast("lambda_.Runtime", getattr(lambda_.Runtime, f"PYTHON_3_{minor}"))


def default_architecture() -> lambda_.Architecture:
    """arm64: a fifth cheaper for the same work."""
    return lambda_.Architecture.ARM_64
