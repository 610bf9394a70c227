"""What comes in and goes out, in the service's OpenAPI document."""

from dataclasses import dataclass, field
from decimal import Decimal
from inspect import signature
from typing import Annotated, Any, Literal, NewType

import msgspec
import pydantic
import pytest
from flask import Response
from openapi_spec_validator import OpenAPIV31SpecValidator

from coworks_runtime import Body, Query, TechMicroService, entry
from coworks_runtime.blueprint.admin_blueprint import Admin
from coworks_runtime.values.returns import returned_of


class Order(msgspec.Struct, rename={"kind": "class"}):
    id: int
    kind: str = "small"


class Problem(msgspec.Struct):
    why: str


class Cat(msgspec.Struct, tag="cat"):
    lives: int


class Dog(msgspec.Struct, tag="dog"):
    tricks: int


class Model(pydantic.BaseModel):
    age: int
    name: str = pydantic.Field("n", alias="user-name")


class Holder(msgspec.Struct):
    models: list[Model]


@dataclass
class Total:
    parts: list[int]
    total: int = field(init=False, default=0)


Number = NewType("Number", Annotated[int, msgspec.Meta(ge=1)])


class Described(TechMicroService):
    def __init__(self):
        super().__init__(name="described")
        self.register_blueprint(Admin(), url_prefix="/admin")

    def token_authorizer(self, token):
        return True

    @entry(status=201)
    def post_order(self, shelf: int, order: Body[Order], *, dry: Query[bool] = False) -> Order:
        """Make an order.

        :param order: what to make
        """

    @entry(no_auth=True)
    def put_order(
        self, order: Body[Order | None] = None, **rest: Query[str]
    ) -> tuple[Order, Literal[200, 201]]:
        pass

    @entry(no_auth=True)
    def get_order(self, number: Query[Number]) -> Order | tuple[Problem, Literal[404]] | None:
        pass

    @entry(no_auth=True)
    def patch_order(
        self, *, price: Decimal = Decimal(1), dry: Query[bool] = False
    ) -> list[Order] | Problem:
        pass

    @entry(no_auth=True)
    def post_pet(self, pet: Body[Cat | Dog]) -> Cat | Dog:
        pass

    @entry(no_auth=True)
    def post_total(self, total: Body[Total]) -> Total:
        pass

    @entry(no_auth=True)
    def post_models(self, holder: Body[Holder]) -> dict[str, Model]:
        pass

    @entry(no_auth=True)
    def get_number(self) -> int:
        pass

    @entry(no_auth=True)
    def delete_gone(self, number: int, why: Body[str] = "") -> None:
        pass

    @entry(no_auth=True)
    def get_stream(self) -> Response:
        pass


@pytest.fixture(scope="module")
def document():
    client = Described().test_client()
    found = client.get("/admin/openapi", headers={"Authorization": "t"}).json
    OpenAPIV31SpecValidator(found).validate()
    return found


def _operation(document, method, path):
    return document["paths"][path][method]


def _statuses(document, method, path):
    return list(_operation(document, method, path)["responses"])


def _schema(document, method, path, status):
    content = _operation(document, method, path)["responses"][status]["content"]
    return content["application/json"]["schema"]


REF = "#/components/schemas/"


def test_a_body_is_the_whole_of_it(document):
    post = _operation(document, "post", "/order/{shelf}")
    assert post["requestBody"] == {
        "required": True,
        "content": {
            kind: {"schema": {"$ref": f"{REF}Order", "description": "what to make"}}
            for kind in ("application/json", "application/x-www-form-urlencoded")
        },
    }
    assert [(p["name"], p["in"], p["required"]) for p in post["parameters"]] == [
        ("shelf", "path", True),
        ("dry", "query", False),
    ]
    put = _operation(document, "put", "/order")
    assert put["requestBody"]["required"] is False
    assert [(p["name"], p["explode"]) for p in put["parameters"]] == [("rest", True)]
    patch = _operation(document, "patch", "/order")
    assert [p["name"] for p in patch["parameters"]] == ["dry"]
    body = patch["requestBody"]["content"]["application/json"]["schema"]
    assert list(body["properties"]) == ["price"]
    assert "requestBody" in _operation(document, "delete", "/gone/{number}")


def test_the_return_annotation_is_the_answer_s_schema(document):
    assert _schema(document, "post", "/order/{shelf}", "201") == {"$ref": f"{REF}Order"}
    assert _schema(document, "put", "/order", "201") == {"$ref": f"{REF}Order"}
    assert _schema(document, "get", "/order", "404") == {"$ref": f"{REF}Problem"}
    assert "content" not in _operation(document, "get", "/order")["responses"]["204"]
    assert _schema(document, "get", "/number", "200") == {"type": "integer"}
    assert _schema(document, "patch", "/order", "200") == {
        "anyOf": [{"type": "array", "items": {"$ref": f"{REF}Order"}}, {"$ref": f"{REF}Problem"}]
    }
    pet = _schema(document, "post", "/pet", "200")
    assert pet["discriminator"]["propertyName"] == "type"
    models = _schema(document, "post", "/models", "200")
    assert "user-name" in str(models)
    assert "content" not in _operation(document, "get", "/stream")["responses"]["200"]


def test_a_field_that_no_request_fills_is_the_answer_s_only(document):
    body = _operation(document, "post", "/total")["requestBody"]["content"]["application/json"]
    asked = document["components"]["schemas"][body["schema"]["$ref"].removeprefix(REF)]
    given = document["components"]["schemas"][
        _schema(document, "post", "/total", "200")["$ref"].removeprefix(REF)
    ]
    assert list(asked["properties"]) == ["parts"]
    assert list(given["properties"]) == ["parts", "total"]


def test_all_statuses_that_the_runtime_sends_are_there(document):
    body = ["400", "413", "415", "422"]
    assert _statuses(document, "post", "/order/{shelf}") == ["201", "400", "401", "403", *body[1:]]
    assert _statuses(document, "put", "/order") == ["200", "201", *body]
    assert _statuses(document, "get", "/order") == ["200", "204", "404", "422"]
    assert _statuses(document, "delete", "/gone/{number}") == ["204", *body]
    assert _statuses(document, "get", "/admin") == ["200", "422"]


def test_demands_of_new_types_are_described(document):
    (number,) = _operation(document, "get", "/order")["parameters"]
    assert number["schema"] == {"type": "integer", "minimum": 1}


@pytest.mark.parametrize(
    ("annotation", "status", "expected"),
    [
        (None, None, [(204, "none")]),
        (None, 202, [(202, "none")]),
        (Order, None, [(200, "json")]),
        (Order | None, 201, [(201, "json"), (204, "none")]),
        (str, None, [(200, "text")]),
        (bytes | str, None, [(200, "binary"), (200, "text")]),
        (tuple[Order, Literal[201]], None, [(201, "json")]),
        (tuple[None, Literal[202]], None, [(202, "none")]),
        (tuple[str, int], None, [(200, "text")]),
        (tuple[Order, dict[str, str]], 201, [(201, "json")]),
        (tuple[Order, Literal[201], dict[str, str]], None, [(201, "json")]),
        (tuple[int, ...], None, [(200, "unknown")]),
        (tuple, None, [(200, "unknown")]),
        (Response, None, [(200, "unknown")]),
        (Any, None, [(200, "unknown")]),
        (signature(_operation).return_annotation, None, [(200, "unknown")]),
        (Annotated[Order | None, "doc"], None, [(200, "json"), (204, "none")]),
    ],
)
def test_answers_by_status_and_kind(annotation, status, expected):
    assert [(one.status, one.kind) for one in returned_of(annotation, status)] == expected
