"""Who orders what: asks the stock, which is another service."""

from datetime import UTC, datetime

import msgspec
from stock import Stock

from coworks_runtime import TechMicroService, entry
from coworks_runtime.client import remote


class Order(msgspec.Struct):
    """What was ordered.

    :param total: in cents.
    """

    name: str
    count: int
    total: int
    at: datetime


class Orders(TechMicroService):
    """Takes orders for what is in store."""

    @entry
    def post_order(self, name: str, *, count: int = 1) -> Order:
        """Order some of an item; what the stock refuses is refused here too."""
        item = remote(Stock).post_take(name, count=count)
        return Order(name, count, item.price * count, datetime.now(UTC))


app = Orders()
