"""What only one service of an app may have: a function's name, a path of a domain, an authorizer."""

from __future__ import annotations

from typing import cast

from aws_cdk import Annotations, Stack
from constructs import Construct


class Claims(Construct):
    """Who took what first, in an app."""

    def __init__(self, root: Construct) -> None:
        super().__init__(root, "CoworksClaims")
        self._owners: dict[tuple[str, ...], str] = {}

    @classmethod
    def of(cls, scope: Construct) -> Claims:
        """The claims of the app that holds a construct."""
        root = cast("Construct", scope.node.root)
        found = root.node.try_find_child("CoworksClaims")
        return found if isinstance(found, cls) else cls(root)

    def take(self, owner: Construct, *what: str) -> str | None:
        """Take something for a construct, unless another has it.

        :returns: the path of the one that has it.
        """
        earlier = self._owners.setdefault(what, owner.node.path)
        return None if earlier == owner.node.path else earlier


def claim_function_name(service: Construct, name: str) -> list[str]:
    """Take a function's name, which an account has once in a region.

    Where neither is known at synth, two stacks may well be deployed to different ones: a warning.
    """
    stack = Stack.of(service)
    while stack.nested_stack_parent is not None:
        stack = stack.nested_stack_parent
    claims, environment = Claims.of(service), stack.environment
    known = "unknown-" not in environment
    place = environment if known else f"stack {stack.node.path}"
    earlier = claims.take(service, "function_name", place, name)
    if earlier is not None:
        return [f"function_name: got {name!r}, which {earlier} has; allowed: a name of its own."]
    elsewhere = claims.take(service, "function_name", environment, name)
    if elsewhere is not None:
        Annotations.of(service).add_warning_v2(
            "coworks:function-name",
            f"{elsewhere} has the function_name {name!r} too: they can't be deployed to one "
            "region of one account.",
        )
    return []


def claim_base_path(service: Construct, domain: str, base_path: str | None) -> list[str]:
    """Take a path of a custom domain, or all of it without a path."""
    earlier = Claims.of(service).take(service, "base_path", domain, base_path or "/")
    if earlier is None:
        return []
    got = f"{base_path!r}" if base_path else "no path"
    return [f"base_path: got {got} on a domain where {earlier} has it; allowed: a path of its own."]
