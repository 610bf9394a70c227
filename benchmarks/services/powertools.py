from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response

CONTENT = bytes(range(256)) * 4096
app = APIGatewayRestResolver()


@app.get("/")
def get():
    return Response(200, content_type="text/plain; charset=utf-8", body="Hello world.\n")


@app.post("/")
def post():
    value = app.current_event.json_body["value"]
    body = f"Value stored ({value}).\n"
    return Response(200, content_type="text/plain; charset=utf-8", body=body)


@app.get("/content/<id>")
def get_content(id):
    name = app.current_event.get_query_string_value("name", "")
    return {"id": int(id), "name": name}


@app.get("/zip")
def get_zip():
    return Response(200, content_type="application/octet-stream", body=CONTENT)


handler = app.resolve
