"""What the CDK refuses of a service while it is declared: a problem as any other."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeVar

from constructs import Construct

from coworks_cdk.checks.refusal import Problems

_T = TypeVar("_T")

# "Key 'events': Unable to deserialize value as ...", below what the CDK was called with.
_KEY = re.compile(r"(Key '\w+'|Index \d+): ([^\n]+)")


def declared(
    scope: Construct,
    children: tuple[str, ...],
    problems: Problems,
    declare: Callable[[], _T],
    instead: Callable[[], _T],
) -> _T:
    """What a service is made of; where the CDK refuses that, a placeholder.

    An exception of the CDK's says nothing of the construct, and ends the run before the problems of
    the other services are told.

    :param children: the ids of what *declare* declares in *scope*, which is removed.
    :param problems: is told what the CDK says.
    :param instead: declares what the CDK can't refuse.
    """
    try:
        return declare()
    except RuntimeError as error:
        problems.add(_told(str(error)))
    for construct_id in children:
        scope.node.try_remove_child(construct_id)
    return instead()


def _told(message: str) -> str:
    """The CDK's words, without its drawing of the values, which may be secret."""
    first, _, rest = message.strip().partition("\n")
    keys = [" ".join(found) for found in _KEY.findall(rest)]
    return f"the CDK refuses its props: {'; '.join([first.strip(), *keys[-1:]])}"
