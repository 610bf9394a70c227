"""The sample that lists layers: which, in what order, and in which form."""

import importlib.util
import io
import sys
import zipfile
from html.parser import HTMLParser
from pathlib import Path

import boto3
import pytest
from moto import mock_aws

SERVICE = Path(__file__).parents[2] / "samples" / "layers" / "tech" / "layers.py"


@pytest.fixture
def lambda_api(monkeypatch):
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    with mock_aws():
        yield boto3.client("lambda")


@pytest.fixture
def client(lambda_api, monkeypatch):
    spec = importlib.util.spec_from_file_location("layers_sample", SERVICE)
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "layers_sample", module)
    spec.loader.exec_module(module)
    return module.app.test_client()


def publish(lambda_api, name: str, **options) -> str:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("python/empty.py", "")
    version = lambda_api.publish_layer_version(
        LayerName=name, Content={"ZipFile": archive.getvalue()}, **options
    )
    return version["LayerVersionArn"]


def arns(client) -> list[str]:
    return [layer["arn"] for layer in client.get("/").get_json()["layers"]]


def test_every_version_of_every_coworks_layer_is_listed_and_no_other(lambda_api, client):
    first = publish(lambda_api, "coworks-0_9")
    publish(lambda_api, "numpy")
    second = publish(lambda_api, "coworks-0_9")
    of_a_stack = publish(lambda_api, "QuickstartCoworksLayer1A2B")
    assert sorted(arns(client)) == sorted([first, second, of_a_stack])


def test_what_is_told_of_a_layer(lambda_api, client):
    arn = publish(
        lambda_api,
        "coworks",
        Description="Runtime",
        CompatibleRuntimes=["python3.13"],
        CompatibleArchitectures=["arm64"],
    )
    answer = client.get("/", headers={"Accept": "application/json"})
    assert answer.mimetype == "application/json"
    (layer,) = answer.get_json()["layers"]
    assert layer.pop("created").startswith("20")
    assert layer == {
        "arn": arn,
        "name": "coworks",
        "version": 1,
        "description": "Runtime",
        "runtimes": ["python3.13"],
        "architectures": ["arm64"],
    }


class Pages:
    """Lambda's API in pages of one layer, out of order, as it may answer."""

    CREATED = {("coworks-b", 1): "2026-01-03", ("coworks-b", 2): "2026-01-03"}
    CREATED |= {("coworks-a", 1): "2026-02-01", ("coworks-c", 1): "2025-12-31"}

    def get_paginator(self, operation: str):
        self.operation = operation
        return self

    def paginate(self, LayerName: str | None = None):
        if LayerName is None:
            return [{"Layers": [{"LayerName": f"coworks-{letter}"}]} for letter in "bac"]
        versions = [key for key in self.CREATED if key[0] == LayerName]
        return [
            {
                "LayerVersions": [
                    {
                        "LayerVersionArn": f"{LayerName}:{version}",
                        "Version": version,
                        "CreatedDate": self.CREATED[LayerName, version],
                    }
                ]
            }
            for _, version in reversed(versions)
        ]


def test_the_newest_is_last_whatever_the_pages(client, monkeypatch):
    monkeypatch.setattr(sys.modules["layers_sample"], "client", Pages)
    assert arns(client) == ["coworks-c:1", "coworks-b:1", "coworks-b:2", "coworks-a:1"]


@pytest.mark.parametrize(
    ("accept", "mimetype"),
    [
        (None, "application/json"),
        ("*/*", "application/json"),
        ("application/json", "application/json"),
        ("image/png", "application/json"),
        ("text/html", "text/html"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html"),
        ("text/html;q=0.5,application/json", "application/json"),
    ],
)
def test_the_form_is_the_one_accepted(client, accept, mimetype):
    answer = client.get("/", headers={"Accept": accept} if accept else {})
    assert answer.status_code == 200
    assert answer.mimetype == mimetype
    assert answer.headers["Vary"] == "Accept"


class Cells(HTMLParser):
    """The text of a page's cells, and the names of its elements."""

    def __init__(self) -> None:
        super().__init__()
        self.texts, self.tags = [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)

    def handle_data(self, data):
        self.texts.append(data.strip())


def test_the_page_shows_the_layers_and_escapes_what_they_say(lambda_api, client):
    arn = publish(lambda_api, "coworks", Description="<script>alert(1)</script>")
    page = Cells()
    page.feed(client.get("/", headers={"Accept": "text/html"}).text)
    assert arn in page.texts
    assert "<script>alert(1)</script>" in page.texts
    assert "script" not in page.tags


def test_without_layers_the_page_says_so(client):
    assert client.get("/").get_json() == {"layers": []}
    assert "No layer is available." in client.get("/", headers={"Accept": "text/html"}).text
