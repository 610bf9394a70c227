"""coworks 0.9.4, with the event that its own integration template makes, and its answers."""

import json

from coworks import TechMicroService, entry

CONTENT = bytes(range(256)) * 4096


class Service(TechMicroService):
    def token_authorizer(self, token):
        return token == "token"

    @entry
    def get(self):
        return "Hello world.\n", 200, {"Content-Type": "text/plain; charset=utf-8"}

    @entry
    def post(self, value=None):
        body = f"Value stored ({value}).\n"
        return body, 200, {"Content-Type": "text/plain; charset=utf-8"}

    @entry
    def get_content(self, id, name=""):
        return {"id": int(id), "name": name}

    @entry(binary_headers={"Content-Type": "application/octet-stream"})
    def get_zip(self):
        return CONTENT


handler = Service(name="service")


def prepare(event):
    context = event["requestContext"]
    return {
        "type": "LAMBDA",
        "requestContext": {**context, "entryPath": event["resource"]},
        "entryPathParameters": event["pathParameters"] or {},
        "multiValueQueryStringParameters": event["multiValueQueryStringParameters"] or {},
        "headers": {name.lower(): value for name, value in event["headers"].items()},
        "body": json.loads(event["body"]) if event["body"] else None,
        "isBase64Encoded": False,
    }


def read(answer):
    """Its integration template takes a dict for text and JSON, and a string for binary content."""
    if isinstance(answer, str):
        return {"statusCode": 200, "body": answer, "isBase64Encoded": True}
    return answer


def lambda_handler(event, context):
    return read(handler(prepare(event), context))
