from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from pydantic import BaseModel

import orders

CONTENT = bytes(range(256)) * 4096
app = APIGatewayRestResolver(enable_validation=True)


class Line(BaseModel):
    sku: str
    quantity: int


class Order(BaseModel):
    id: int
    name: str
    paid: bool
    total: float
    lines: list[Line]


def order():
    lines = orders.lines(lambda sku, quantity: Line(sku=sku, quantity=quantity))
    return Order(id=5, name="a first order", paid=True, total=orders.TOTAL, lines=lines)


class Value(BaseModel):
    value: int


@app.get("/")
def get():
    return Response(200, content_type="text/plain; charset=utf-8", body="Hello world.\n")


@app.post("/")
def post(value: Value):
    body = f"Value stored ({value.value}).\n"
    return Response(200, content_type="text/plain; charset=utf-8", body=body)


@app.get("/content/<id>")
def get_content(id: int, name: str = "") -> dict:
    return {"id": id, "name": name}


@app.get("/zip")
def get_zip():
    return Response(200, content_type="application/octet-stream", body=CONTENT)


@app.get("/dict")
def get_dict() -> dict:
    return orders.as_dict()


@app.get("/typed")
def get_typed() -> Order:
    return order()


@app.post("/typed")
def post_typed(order: Order) -> Order:
    return order


handler = app.resolve
