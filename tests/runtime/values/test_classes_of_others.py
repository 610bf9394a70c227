"""Classes that others have made for their own purposes: Pydantic's, dataclasses' and msgspec's ways."""

import dataclasses
import enum
import json
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
import pydantic
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from coworks_runtime import Body, TechMicroService, entry
from coworks_runtime.blueprint.admin import openapi_document, routes_of, service_info
from coworks_runtime.blueprint.admin_blueprint import Admin
from coworks_runtime.errors import EntryError

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
KEY = "550e8400-e29b-41d4-a716-446655440000"


class Colour(enum.Enum):
    RED = "red"


class Address(pydantic.BaseModel):
    city: str


class Account(pydantic.BaseModel):
    """What only Pydantic reads: words of its own, aliases, types that nobody else knows."""

    secret: pydantic.SecretStr
    newsletter: bool = False
    tags: list[str] = []
    maybe: list[int] | None = None
    address: Address | None = None
    user: int = pydantic.Field(0, validation_alias=pydantic.AliasChoices("user-id", "uid"))
    site: pydantic.AnyUrl | None = None


class Computed(pydantic.BaseModel):
    age: int

    @pydantic.computed_field  # type: ignore[prop-decorator]
    @property
    def double(self) -> int:
        return 2 * self.age


class Cat(msgspec.Struct, tag="cat"):
    owner: Computed


class Dog(msgspec.Struct, tag="dog"):
    owner: Computed


class Strict(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(strict=True)
    day: date
    key: UUID
    colour: Colour = Colour.RED
    price: Decimal = Decimal(1)


class Patch(msgspec.Struct):
    name: str | msgspec.UnsetType = msgspec.UNSET
    size: int | msgspec.UnsetType | None = msgspec.UNSET


@dataclasses.dataclass
class Scaled:
    value: int
    factor: dataclasses.InitVar[int] = 2

    def __post_init__(self, factor):
        self.value *= factor


@dataclasses.dataclass
class Summed:
    parts: list[int]
    more: dataclasses.InitVar[int]
    total: int = dataclasses.field(init=False)

    def __post_init__(self, more):
        self.total = sum(self.parts) + more


class Others(TechMicroService):
    @entry(no_auth=True)
    def post_account(self, account: Body[Account]):
        user = account.model_dump(mode="json", exclude={"secret"}, exclude_defaults=True)
        return user | {"secret": account.secret.get_secret_value()}

    @entry(no_auth=True)
    def post_strict(self, strict: Body[Strict]) -> Strict:
        return strict

    @entry(no_auth=True)
    def put_strict(self, *, strict: Strict) -> Strict:
        return strict

    @entry(no_auth=True)
    def patch(self, patch: Body[Patch]) -> Patch:
        return patch

    @entry(no_auth=True)
    def post_scaled(self, scaled: Body[Scaled]) -> Scaled:
        return scaled

    @entry(no_auth=True)
    def post_summed(self, summed: Body[Summed]) -> Summed:
        return summed

    @entry(no_auth=True)
    def get_pair(self, *, pair: tuple[int, str], several: tuple[int, ...] = ()):
        return {"pair": pair, "several": several}

    @entry(no_auth=True)
    def post_pair(self, *, pair: tuple[int, str], pairs: list[tuple[int, int]] = ()):
        return {"pair": pair, "pairs": pairs}


@pytest.fixture(scope="module")
def others():
    return Others()


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("secret=x", {"secret": "x"}),
        ("secret=x&newsletter=on", {"secret": "x", "newsletter": True}),
        ("secret=x&tags=a", {"secret": "x", "tags": ["a"]}),
        ("secret=x&tags=a&tags=b", {"secret": "x", "tags": ["a", "b"]}),
        ("secret=x&maybe=1&maybe=2", {"secret": "x", "maybe": [1, 2]}),
        ('secret=x&address={"city":"y"}', {"secret": "x", "address": {"city": "y"}}),
        ("secret=x&user-id=3", {"secret": "x", "user": 3}),
        ("secret=x&uid=3", {"secret": "x", "user": 3}),
        ("secret=x&site=https://a.test/", {"secret": "x", "site": "https://a.test/"}),
        ("tags=a", "Body: secret: Field required"),
        ("secret=x&secret=y", "Body: secret: takes one value, 2 were sent"),
        ("secret=x&newsletter=perhaps", "Body: newsletter: Input should be a valid boolean"),
        ("secret=x&address=y", "Body: address: Input should be"),
    ],
)
def test_a_model_judges_the_fields_of_a_form(call, others, body, expected):
    found = call(others).request("POST", "/account", body.encode(), FORM)
    if isinstance(expected, str):
        assert found.status == 422
        assert found.json["message"].startswith(expected)
    else:
        assert (found.status, found.json) == (200, expected)


def test_a_strict_model_takes_what_json_has_for_its_types(call, others, monkeypatch):
    monkeypatch.setenv("CWS_CHECK_ANSWERS", "1")
    sent = {"day": "2026-01-02", "key": KEY, "colour": "red", "price": "1.50"}
    caller = call(Others())
    assert caller.json("POST", "/strict", sent).json == sent
    assert caller.json("PUT", "/strict", {"strict": sent}).json == sent
    refused = caller.json("POST", "/strict", {**sent, "day": 5})
    assert (refused.status, refused.json["message"][:10]) == (422, "Body: day:")


@pytest.mark.parametrize("body", [{}, {"name": "a"}, {"size": None}, {"name": "", "size": 3}])
def test_what_is_not_sent_stays_unset(call, others, body):
    found = call(others).json("PATCH", "/", body)
    assert (found.status, found.json) == (200, body)


def test_an_init_var_is_taken_and_never_given(call, others):
    caller = call(others)
    assert caller.json("POST", "/scaled", {"value": 2}).json == {"value": 4}
    assert caller.json("POST", "/scaled", {"value": 2, "factor": 5}).json == {"value": 10}
    assert caller.request("POST", "/scaled", b"value=2&factor=3", FORM).json == {"value": 6}
    wrong = caller.json("POST", "/scaled", {"value": 2, "factor": "x"})
    assert wrong.json == {"message": "Body: factor: Expected `int`, got `str`"}
    summed = caller.json("POST", "/summed", {"parts": [1, 2], "more": 3, "total": 9})
    assert summed.json == {"parts": [1, 2], "total": 6}
    missing = caller.json("POST", "/summed", {"parts": []})
    assert missing.json == {"message": "Body: Object missing required field `more`"}


def test_tuples_of_a_length_are_taken(call, others):
    caller = call(others)
    found = caller.json("POST", "/pair", {"pair": [1, "a"], "pairs": [[1, 2]]})
    assert found.json == {"pair": [1, "a"], "pairs": [[1, 2]]}
    assert caller.json("POST", "/pair", {"pair": [1]}).status == 422


def test_all_of_them_are_described(others):
    document = openapi_document(service_info(others), routes_of(others), "")
    OpenAPIV31SpecValidator(document).validate()
    schemas = document["components"]["schemas"]
    assert list(schemas["ScaledInput"]["properties"]) == ["value", "factor"]
    assert list(schemas["Scaled"]["properties"]) == ["value"]
    assert list(schemas["SummedInput"]["properties"]) == ["parts", "more"]
    assert schemas["SummedInput"]["required"] == ["parts", "more"]
    assert "required" not in schemas["Patch"] or schemas["Patch"]["required"] == []
    body = document["paths"]["/pair"]["post"]["requestBody"]["content"]
    pair = body["application/json"]["schema"]["properties"]["pair"]
    assert [part["type"] for part in pair["prefixItems"]] == ["integer", "string"]


def test_a_tuple_of_a_length_is_json_in_a_query(call):
    class Tupled(Others):
        def __init__(self):
            super().__init__()
            self.register_blueprint(Admin(), url_prefix="/admin")

    service = Tupled()
    caller = call(service)
    found = caller.get("/pair?pair=[1,%22a%22]&several=1&several=2")
    assert found.json == {"pair": [1, "a"], "several": [1, 2]}
    document = openapi_document(service_info(service), routes_of(service), "")
    pair, several = document["paths"]["/pair"]["get"]["parameters"]
    assert list(pair["content"]) == ["application/json"]
    assert several["schema"]["items"] == {"type": "integer"}
    page = caller.get("/admin")
    assert (page.status, "several" in page.text) == (200, True)


def test_a_constructed_class_inside_another_is_refused():
    class Holds(msgspec.Struct):
        scaled: Scaled

    class Wrong(TechMicroService):
        @entry
        def post(self, holds: Body[Holds]):
            pass

    with pytest.raises(EntryError, match="Scaled has a field\\(init=False\\) or an InitVar"):
        Wrong()


@pytest.mark.parametrize(
    ("result", "kind"),
    [
        ((1, 2), "int"),
        (("a", "b"), "str"),
        (({"secret": 1}, 2.5), "float"),
        ((1, True), "bool"),
        ((1, 200.0, {}), "float"),
        ((1, 5000), "int"),
        ((1, b"200"), "bytes"),
    ],
)
def test_a_tuple_that_is_a_value_is_told_in_the_log(call, caplog, result, kind):
    class Wrong(TechMicroService):
        @entry(no_auth=True)
        def get(self) -> Any:
            return result

        @entry(no_auth=True, stream=True)
        def get_stream(self):
            return iter("ab"), result[1]

    caller = call(Wrong())
    for path in ("/", "/stream"):
        caplog.clear()
        assert caller.get(path).status == 500
        assert f"the status is no HTTP status but of type {kind}" in caplog.text
        assert "secret" not in caplog.text


@pytest.mark.parametrize("status", [201, "201", "201 Created", 418])
def test_what_flask_takes_as_a_status_is_one(call, status):
    class Right(TechMicroService):
        @entry(no_auth=True)
        def get(self) -> Any:
            return {"a": 1}, status

    assert call(Right()).get("/").status == int(str(status)[:3])


def test_any_status_is_described_and_checked(call, monkeypatch):
    class Order(msgspec.Struct):
        id: int

    class Open(TechMicroService):
        @entry(no_auth=True)
        def get(self, *, status: int = 200) -> tuple[Order, int]:
            return Order(1), status

    Open.get.__annotations__["return"] = tuple[Order, int]
    monkeypatch.setenv("CWS_CHECK_ANSWERS", "1")
    service = Open()
    responses = openapi_document(service_info(service), routes_of(service), "")["paths"]["/"][
        "get"
    ]["responses"]
    assert responses["default"]["content"] == responses["200"]["content"]
    assert call(service).get("/?status=404").json == json.loads('{"id":1}')


def test_a_model_inside_is_described_as_it_goes_in_and_out():
    class Holding(TechMicroService):
        @entry(no_auth=True)
        def put(self, pets: Body[list[Cat | Dog]]) -> list[Cat | Dog]:
            return pets

        @entry(no_auth=True)
        def get(self) -> dict[str, Computed]:
            return {"a": Computed(age=1)}

    service = Holding()
    document = openapi_document(service_info(service), routes_of(service), "")
    OpenAPIV31SpecValidator(document).validate()
    schemas, path = document["components"]["schemas"], document["paths"]["/"]
    for name, fields in (("Cat", ["age"]), ("CatOutput", ["age", "double"])):
        assert list(schemas[name]["properties"]["owner"]["properties"]) == fields
    put = path["put"]["responses"]["200"]["content"]["application/json"]["schema"]["items"]
    reference = "#/components/schemas/"
    assert [one["$ref"] for one in put["anyOf"]] == [
        f"{reference}CatOutput",
        f"{reference}DogOutput",
    ]
    assert put["discriminator"]["mapping"]["dog"] == f"{reference}DogOutput"
    values = path["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    assert list(values["additionalProperties"]["properties"]) == ["age", "double"]
    sent = [{"type": "cat", "owner": {"age": 2}}]
    assert service.test_client().put("/", json=sent).json == [
        {"type": "cat", "owner": {"age": 2, "double": 4}}
    ]
