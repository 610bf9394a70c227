"""Flask called as WSGI with an environ made by hand: what no adapter of Flask can be faster than."""

import io
from urllib.parse import urlencode

from flask_app import app


def prepare(event):
    body = (event["body"] or "").encode()
    environ = {
        "REQUEST_METHOD": event["httpMethod"],
        "SCRIPT_NAME": "",
        "PATH_INFO": event["path"],
        "QUERY_STRING": urlencode(event["queryStringParameters"] or {}),
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "443",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "https",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in event["headers"].items():
        key = name.upper().replace("-", "_")
        environ[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value
    return environ


def handler(environ, context):
    answer = []
    body = app.wsgi_app(environ, lambda *args: answer.extend(args[:2]))
    data = b"".join(body)
    body.close()
    return {"statusCode": int(answer[0][:3]), "headers": dict(answer[1]), "body": data}


def lambda_handler(event, context):
    answer = handler(prepare(event), context)
    return {**answer, "body": answer["body"].decode()}
