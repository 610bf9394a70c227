"""Assemblies served for one test."""

import http.client
import io
import json
from contextlib import ExitStack

import pytest

from coworks_cdk.local.log import Log
from coworks_cdk.local.session import Session, Settings
from tests.eventually import eventually
from tests.local.assemblies import service, write


class Served:
    """A served assembly."""

    def __init__(self, session, stream):
        self.session, self.stream = session, stream

    @property
    def log(self):
        """What was logged."""
        return self.stream.getvalue()

    def logged(self, text, times=None):
        """Whether a text is in the log, this many times; functions' output comes in a thread."""

        def found():
            count = self.log.count(text)
            return count == times or (times is None and count > 0)

        return eventually(found, lambda: f"{text!r} is not in: {self.log}")

    def ask(self, method="GET", path="/dev/", headers=None, body=None):
        """Send a request; gives status, headers (names in lower case) and body."""
        (server, *_) = self.session.servers.values()
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        try:
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            content = response.read()
        finally:
            connection.close()
        names = {name.lower(): value for name, value in response.getheaders()}
        return response.status, names, content

    def json(self, *arguments, **keywords):
        """Send a request; gives status and JSON."""
        status, _, content = self.ask(*arguments, **keywords)
        return status, json.loads(content)


@pytest.fixture
def serve(tmp_path):
    """Serve sources behind an API; ended with the test."""
    with ExitStack() as stack:

        def start(
            sources=None,
            resources=None,
            *,
            assets=None,
            settings=None,
            log_format="text",
            **template,
        ):
            if isinstance(sources, str):
                sources = {"app.py": sources}
            folder = write(
                tmp_path / "cdk.out", resources or service(), sources, assets=assets, **template
            )
            stream = io.StringIO()
            chosen = Settings(folder, **{"port": 0, **(settings or {})})
            session = stack.enter_context(Session(chosen, Log(stream, log_format)))
            return Served(session, stream)

        yield start
