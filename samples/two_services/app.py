"""A stack of two services, one of which calls the other."""

from pathlib import Path
from typing import Any

from aws_cdk import App, Stack
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from coworks_cdk import CoworksMicroService

TECH = Path(__file__).parent / "tech"


class ShopStack(Stack):
    """The orders, and the stock that they ask.

    Each service has a token of its own; the orders may read that of the stock too.
    """

    def __init__(self, scope: Construct, construct_id: str, **kwargs: Any) -> None:
        super().__init__(scope, construct_id, **kwargs)
        stock = CoworksMicroService(
            self,
            "Stock",
            app="stock",
            project_dir=TECH,
            token=secretsmanager.Secret(self, "StockToken"),
        )
        orders = CoworksMicroService(
            self,
            "Orders",
            app="orders",
            project_dir=TECH,
            requirements=TECH / "orders-requirements.txt",
            token=secretsmanager.Secret(self, "OrdersToken"),
        )
        orders.connect(stock)


def main() -> None:
    """Synthesize the stack."""
    app = App()
    ShopStack(app, "ShopStack")
    app.synth()


if __name__ == "__main__":
    main()
