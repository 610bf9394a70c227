"""Pure: trees of resources that API Gateway doesn't take; a deploy of them fails."""

from __future__ import annotations

import re
from collections.abc import Iterable

from coworks_cdk.local.errors import LocalError

_PART = re.compile(r"[a-zA-Z0-9._:$-]+|\{[a-zA-Z0-9._:-]+\+?\}")


def check_resources(paths: Iterable[str], where: str) -> None:
    """Check the paths of an API's resources, by the rules that API Gateway has for them.

    :param where: the API's logical id.
    :raises LocalError: with API Gateway's own words, where it would refuse one.
    """
    variables: dict[str, str] = {}
    for path in sorted(paths):
        parent, _, part = path.rpartition("/")
        if not part:
            continue
        if not _PART.fullmatch(part):
            raise LocalError(
                f"{where}: {path}: Resource's path part only allow a-zA-Z0-9._-: or a valid greedy "
                "path variable and curly braces at the beginning and the end"
            )
        above = parent.rpartition("/")[2]
        if above.endswith("+}"):
            raise LocalError(
                f"{where}: {path}: Cannot create a child of a resource with a greedy path "
                f"variable: {above}"
            )
        if part.startswith("{"):
            other = variables.setdefault(parent, part)
            if other != part:
                raise LocalError(
                    f"{where}: {path}: A sibling ({other}) of this resource already has a variable "
                    "path part -- only one is allowed"
                )
