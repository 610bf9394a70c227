"""The token's secret is in no log, whatever level botocore is given."""

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.lambda_process import LambdaProcess

ARN = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:token-AbCdEf"
SERVICE = """
import logging

from coworks_runtime import TechMicroService, entry
{levels}


class Protected(TechMicroService):
    @entry
    def get(self):
        return "in"


app = Protected(name="protected")
"""
ROOT_DEBUG = "logging.getLogger().setLevel('DEBUG')"
ASKED_FOR = f"{ROOT_DEBUG}\nfor name in ('botocore', 'botocore.parsers', 'botocore.auth'):\n"
ASKED_FOR += "    logging.getLogger(name).setLevel('DEBUG')"


@contextmanager
def secrets_manager():
    """What answers with a secret, at its URL."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            body = json.dumps({"ARN": ARN, "SecretString": "planted-token"}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args):
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


@pytest.mark.parametrize(
    ("levels", "settings"),
    [
        ("", {"AWS_LAMBDA_LOG_FORMAT": "JSON", "AWS_LAMBDA_LOG_LEVEL": "DEBUG"}),
        (ROOT_DEBUG, {}),
        (ASKED_FOR, {"AWS_LAMBDA_LOG_FORMAT": "JSON", "AWS_LAMBDA_LOG_LEVEL": "DEBUG"}),
    ],
    ids=["json", "text", "asked-for"],
)
def test_neither_token_nor_credentials_are_logged(tmp_path, levels, settings):
    (tmp_path / "protected.py").write_text(SERVICE.format(levels=levels))
    with secrets_manager() as url:
        settings |= {
            "AWS_DEFAULT_REGION": "eu-west-1",
            "AWS_ENDPOINT_URL": url,
            "AWS_ACCESS_KEY_ID": "planted-key",
            "AWS_SECRET_ACCESS_KEY": "planted-secret",
            "AWS_SESSION_TOKEN": "planted-session",
            "CWS_TOKEN_SECRET_ARN": ARN,
        }
        with LambdaProcess(tmp_path, "protected.app", **settings) as process:
            policy = process.call(
                {
                    "type": "TOKEN",
                    "authorizationToken": "planted-token",
                    "methodArn": "arn:aws:execute-api:eu-west-1:123456789012:a1/dev/GET/",
                }
            )
            printed = process.printed()
    assert policy["policyDocument"]["Statement"][0]["Effect"] == "Allow"
    assert "planted-" not in printed
    # It does log, of making its client.
    assert ("Loading JSON file" in printed) is bool(levels)
