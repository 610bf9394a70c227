"""The problems of all the services of an app, told by the CDK in one error."""

from __future__ import annotations

from collections.abc import Callable

import jsii
from constructs import Construct, IValidation

from coworks_cdk.asked_once import node_of
from coworks_cdk.checks.told_once import tell_refusals_once


@jsii.implements(IValidation)
class Problems:
    """What is wrong in a service: gathered while it is declared, told when the app is validated.

    :param scope: the construct that the problems are reported at.
    """

    def __init__(self, scope: Construct) -> None:
        self._found: list[str] = []
        self._later: list[Callable[[], list[str]]] = []
        node_of(scope).add_validation(self)
        tell_refusals_once()

    def __bool__(self) -> bool:
        return bool(self._found)

    def add(self, *problems: str) -> None:
        """Keep problems; each says the entry or the prop, the value got and what is allowed."""
        self._found.extend(problems)

    def add_later(self, check: Callable[[], list[str]]) -> None:
        """Check when everything is declared, unless the service was refused already."""
        self._later.append(check)

    def validate(self) -> list[str]:
        """Called by the CDK before it synthesizes."""
        if self._found:
            return self._found
        return [problem for check in self._later for problem in check()]
