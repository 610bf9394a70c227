from mangum import Mangum
from starlette.applications import Starlette
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

CONTENT = bytes(range(256)) * 4096


async def get(request):
    return PlainTextResponse("Hello world.\n")


async def post(request):
    value = (await request.json())["value"]
    return PlainTextResponse(f"Value stored ({value}).\n")


async def get_content(request):
    name = request.query_params.get("name", "")
    return JSONResponse({"id": request.path_params["id"], "name": name})


async def get_zip(request):
    return Response(CONTENT, media_type="application/octet-stream")


app = Starlette(
    routes=[
        Route("/", get),
        Route("/", post, methods=["POST"]),
        Route("/content/{id:int}", get_content),
        Route("/zip", get_zip),
    ]
)
handler = Mangum(app, lifespan="off")
