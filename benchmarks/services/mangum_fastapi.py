from fastapi import FastAPI
from fastapi.responses import PlainTextResponse, Response
from mangum import Mangum
from pydantic import BaseModel

CONTENT = bytes(range(256)) * 4096
app = FastAPI()


class Value(BaseModel):
    value: int


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


handler = Mangum(app, lifespan="off")
