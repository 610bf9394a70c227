"""Where a parameter's value comes from, where its annotation says so. Pure."""

from __future__ import annotations

from enum import Enum
from typing import Annotated, TypeVar

T = TypeVar("T")


class Source(Enum):
    """The mark that :data:`Body` and :data:`Query` leave in an annotation."""

    BODY = "body"
    QUERY = "query"

    def __repr__(self) -> str:
        return self.value


Body = Annotated[T, Source.BODY]
"""The whole body of a request: ``item: Body[Item]``. Type checkers see ``Item``."""

Query = Annotated[T, Source.QUERY]
"""A value of the query, on any method: ``dry: Query[bool] = False``. Type checkers see ``bool``."""
