"""The values of secrets, and the endpoint of Secrets Manager that gives them to functions.

A function asks for its secret through boto3, as it does on Lambda; boto3 takes the endpoint from
``AWS_ENDPOINT_URL_SECRETS_MANAGER``. So the value is in no environment variable here either.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Mapping, Sequence
from http.server import BaseHTTPRequestHandler
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from coworks_cdk.local.errors import LocalError
from coworks_cdk.local.quiet import QuietServer
from coworks_cdk.local.template.records import Secret


def variable(secret: Secret) -> str:
    """Give the environment variable that may hold a secret's value: ``CWS_SECRET_`` and its name.

    The name in capitals, with underscores for what isn't a letter or digit.
    """
    return "CWS_SECRET_" + re.sub(r"[^A-Z0-9]+", "_", secret.name.upper()).strip("_")


def secret_values(
    secrets: Sequence[Secret], file: Path | None, environment: Mapping[str, str]
) -> dict[str, str]:
    """Find the value of each secret, by ARN.

    :param file: JSON, an object of names or ARNs to strings; wins over the environment.
    :raises LocalError: where one has no value, or the file isn't one.
    """
    given = {} if file is None else _read(file)
    values = {}
    for secret in secrets:
        value = given.get(secret.arn, given.get(secret.name, environment.get(variable(secret))))
        if value is None:
            raise LocalError(
                f"{secret.name}: this secret has no value here; set {variable(secret)} or give "
                f'--secrets a JSON file with {{"{secret.name}": "..."}}'
            )
        values[secret.arn] = value
    if find_spec("boto3") is None:
        raise LocalError(
            "boto3, which Lambda has and functions with a secret need, is not installed; "
            "run `pip install boto3`"
        )
    return values


def _read(file: Path) -> dict[str, str]:
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise LocalError(f"{file}: the secrets' file can't be read ({error.strerror})") from error
    except ValueError as error:
        # The parser's own message might quote what is in the file.
        raise LocalError(f"{file}: the secrets' file is no JSON") from error
    if not isinstance(content, dict) or not all(isinstance(v, str) for v in content.values()):
        raise LocalError(f"{file}: an object of names to strings was expected")
    return content


class SecretsEndpoint:
    """Secrets Manager's GetSecretValue, on the loopback interface."""

    def __init__(self, values: Mapping[str, str]) -> None:
        """Serve the values, by ARN."""
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.values = values
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True
        )
        self._thread.start()

    @property
    def url(self) -> str:
        """The endpoint's URL."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(QuietServer):
    values: Mapping[str, str]


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        arn = request.get("SecretId", "")
        operation = self.headers.get("X-Amz-Target", "").rpartition(".")[2]
        if operation != "GetSecretValue":
            self._send(400, {"__type": "InvalidRequestException", "message": "not served here"})
        elif arn not in self.server.values:
            self._send(400, {"__type": "ResourceNotFoundException", "message": "no such secret"})
        else:
            value = {"SecretString": self.server.values[arn], "VersionStages": ["AWSCURRENT"]}
            name = arn.rpartition(":")[2]
            version = "00000000-0000-0000-0000-000000000000"
            self._send(200, {"ARN": arn, "Name": name, "VersionId": version, **value})

    def _send(self, status: int, body: Mapping[str, Any]) -> None:
        content = json.dumps(body).encode()
        self.send_response_only(status)
        self.send_header("Content-Type", "application/x-amz-json-1.1")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Stay quiet: requests name secrets."""
