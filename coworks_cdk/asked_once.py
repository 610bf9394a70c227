"""What the CDK is asked once, since it never changes.

Each question is a message to the CDK's process and an answer to wait for; with many services they
are what a synth takes its time for. Nothing is kept alive by being remembered here: jsii keeps every
object that it has seen.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import ParamSpec, TypeVar, cast

from aws_cdk import CfnResource, Duration, Stack
from aws_cdk import aws_lambda as lambda_
from constructs import Construct, IConstruct, Node

_T = TypeVar("_T")
_P = ParamSpec("_P")


def _once(ask: Callable[_P, _T]) -> Callable[_P, _T]:
    return cast("Callable[_P, _T]", cache(ask))


@_once
def stack_of(construct: IConstruct) -> Stack:
    """The stack that holds a construct."""
    return Stack.of(construct)


@_once
def node_of(construct: IConstruct) -> Node:
    """A construct's place in the tree."""
    return construct.node


@_once
def path_of(construct: IConstruct) -> str:
    """A construct's path in the tree."""
    return node_of(construct).path


@_once
def id_of(construct: IConstruct) -> str:
    """A construct's id, among those of its parent."""
    return node_of(construct).id


@_once
def _root_of(stack: Stack) -> IConstruct:
    return node_of(stack).root


def root_of(construct: IConstruct) -> IConstruct:
    """The app that holds a construct of a stack."""
    return _root_of(stack_of(construct))


@_once
def resource_of(construct: Construct) -> CfnResource:
    """The resource that a construct of the CDK's is, which is there when it is declared."""
    return cast("CfnResource", node_of(construct).default_child)


@_once
def only_one(kind: Callable[[Stack], _T], stack: Stack) -> _T:
    """What a stack has one of, made when it is first asked for.

    :param kind: makes it.
    """
    return kind(stack)


@_once
def is_late(duration: Duration) -> bool:
    """Whether a duration is known at deployment only."""
    return duration.is_unresolved()


@_once
def milliseconds(duration: Duration) -> float:
    """A duration that is known."""
    return duration.to_milliseconds()


@_once
def seconds(duration: Duration) -> float:
    """A duration that is known, with its parts of a second."""
    return duration.to_seconds(integral=False)


@_once
def name_of(runtime: lambda_.Runtime) -> str:
    """The name of a runtime, as Lambda has it."""
    return runtime.name
