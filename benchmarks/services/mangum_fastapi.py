from fastapi import FastAPI
from fastapi.responses import PlainTextResponse, Response
from mangum import Mangum
from pydantic import BaseModel

import orders

CONTENT = bytes(range(256)) * 4096
app = FastAPI()


class Value(BaseModel):
    value: int


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


@app.get("/", response_class=PlainTextResponse)
async def get():
    return "Hello world.\n"


@app.post("/", response_class=PlainTextResponse)
async def post(body: Value):
    return f"Value stored ({body.value}).\n"


@app.get("/content/{id}")
async def get_content(id: int, name: str = ""):
    return {"id": id, "name": name}


@app.get("/zip")
async def get_zip():
    return Response(CONTENT, media_type="application/octet-stream")


@app.get("/dict")
async def get_dict():
    return orders.as_dict()


@app.get("/typed")
async def get_typed() -> Order:
    return order()


@app.post("/typed")
async def post_typed(order: Order) -> Order:
    return order


handler = Mangum(app, lifespan="off")
