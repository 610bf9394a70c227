"""Values of a template that may change until it is written."""

from __future__ import annotations

from collections.abc import Callable

import jsii
from aws_cdk import IResolvable, IStableAnyProducer, Lazy


@jsii.implements(IStableAnyProducer)
class _Producer:
    def __init__(self, produce: Callable[[], object]) -> None:
        self._produce = produce

    def produce(self) -> object:
        return self._produce()


def late_value(produce: Callable[[], object]) -> IResolvable:
    """A value that is asked for when the template is written; it may have been changed until then."""
    return Lazy.any(_Producer(produce))
