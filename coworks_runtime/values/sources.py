"""The marks of a parameter's annotation: where its value comes from, and under which name. Pure."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, TypeVar

import msgspec

from coworks_runtime.errors import EntryError

T = TypeVar("T")


class Source(msgspec.Struct, frozen=True):
    """The mark that :data:`Body` and :data:`Query` leave in an annotation."""

    value: Literal["body", "query"]

    BODY: ClassVar[Source]
    QUERY: ClassVar[Source]

    def __repr__(self) -> str:
        return self.value


Source.BODY, Source.QUERY = Source("body"), Source("query")

Body = Annotated[T, Source.BODY]
"""The whole body of a request: ``item: Body[Item]``. Type checkers see ``Item``."""

Query = Annotated[T, Source.QUERY]
"""A value of the query, on any method: ``dry: Query[bool] = False``. Type checkers see ``bool``."""


class Alias(msgspec.Struct, frozen=True):
    """The name by which a parameter's value is sent, where Python can't spell it.

    .. code-block:: python

        def get_order(self, *, user: Annotated[int, Alias("user-id")]): ...
        def post_order(self, *, kind: Query[Annotated[str, Alias("class")]] = "a"): ...

    The parameter's own name is unknown to callers then. For a field of a ``Struct`` it is
    ``msgspec.field(name="user-id")``.

    :param name: the name in the query, the form or the JSON body.
    :raises EntryError: for a name that is no text, or an empty one.
    """

    name: str

    def __post_init__(self) -> None:
        """Refuse what can't be sent."""
        name: object = self.name
        if not isinstance(name, str) or not name:
            raise EntryError(f"Alias({self.name!r}): must be the name by which the value is sent")
