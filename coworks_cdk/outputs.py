"""The outputs of a stack's services, under readable keys where nobody else has them."""

from __future__ import annotations

import jsii
from aws_cdk import Aspects, CfnOutput, IAspect, Stack
from constructs import Construct, IConstruct

from coworks_cdk.asked_once import only_one, stack_of
from coworks_cdk.logical_ids import logical_id, output_id


@jsii.implements(IAspect)
class StackOutputs(Construct):
    """Gives way, once the stack is declared, where the user has an output with the same key."""

    def __init__(self, stack: Stack) -> None:
        super().__init__(stack, "CoworksOutputs")
        self._stack = stack
        self._readable: dict[str, tuple[CfnOutput, str]] = {}
        Aspects.of(self).add(self)

    @classmethod
    def of(cls, scope: Construct) -> StackOutputs:
        """The outputs of the stack that holds a construct."""
        return only_one(cls, stack_of(scope))

    def declare(self, service: Construct, name: str, *, value: str, description: str) -> None:
        """Declare an output of a service, ``HelloUrl`` for the service ``Hello``."""
        output = CfnOutput(service, name, value=value, description=description)
        if readable := output_id(service, name):
            output.override_logical_id(readable)
            self._readable[readable] = output, logical_id(service, name)

    def visit(self, node: IConstruct) -> None:  # noqa: ARG002 - it is this construct
        """Called by the CDK when all is declared."""
        for child in self._stack.node.children:
            if isinstance(child, CfnOutput):
                output, other = self._readable.get(
                    self._stack.resolve(child.logical_id), (None, "")
                )
                if output is not None:
                    output.override_logical_id(other)
