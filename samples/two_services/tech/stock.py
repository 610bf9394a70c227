"""What is in store."""

from typing import Literal

import msgspec
from werkzeug.exceptions import Conflict, NotFound

from coworks_runtime import Body, TechMicroService, entry


class Item(msgspec.Struct):
    """A thing that is sold.

    :param price: in cents.
    """

    name: str
    price: int
    count: int = 0


class Stock(TechMicroService):
    """The items in store, kept while the process lives."""

    def __init__(self, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.items: dict[str, Item] = {}

    @entry
    def get_item(self, name: str) -> Item:
        """One item."""
        if name not in self.items:
            raise NotFound(f"There is no {name!r} in store")
        return self.items[name]

    @entry
    def put_item(self, name: str, item: Body[Item]) -> tuple[Item, Literal[201]]:
        """Put an item in store."""
        self.items[name] = item
        return item, 201

    @entry
    def post_take(self, name: str, *, count: int = 1) -> Item:
        """Take some of an item out of the store."""
        item = self.get_item(name)
        if item.count < count:
            raise Conflict(f"There are only {item.count} of {name!r} in store")
        item.count -= count
        return item


app = Stock()
