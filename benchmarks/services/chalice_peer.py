from chalice import Chalice, Response

CONTENT = bytes(range(256)) * 4096
app = Chalice(app_name="service")


@app.route("/")
def get():
    return Response("Hello world.\n", headers={"Content-Type": "text/plain; charset=utf-8"})


@app.route("/", methods=["POST"])
def post():
    value = app.current_request.json_body["value"]
    body = f"Value stored ({value}).\n"
    return Response(body, headers={"Content-Type": "text/plain; charset=utf-8"})


@app.route("/content/{id}")
def get_content(id):
    name = (app.current_request.query_params or {}).get("name", "")
    return {"id": int(id), "name": name}


@app.route("/zip")
def get_zip():
    return Response(CONTENT, headers={"Content-Type": "application/octet-stream"})


handler = app
