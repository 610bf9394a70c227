"""What only one service of an app may have: a function's name, a path of a domain."""

from __future__ import annotations

from typing import cast

from aws_cdk import Annotations, Stack
from constructs import Construct

#: What the CDK calls an account or a region that it doesn't know.
_UNKNOWN = "unknown-"


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

    def places(self, kind: str, name: str) -> list[str]:
        """Where something of a kind and name is taken."""
        return [what[1] for what in self._owners if (what[0], what[-1]) == (kind, name)]

    def owner(self, *what: str) -> str:
        """The path of the one that has something."""
        return self._owners[what]


def claim_function_name(service: Construct, name: str) -> list[str]:
    """Take a function's name, which an account has once in a region.

    Stacks that say the same of both, be it nothing, are deployed to the same: what the CDK's
    command finds. Where one says more than another, they may well be different: a warning.
    """
    claims, stack = Claims.of(service), Stack.of(service)
    place = stack.environment
    earlier = claims.take(service, "function_name", place, name)
    if earlier is not None:
        hint = ", or an `env` of its own for the stack" if _UNKNOWN in place else ""
        return [
            f"function_name: got {name!r}, which {earlier} has; allowed: a name of its own{hint}."
        ]
    for other in sorted({place, *claims.places("function_name", name)} - {place}):
        if _may_be_one(place, other):
            Annotations.of(service).add_warning_v2(
                "coworks:function-name",
                f"{claims.owner('function_name', other, name)} has the function_name {name!r} "
                "too: they can't be deployed to one region of one account.",
            )
    return []


def claim_base_path(service: Construct, domain: str, base_path: str | None) -> list[str]:
    """Take a path of a custom domain, or all of it without a path.

    A domain of one name may be in several regions.
    """
    place = Stack.of(service).environment
    earlier = Claims.of(service).take(service, "base_path", place, domain, base_path or "/")
    if earlier is None:
        return []
    got = f"{base_path!r}" if base_path else "no path"
    return [f"base_path: got {got} on a domain where {earlier} has it; allowed: a path of its own."]


def _may_be_one(place: str, other: str) -> bool:
    """Whether two environments, as the CDK writes them (aws://ACCOUNT/REGION), may be the same."""
    pairs = zip(place.split("/"), other.split("/"), strict=True)
    return all(a == b or _UNKNOWN in a or _UNKNOWN in b for a, b in pairs)
