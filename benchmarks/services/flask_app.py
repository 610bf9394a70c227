"""The service in Flask, for the adapters that take a WSGI application."""

from flask import Flask, Response, jsonify, request

import orders

CONTENT = bytes(range(256)) * 4096
app = Flask(__name__, static_folder=None)


@app.get("/")
def get():
    return Response("Hello world.\n", content_type="text/plain; charset=utf-8")


@app.post("/")
def post():
    value = request.get_json()["value"]
    return Response(f"Value stored ({value}).\n", content_type="text/plain; charset=utf-8")


@app.get("/content/<int:id>")
def get_content(id):
    return jsonify(id=id, name=request.args.get("name", ""))


@app.get("/zip")
def get_zip():
    return Response(CONTENT, content_type="application/octet-stream")


@app.get("/dict")
@app.get("/typed")
def get_dict():
    return jsonify(orders.as_dict())


@app.post("/typed")
def post_typed():
    return jsonify(request.get_json())
