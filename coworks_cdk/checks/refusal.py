"""The problems of all the services of an app, told by the CDK in one error."""

from __future__ import annotations

from collections.abc import Callable

import jsii
from aws_cdk import CfnResource, Stack
from constructs import Construct, IValidation

from coworks_cdk.checks.validation import stack_problems


@jsii.implements(IValidation)
class Problems:
    """What is wrong in a service: gathered while it is declared, told when the app is validated.

    :param scope: the construct that the problems are reported at.
    """

    def __init__(self, scope: Construct) -> None:
        self._found: list[str] = []
        self._later: list[Callable[[], list[str]]] = []
        scope.node.add_validation(self)

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


@jsii.implements(IValidation)
class StackLimits(Construct):
    """Counts a stack's resources, once however many services it has."""

    def __init__(self, stack: Stack) -> None:
        super().__init__(stack, "CoworksLimits")
        self._stack = stack
        self._services: list[Construct] = []
        self.node.add_validation(self)

    @classmethod
    def watch(cls, service: Construct) -> None:
        """Count the stack of this service.

        :param service: named in the problem, with its own number of resources.
        """
        stack = Stack.of(service)
        found = stack.node.try_find_child("CoworksLimits")
        limits = found if isinstance(found, cls) else cls(stack)
        limits.add(service)

    def add(self, service: Construct) -> None:
        """Name this service in the problem."""
        self._services.append(service)

    def validate(self) -> list[str]:
        """Called by the CDK before it synthesizes."""
        services = {service.node.path: _resources(service) for service in self._services}
        return stack_problems(_resources(self._stack), services)


def _resources(scope: Construct) -> int:
    """The resources below a construct, without those of the nested stacks in it."""
    below = scope.node.find_all()
    count = sum(isinstance(construct, CfnResource) for construct in below)
    nested = [stack for stack in below[1:] if isinstance(stack, Stack)]
    return count - sum(_resources(stack) for stack in nested)
