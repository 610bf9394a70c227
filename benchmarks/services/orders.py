"""The order that entries answer, as they would build it."""

TOTAL = 42.5


def lines(line):
    return [line(f"sku-{number}", number) for number in range(1, 6)]


def as_dict():
    return {
        "id": 5,
        "name": "a first order",
        "paid": True,
        "total": TOTAL,
        "lines": lines(lambda sku, quantity: {"sku": sku, "quantity": quantity}),
    }
