"""The same service with entries that take and answer values of a class."""

import msgspec
from coworks_runtime import Body, entry

import orders
import ours_service


class Line(msgspec.Struct):
    sku: str
    quantity: int


class Order(msgspec.Struct):
    id: int
    name: str
    paid: bool
    total: float
    lines: list[Line]


class Service(ours_service.Service):
    @entry
    def get_dict(self):
        return orders.as_dict()

    @entry
    def get_typed(self) -> Order:
        return Order(5, "a first order", True, orders.TOTAL, orders.lines(Line))

    @entry
    def post_typed(self, order: Body[Order]) -> Order:
        return order


handler = Service()
