"""A service that streams, in a function that a layer of OpenTelemetry starts."""

import http.client
import json
import shutil
from contextlib import contextmanager
from importlib.metadata import distribution
from pathlib import Path

import pytest

from coworks_cdk.local.log import Log
from coworks_cdk.local.session import Session, Settings
from tests.eventually import eventually
from tests.parity.side_by_side import synthesize

LAYER = Path(__file__).with_name("otel_layer")
PACKAGES = (
    *("opentelemetry-api", "opentelemetry-sdk", "opentelemetry-semantic-conventions"),
    *("opentelemetry-instrumentation", "opentelemetry-instrumentation-aws-lambda"),
    *("opentelemetry-propagator-aws-xray", "wrapt", "typing-extensions", "packaging"),
)

SERVICE = """
import os, time
from coworks_runtime import TechMicroService, entry
from coworks_runtime.extension.otel import OTel
from opentelemetry import trace


class Tales(TechMicroService):
    @entry(no_auth=True)
    def get_whole(self, number: int):
        return {"number": number}

    @entry(no_auth=True, stream=True)
    def get_tale(self, *, folder: str):
        for piece in "abc":
            with trace.get_tracer("tales").start_as_current_span(f"piece {piece}"):
                pass
            yield piece
            while not os.path.exists(f"{folder}/{piece}"):
                time.sleep(0.01)

    @entry(no_auth=True, stream=True)
    def get_refused(self):
        from werkzeug.exceptions import Gone
        raise Gone()


app = Tales(name="tales")
OTel(app)
"""

APP = """
import platform
from aws_cdk import App, Stack, aws_lambda
from coworks_cdk import CoworksMicroService

here = aws_lambda.Architecture.X86_64
if platform.machine() in ("arm64", "aarch64"):
    here = aws_lambda.Architecture.ARM_64
app = App()
stack = Stack(app, "Stack")
layer = aws_lambda.LayerVersion(stack, "Otel", code=aws_lambda.Code.from_asset("FOLDER/layer"))
CoworksMicroService(
    stack,
    "Tales",
    app="tales",
    project_dir="FOLDER/tech",
    architecture=here,
    otel_layer=layer,
    environment={"SPANS": "FOLDER/spans"},
)
app.synth()
"""


class Traced:
    """The served service, and the spans of its function."""

    def __init__(self, port, spans, log):
        self._port, self._spans, self._log = port, spans, log

    @contextmanager
    def ask(self, path, status=200):
        """An answer whose head is there."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        try:
            connection.request("GET", f"/dev{path}")
            response = connection.getresponse()
            assert response.status == status, self._log.read_text()
            yield response
        finally:
            connection.close()

    def spans(self, count):
        """The spans that were exported, as soon as there are so many; none are left."""

        def exported():
            lines = self._spans.read_text().splitlines() if self._spans.exists() else []
            return lines if len(lines) >= count else None

        lines = eventually(exported, self._log.read_text)
        self._spans.unlink()
        assert len(lines) == count, lines
        return [json.loads(line) for line in lines]


def bring(name, folder):
    """Put what is installed of a package into a layer."""
    for file in distribution(name).files:
        source = Path(file.locate())
        if file.parts[0] != ".." and source.suffix != ".pyc":
            target = folder / Path(*file.parts)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)


@pytest.fixture(scope="module")
def tales(tmp_path_factory):
    folder = tmp_path_factory.mktemp("otel")
    layer, tech, spans = folder / "layer", folder / "tech", folder / "spans"
    shutil.copytree(LAYER, layer)
    for name in PACKAGES:
        bring(name, layer / "python")
    tech.mkdir()
    (tech / "tales.py").write_text(SERVICE)
    (folder / "app.py").write_text(APP.replace("FOLDER", str(folder)))
    assembly = synthesize(folder / "app.py", folder)
    with (
        (folder / "log").open("w") as log,
        Session(Settings(assembly, port=0), Log(log, "text")) as session,
    ):
        assert session.notes == ()
        (server,) = session.servers.values()
        yield Traced(server.port, spans, folder / "log")


def test_a_whole_answer_has_the_layers_span(tales):
    with tales.ask("/whole/7") as response:
        assert json.loads(response.read()) == {"number": 7}
    [span] = tales.spans(1)
    assert span["name"] == "GET /whole/{number}"
    assert span["attributes"]["coworks.entry"] == "get_whole"


def test_a_stream_is_one_span_and_comes_piece_by_piece(tales, tmp_path):
    with tales.ask(f"/tale?folder={tmp_path}") as response:
        for piece in "abc":
            # The next one is made when this one is here.
            assert response.read(1) == piece.encode()
            (tmp_path / piece).touch()
        assert response.read() == b""
    spans = {span["name"]: span for span in tales.spans(4)}
    request = spans.pop("GET /tale")
    assert request["attributes"]["http.route"] == "/tale"
    assert request["attributes"]["http.response.status_code"] == 200
    assert request["attributes"]["coworks.entry"] == "get_tale"
    assert sorted(spans) == ["piece a", "piece b", "piece c"]
    assert {s["parent_id"] for s in spans.values()} == {request["context"]["span_id"]}
    assert {s["context"]["trace_id"] for s in spans.values()} == {request["context"]["trace_id"]}


def test_a_stream_that_is_refused_is_one_span(tales):
    with tales.ask("/refused", 410) as response:
        response.read()
    [span] = tales.spans(1)
    assert span["name"] == "GET /refused"
    assert span["attributes"]["http.response.status_code"] == 410
