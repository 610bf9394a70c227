"""The OpenAPI document that Admin gives."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Literal, Optional, TypedDict
from uuid import UUID

import msgspec
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator
from pydantic import BaseModel
from werkzeug.datastructures import FileStorage

from coworks_runtime import Blueprint, TechMicroService, entry
from coworks_runtime.blueprint.admin_blueprint import Admin

TOKEN = {"Authorization": "mytoken"}


class Color(Enum):
    RED = "red"
    BLUE = "blue"


@dataclass
class Item:
    """An item."""

    name: str
    tags: list[str] = field(default_factory=list)
    parent: Optional["Item"] = None


class Part(BaseModel):
    size: int


class Model(BaseModel):
    part: Part


def other_part() -> type[BaseModel]:
    class Part(BaseModel):
        other: int

    class OtherModel(BaseModel):
        part: Part

    return OtherModel


OtherModel = other_part()


class Options(TypedDict, total=False):
    deep: bool


def other_item() -> type:
    @dataclass
    class Item:
        other: int

    return Item


OtherItem = other_item()


class Typed(Blueprint):
    @entry
    def get(
        self,
        key: UUID,
        *,
        number: int,
        color: Color = Color.RED,
        tags: list[str] = (),
        ids: set[int] = frozenset(),
        since: datetime = None,  # noqa: RUF013
        price: Decimal | None = None,
        item: Item = None,
        size: Annotated[int, msgspec.Meta(ge=1)] = 1,
        kind: Literal["a", "b"] = "a",
        anything=None,
        **others,
    ):
        """Find items.

        All of them.

        :param key: of the first one
        :param number: how many
        :returns: those found
        """

    @entry
    def post_item(
        self, name: str, *, item: Item, model: Model = None, union: Item | Part | None = None
    ):
        """Make an item.

        :param item: the item
        """

    @entry
    def put(
        self, *, other: OtherItem, model: OtherModel, count: int = 0, free=None, **rest
    ) -> dict:
        pass

    @entry
    def patch(self, options: Options = None) -> list[int]:
        pass

    @entry
    def post_file(self, *, file: FileStorage, files: list[FileStorage] = ()) -> bytes:
        pass

    @entry(no_auth=True, binary_headers={"content-type": "image/png"})
    def get_picture(self):
        pass

    @entry
    def delete_gone(self, key: int, reason: str = "") -> None:
        pass

    @entry
    def get_text(self, *path) -> str:
        pass

    @entry
    def get_model(self) -> Model:
        pass


class Described(TechMicroService):
    """A service.

    With *Markdown*.
    """

    authorization_header = "X-Token"

    def __init__(self) -> None:
        super().__init__(name="described")
        self.register_blueprint(Admin(), url_prefix="/admin")
        self.register_blueprint(Typed(), url_prefix="/typed")

        @self.route("/plain/<int:key>", methods=["GET", "POST", "PROPFIND"])
        @self.route("/plain")
        def plain(key=None):
            return "plain"

    @entry
    def get_same(self, value):
        """One name."""

    @entry
    def post_same(self, key: int):
        """The same path.

        :param key: of it
        """


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TOKEN", "mytoken")
        response = Described().test_client().get("/admin/openapi", headers={"X-Token": "mytoken"})
    assert response.status_code == 200
    return response.json


def operation(document: dict[str, Any], method: str, path: str) -> dict[str, Any]:
    return document["paths"][path][method]


def parameters(document: dict[str, Any], method: str, path: str) -> dict[str, Any]:
    return {p["name"]: p for p in operation(document, method, path)["parameters"]}


def body(document: dict[str, Any], method: str, path: str) -> dict[str, Any]:
    return operation(document, method, path)["requestBody"]["content"]["application/json"]["schema"]


def test_it_is_valid(document: dict[str, Any]) -> None:
    assert list(OpenAPIV31SpecValidator(document).iter_errors()) == []
    json.dumps(document, allow_nan=False)


def test_an_empty_service_is_valid(call: Callable[..., Any], monkeypatch: Any) -> None:
    monkeypatch.setenv("TOKEN", "mytoken")
    app = TechMicroService(name="empty")
    app.register_blueprint(Admin())
    document = call(app).get("/openapi", **TOKEN).json
    assert list(OpenAPIV31SpecValidator(document).iter_errors()) == []
    assert set(document["paths"]) == {"/", "/openapi", "/route"}
    assert "description" not in document["info"]


def test_the_service(document: dict[str, Any]) -> None:
    assert document["openapi"] == "3.1.0"
    assert document["info"] == {
        "title": "described",
        "version": "local",
        "description": "A service.\n\nWith *Markdown*.",
    }
    assert document["servers"] == [{"url": "http://localhost", "description": "Stage dev"}]
    assert document["components"]["securitySchemes"] == {
        "token": {"type": "apiKey", "in": "header", "name": "X-Token"}
    }


def test_its_server_is_where_the_caller_found_it(
    call: Callable[..., Any], monkeypatch: Any
) -> None:
    monkeypatch.setenv("TOKEN", "mytoken")
    app = TechMicroService(name="empty")
    app.register_blueprint(Admin(), url_prefix="/admin")
    caller = call(app)
    [server] = caller.get("/admin/openapi", **TOKEN).json["servers"]
    urls = {"local": r"http://127\.0\.0\.1:\d+", "lambda": "https://api.test/dev"}
    assert re.fullmatch(urls[caller.name], server["url"])


def test_protected_and_open_entries(document: dict[str, Any]) -> None:
    protected = operation(document, "get", "/typed/{key}")
    assert protected["security"] == [{"token": []}]
    assert set(protected["responses"]) == {"200", "401", "403", "422"}
    public = operation(document, "get", "/typed/picture")
    assert public["security"] == []
    assert set(public["responses"]) == {"200", "422"}


def test_query_parameters(document: dict[str, Any]) -> None:
    described = parameters(document, "get", "/typed/{key}")
    assert described["key"] == {
        "name": "key",
        "in": "path",
        "required": True,
        "description": "of the first one",
        "schema": {"type": "string", "format": "uuid"},
    }
    assert described["number"]["required"] is True
    assert described["number"]["description"] == "how many"
    assert described["color"]["schema"] == {"$ref": "#/components/schemas/Color", "default": "red"}
    assert described["tags"]["schema"] == {
        "type": "array",
        "items": {"type": "string"},
        "default": [],
    }
    assert described["ids"]["schema"]["uniqueItems"] is True
    assert described["size"]["schema"] == {"type": "integer", "minimum": 1, "default": 1}
    assert described["kind"]["schema"]["enum"] == ["a", "b"]
    assert described["anything"]["schema"] == {}
    assert described["others"]["schema"] == {"type": "object", "additionalProperties": True}
    # Text of a structured type is read as JSON.
    schema = described["item"]["content"]["application/json"]["schema"]
    assert resolve(document, schema)["properties"].keys() == {"name", "tags", "parent"}


def test_texts(document: dict[str, Any]) -> None:
    described = operation(document, "get", "/typed/{key}")
    assert described["operationId"] == "typed.get"
    assert described["summary"] == "Find items."
    assert described["description"] == "All of them."
    assert described["tags"] == ["typed"]
    assert described["responses"]["200"]["description"] == "those found"


def test_bodies(document: dict[str, Any]) -> None:
    described = operation(document, "post", "/typed/item/{name}")["requestBody"]
    assert described["required"] is True
    assert set(described["content"]) == {"application/json", "application/x-www-form-urlencoded"}
    schema = body(document, "post", "/typed/item/{name}")
    assert schema["required"] == ["item"]
    assert schema["additionalProperties"] is False
    assert schema["properties"]["item"]["description"] == "the item"
    part = resolve(document, schema["properties"]["model"]["anyOf"][0]["properties"]["part"])
    assert part["properties"]["size"]["type"] == "integer"
    union = schema["properties"]["union"]["anyOf"]
    assert union[2] == {"type": "null"}
    assert len(union) == 3


def resolve(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    return document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]


def test_two_classes_of_one_name(document: dict[str, Any]) -> None:
    properties = body(document, "put", "/typed")["properties"]
    assert resolve(document, properties["other"])["required"] == ["other"]
    assert resolve(document, properties["model"]["properties"]["part"])["required"] == ["other"]
    for name in document["components"]["schemas"]:
        assert re.fullmatch("[A-Za-z0-9._-]+", name)


def test_open_bodies(document: dict[str, Any]) -> None:
    schema = body(document, "put", "/typed")
    assert schema["additionalProperties"] is True
    assert schema["properties"]["count"] == {"type": "integer", "default": 0}
    assert schema["properties"]["free"] == {}


def test_files_are_sent_as_multipart(document: dict[str, Any]) -> None:
    content = operation(document, "post", "/typed/file")["requestBody"]["content"]
    assert list(content) == ["multipart/form-data"]
    properties = content["multipart/form-data"]["schema"]["properties"]
    file = {"type": "string", "contentMediaType": "application/octet-stream"}
    assert properties == {
        "file": file,
        "files": {"type": "array", "items": file, "default": []},
    }


@pytest.mark.parametrize(
    ("method", "path", "status", "content"),
    [
        ("put", "/typed", "200", {"application/json": {"schema": {"type": "object"}}}),
        (
            "patch",
            "/typed",
            "200",
            {"application/json": {"schema": {"type": "array", "items": {"type": "integer"}}}},
        ),
        ("post", "/typed/file", "200", {"application/octet-stream": {}}),
        ("get", "/typed/picture", "200", {"image/png": {}}),
        ("get", "/typed/text/{path+}", "200", {"text/plain": {"schema": {"type": "string"}}}),
        ("delete", "/typed/gone/{key}", "204", None),
        ("get", "/same/{key}", "200", None),
    ],
)
def test_answers(
    document: dict[str, Any], method: str, path: str, status: str, content: Any
) -> None:
    responses = operation(document, method, path)["responses"]
    assert responses[status].get("content") == content


def test_one_name_for_the_variables_of_one_path(document: dict[str, Any]) -> None:
    assert "/same/{value}" not in document["paths"]
    assert parameters(document, "get", "/same/{key}")["key"] == {
        "name": "key",
        "in": "path",
        "required": True,
        "description": "The function calls it `value`.",
        "schema": {"type": "string"},
    }
    post = parameters(document, "post", "/same/{key}")["key"]
    assert post["description"] == "of it"
    assert post["schema"] == {"type": "integer"}


def test_greedy_variables(document: dict[str, Any]) -> None:
    described = parameters(document, "get", "/typed/text/{path+}")["path+"]
    assert described["schema"] == {"type": "string"}
    assert described["description"].startswith("One or more segments")


def test_plain_flask_routes(document: dict[str, Any]) -> None:
    assert set(document["paths"]["/plain/{key}"]) == {"get", "post"}
    ids = [
        described["operationId"]
        for path in document["paths"].values()
        for described in path.values()
    ]
    assert len(set(ids)) == len(ids)
    assert "422" not in operation(document, "get", "/plain/{key}")["responses"]
