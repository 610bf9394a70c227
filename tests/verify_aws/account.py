"""The accounts that are asked: a real one, and the embedded AWS."""

import http.client
import os
import ssl

import boto3

from e2e.embedded_aws import ACCOUNT as EMBEDDED_ACCOUNT
from e2e.embedded_aws import REGION as EMBEDDED_REGION


class WrongAccount(Exception):
    """The credentials are of another account than the one that was named."""


class RealAccount:
    """AWS, with the credentials of the environment."""

    is_embedded = False

    def __init__(self, account, region=None):
        self.session = boto3.Session(region_name=region)
        self.account, self.region = account, self.session.region_name
        if self.region is None:
            raise WrongAccount("no region: give --region")

    def check(self):
        """Refuse to touch an account that wasn't named."""
        found = self.client("sts").get_caller_identity()["Account"]
        if found != self.account:
            raise WrongAccount(f"the credentials are of another account than {self.account}")

    def client(self, name):
        return self.session.client(name)

    def client_environment(self):
        return {**os.environ, "AWS_REGION": self.region, "AWS_DEFAULT_REGION": self.region}

    def host(self, api_id):
        return f"{api_id}.execute-api.{self.region}.amazonaws.com"

    def base(self, api_id):
        return f"https://{self.host(api_id)}"

    def connection(self, api_id):
        context = ssl.create_default_context()
        return http.client.HTTPSConnection(self.host(api_id), timeout=60, context=context)


class EmbeddedAccount:
    """The embedded AWS of ``make e2e``."""

    is_embedded = True
    account, region = EMBEDDED_ACCOUNT, EMBEDDED_REGION

    def __init__(self, aws):
        self._aws = aws

    def check(self):
        found = self.client("sts").get_caller_identity()["Account"]
        assert found == self.account

    def client(self, name):
        session = boto3.Session(
            aws_access_key_id=self.account, aws_secret_access_key="test", region_name=self.region
        )
        return session.client(name, endpoint_url=self._aws.endpoint)

    def client_environment(self):
        return self._aws.client_environment()

    def host(self, api_id):
        return f"{api_id}.execute-api.localhost.localstack.cloud:{self._aws.port}"

    def base(self, api_id):
        return f"http://{self.host(api_id)}"

    def connection(self, api_id):
        return http.client.HTTPConnection("127.0.0.1", self._aws.port, timeout=60)


def send(account, api_id, method, path, headers, body):
    """Give status, headers and body of an answer of an API."""
    connection = account.connection(api_id)
    try:
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        connection.putheader("Host", account.host(api_id))
        names = {name.lower() for name, _ in headers}
        for name, value in headers:
            connection.putheader(name, value.encode("utf-8"))
        if (body or method in ("POST", "PUT")) and "content-length" not in names:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body or None)
        response = connection.getresponse()
        return response.status, response.getheaders(), response.read()
    finally:
        connection.close()
