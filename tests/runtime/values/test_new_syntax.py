"""The syntax for types that Python has from 3.12 on, in services whose source is a text here."""

import json
import sys
import textwrap

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from coworks_runtime.blueprint.admin import openapi_document, routes_of, service_info
from coworks_runtime.client import remote
from coworks_runtime.errors import EntryError

pytestmark = pytest.mark.skipif(sys.version_info < (3, 12), reason="syntax of Python 3.12")

SERVICE = """
from typing import Annotated

import msgspec

from coworks_runtime import Alias, Body, Query, TechMicroService, entry

type Small = Annotated[int, msgspec.Meta(le=9)]
type Pair[T] = tuple[T, T]
type Listed[T] = list[T] | None
type Json = None | bool | int | float | str | list[Json] | dict[str, Json]
type Named = Annotated[str, Alias("user-id")]
type Asked[T] = Query[T]


class Page[T](msgspec.Struct):
    items: list[T]
    following: int | None = None


class User(msgspec.Struct):
    name: str


class Crud[T](TechMicroService):
    @entry(no_auth=True)
    def put_item(self, item: Body[T]) -> T:
        return item

    @entry(no_auth=True)
    def post_page(self, *, page: Page[T], later: "list[T]" = []) -> Page[T]:
        return Page(later + page.items, 2)


class Users(Crud[User]):
    @entry(no_auth=True)
    def get_small(self, number: Small, *, pairs: Listed[Pair[Small]] = None, who: Named = "x"):
        return [number, pairs, who]

    @entry(no_auth=True)
    def post_asked(self, *, some: Asked[Listed[int]] = None, body: dict[str, Small] = {}):
        return [some, body]

    @entry(no_auth=True)
    def get_json(self) -> Json:
        return {"a": [1]}

    @entry(no_auth=True)
    def post_first[K: int](self, *, several: list[K]) -> K:
        return several[0]
"""


def module(source, name="newer"):
    """What a module with a source holds."""
    held = {"__name__": name}
    exec(compile(textwrap.dedent(source), f"{name}.py", "exec"), held)
    return held


@pytest.fixture(
    scope="module", params=["", "from __future__ import annotations\n"], ids=["", "texts"]
)
def held(request):
    return module(request.param + SERVICE)


def test_values_are_checked(held):
    client = held["Users"]().test_client()
    assert client.get("/small/9?pairs=[1,2]&pairs=[3,4]&user-id=me").json == [
        9, [[1, 2], [3, 4]], "me",
    ]  # fmt: skip
    refused = client.get("/small/10")
    assert refused.json == {"message": "Parameter 'number': Expected `int` <= 9"}
    assert client.post("/asked?some=1&some=2", json={"body": {"a": "3"}}).json == [[1, 2], {"a": 3}]
    assert client.post("/asked", json={"body": {"a": 10}}).status_code == 422
    assert client.get("/json").json == {"a": [1]}
    assert client.post("/first", json={"several": [3]}).json == 3


def test_a_generic_class_has_its_types(held):
    client = held["Users"]().test_client()
    assert client.put("/item", json={"name": "a"}).json == {"name": "a"}
    assert client.put("/item", json={"name": 1}).status_code == 422
    sent = {"page": {"items": [{"name": "a"}]}, "later": [{"name": "b"}]}
    assert client.post("/page", json=sent).json == {
        "items": [{"name": "b"}, {"name": "a"}], "following": 2,
    }  # fmt: skip
    sent["page"]["items"][0]["name"] = 1
    assert client.post("/page", json=sent).json == {
        "message": "Parameter 'page': items[0].name: Expected `str`, got `int`"
    }


def test_a_client_reads_them(held):
    users = remote(held["Users"], held["Users"]().test_client())
    user, page = held["User"]("a"), held["Page"]
    assert users.put_item(user) == user
    assert users.post_page(page=page([user])) == page([user], 2)


def test_they_are_described(held):
    app = held["Users"]()
    made = json.loads(json.dumps(openapi_document(service_info(app), routes_of(app), "")))
    OpenAPIV31SpecValidator(made).validate()
    item = made["paths"]["/item"]["put"]["requestBody"]["content"]["application/json"]["schema"]
    assert item == {"$ref": "#/components/schemas/User"}
    number, *_ = made["paths"]["/small/{number}"]["get"]["parameters"]
    assert number["schema"] == {"type": "integer", "maximum": 9}


def test_an_alias_that_is_made_of_itself_is_refused():
    source = """
    from coworks_runtime import TechMicroService, entry

    type Json = None | int | list[Json] | dict[str, Json]

    class Wrong(TechMicroService):
        @entry
        def post(self, *, value: list[Json]): ...
    """
    with pytest.raises(EntryError, match="parameter 'value': Json is a type alias that is made of"):
        module(source)["Wrong"]()
