"""What an asset is built for: a version of Python and an architecture of Lambda."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from coworks_cdk.packaging.errors import PackagingError

if TYPE_CHECKING:
    from aws_cdk import aws_lambda as lambda_

_MACHINES = {"x86_64": "x86_64", "arm64": "aarch64"}


@dataclass(frozen=True)
class Target:
    """A runtime of Lambda, as its installer and its compiler are told.

    :param python: the minor version of Python, ``3.13``.
    :param architecture: Lambda's name of the architecture, ``x86_64`` or ``arm64``.
    """

    python: str
    architecture: str

    @classmethod
    @cache
    def of(cls, runtime: lambda_.Runtime, architecture: lambda_.Architecture) -> Target:
        """The target of a function.

        :param runtime: a Python runtime.
        :param architecture: the function's architecture.
        :raises PackagingError: if the runtime isn't a Python one, or the architecture is unknown.
        """
        match = re.fullmatch(r"python(3\.\d+)", runtime.name)
        if match is None:
            raise PackagingError(
                f"runtime {runtime.name!r} is not a Python runtime of Lambda: "
                "use one such as Runtime.PYTHON_3_13"
            )
        if architecture.name not in _MACHINES:
            allowed = ", ".join(_MACHINES)
            raise PackagingError(
                f"architecture {architecture.name!r} is unknown: it must be one of {allowed}"
            )
        return cls(match[1], architecture.name)

    @property
    def platform(self) -> str:
        """The platform whose wheels run there, as uv names it.

        uv knows no manylinux_2_26: between 2_17 and 2_28 nearly no wheel is published.
        """
        libc = "manylinux_2_17" if self._is_old else "manylinux_2_34"
        return f"{_MACHINES[self.architecture]}-{libc}"

    @property
    def system(self) -> str:
        """Lambda's Linux under this Python, for messages.

        https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
        """
        return "Amazon Linux 2, glibc 2.26" if self._is_old else "Amazon Linux 2023, glibc 2.34"

    @property
    def _is_old(self) -> bool:
        return int(self.python.partition(".")[2]) < 12

    @property
    def label(self) -> str:
        """A word that names the target in construct ids: ``Python313Arm64``."""
        architecture = self.architecture.replace("_", "").capitalize()
        return f"Python{self.python.replace('.', '')}{architecture}"

    def __str__(self) -> str:
        return f"Python {self.python} on {self.architecture}"
