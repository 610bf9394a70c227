"""The limits of a stack, checked once however many services it has.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
"""

from __future__ import annotations

from collections.abc import Mapping

import jsii
from aws_cdk import CfnResource, Stack
from constructs import Construct, IValidation

from coworks_cdk.asked_once import only_one, stack_of

MAX_STACK_RESOURCES = 500


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
        only_one(cls, stack_of(service)).add(service)

    def add(self, service: Construct) -> None:
        """Name this service in the problem."""
        self._services.append(service)

    def validate(self) -> list[str]:
        """Called by the CDK before it synthesizes."""
        count = _resources(self._stack)
        if count <= MAX_STACK_RESOURCES:
            return []
        services = {service.node.path: _resources(service) for service in self._services}
        return stack_problems(count, services)


def stack_problems(count: int, largest: Mapping[str, int]) -> list[str]:
    """CloudFormation's resources of a stack.

    :param count: the resources of the whole stack.
    :param largest: the resources of each service, by construct path.
    """
    if count <= MAX_STACK_RESOURCES:
        return []
    services = ", ".join(f"{path} {number}" for path, number in largest.items())
    return [
        (
            f"stack: got {count} resources (services: {services}); allowed: at most "
            f"{MAX_STACK_RESOURCES}. Move services to other stacks."
        )
    ]


def _resources(scope: Construct) -> int:
    """The resources below a construct, without those of the nested stacks in it."""
    below = scope.node.find_all()
    count = sum(isinstance(construct, CfnResource) for construct in below)
    nested = [stack for stack in below[1:] if isinstance(stack, Stack)]
    return count - sum(_resources(stack) for stack in nested)
