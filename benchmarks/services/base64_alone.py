"""Nothing but what a binary answer can't do without."""

import base64

CONTENT = bytes(range(256)) * 4096


def handler(event, context):
    return {
        "statusCode": 200,
        "body": base64.b64encode(CONTENT).decode("ascii"),
        "isBase64Encoded": True,
    }
