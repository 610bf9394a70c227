"""What the OpenAPI document and Admin's page say of streams."""

from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Iterator
from typing import Literal

import msgspec
from openapi_spec_validator import validate

from coworks_runtime import TechMicroService, entry
from coworks_runtime.blueprint.admin import openapi_document, routes_of, service_info
from coworks_runtime.blueprint.admin_blueprint import Admin


class Streams(TechMicroService):
    @entry(no_auth=True, stream="text/event-stream")
    def get_events(self):
        """Events."""
        yield "data: 1\n\n"

    @entry(no_auth=True, stream=True)
    def get_texts(self) -> Iterator[str]:
        yield "a"

    @entry(no_auth=True, stream=True, status=202)
    def get_bytes(self) -> Iterator[bytes]:
        yield b"a"

    @entry(no_auth=True, stream=True, binary_headers={"Content-Type": "image/png"})
    def get_image(self):
        yield b"a"

    @entry(no_auth=True, stream=True)
    def get_any(self):
        yield "a"

    @entry(no_auth=True)
    def get_whole(self) -> str:
        return "a"


class Problem(msgspec.Struct):
    why: str


class Iterated(TechMicroService):
    @entry(no_auth=True, stream=True)
    async def get_awaited(self) -> AsyncIterator[str]:
        yield "a"

    @entry(no_auth=True, stream="application/x-ndjson")
    async def get_lines(self) -> AsyncGenerator[bytes, None]:
        yield b"{}"

    @entry(no_auth=True, stream=True)
    def get_iterable(self) -> Iterable[bytes]:
        return [b"a"]

    @entry(no_auth=True, stream=True)
    def get_list(self) -> tuple[list[str], Literal[202]]:
        return ["a"], 202

    @entry(no_auth=True, stream=True)
    def get_either(self) -> Iterable[str] | tuple[Problem, Literal[404]] | dict[str, int]:
        return ["a"]

    @entry(no_auth=True)
    def get_whole(self) -> Iterable[str]:
        return ["a"]


def test_whatever_can_be_iterated_is_streamed():
    app = Iterated()
    app.register_blueprint(Admin(), url_prefix="/admin")
    paths = openapi_document(service_info(app), routes_of(app), "")["paths"]
    told = {
        (path, status): sorted(answer.get("content", {}))
        for path, item in paths.items()
        for status, answer in item["get"]["responses"].items()
        if status != "422" and not path.startswith("/admin")
    }
    assert told == {
        ("/awaited", "200"): ["text/plain"],
        ("/lines", "200"): ["application/x-ndjson"],
        ("/iterable", "200"): ["application/octet-stream"],
        ("/list", "202"): ["text/plain"],
        ("/either", "200"): ["application/json", "text/plain"],
        ("/either", "404"): ["application/json"],
        ("/whole", "200"): ["application/json"],
    }


def test_the_document_tells_what_is_streamed(monkeypatch):
    monkeypatch.setenv("TOKEN", "token")
    app = Streams()
    app.register_blueprint(Admin(), url_prefix="/admin")
    document = (
        app.test_client().get("/admin/openapi", headers={"Authorization": "token"}).get_json()
    )
    validate(document)
    told = {
        path: (status, list(answer.get("content", {})), answer["description"])
        for path, item in document["paths"].items()
        for status, answer in item["get"]["responses"].items()
        if status < "300" and not path.startswith("/admin")
    }
    sent = "The answer, sent piece by piece."
    assert told == {
        "/events": ("200", ["text/event-stream"], sent),
        "/texts": ("200", ["text/plain"], sent),
        "/bytes": ("202", ["application/octet-stream"], sent),
        "/image": ("200", ["image/png"], sent),
        "/any": ("200", [], sent),
        "/whole": ("200", ["text/plain"], "The answer."),
    }


def test_the_page_marks_streams(monkeypatch):
    monkeypatch.setenv("TOKEN", "token")
    app = Streams()
    app.register_blueprint(Admin(), url_prefix="/admin")
    page = app.test_client().get("/admin", headers={"Authorization": "token"}).text
    assert page.count(">stream</span>") == 5
