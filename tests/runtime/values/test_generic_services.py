"""Entries of generic classes, and annotations that type checkers alone know."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Generic, TypeVar

import msgspec
import pytest

from coworks_runtime import Blueprint, Body, TechMicroService, entry
from coworks_runtime.blueprint.admin import openapi_document, routes_of, service_info
from coworks_runtime.client import remote
from coworks_runtime.errors import EntryError
from coworks_runtime.values.type_arguments import filled, type_arguments

if TYPE_CHECKING:
    from elsewhere import Unknown

K = TypeVar("K")
T = TypeVar("T")


class User(msgspec.Struct):
    id: int


class Page(msgspec.Struct, Generic[T]):
    items: list[T]


class Crud(TechMicroService, Generic[K, T]):
    @entry(no_auth=True)
    def post(self, item: Body[T]) -> T:
        return item

    @entry(no_auth=True)
    def get_(self, key: K, *, fields: tuple[str, ...] = ()) -> Page[T]:
        return Page([[User(key)], [User(len(fields))]])


class Lists(Crud[int, list[T]], Generic[T]):
    """Its ``T`` is another one than the base's, though it is the same variable."""

    @entry(no_auth=True)
    def put(self, item: Body[T]) -> T:
        return item


class Users(Lists[User]):
    pass


class Plain(Crud):
    """Says nothing of the variables."""


class Below(Blueprint, Generic[T]):
    @entry(no_auth=True)
    def post_x(self, *, value: T) -> T:
        return value


class BelowInt(Below[int]):
    pass


@pytest.fixture(scope="module")
def users():
    service = Users()
    service.register_blueprint(BelowInt("below"), url_prefix="/below")
    return service


@pytest.mark.parametrize(
    ("method", "target", "value", "expected"),
    [
        ("POST", "/", [{"id": "3"}], [{"id": 3}]),
        ("POST", "/", {"id": 3}, "Body: Expected `array`, got `object`"),
        ("PUT", "/", {"id": "4"}, {"id": 4}),
        ("PUT", "/", {"id": "x"}, "Body: id: Expected `int`, got `str`"),
        ("POST", "/below/x", {"value": "5"}, 5),
        ("POST", "/below/x", {"value": "x"}, "Parameter 'value': Expected `int`, got `str`"),
    ],
)
def test_a_type_variable_is_what_it_stands_for(call, users, method, target, value, expected):
    found = call(users).json(method, target, value)
    if isinstance(expected, str):
        expected = {"message": expected}
    assert found.json == expected


@pytest.mark.parametrize(
    ("target", "count"),
    [("/3", 0), ("/3?fields=a", 1), ("/3?fields=a&fields=b", 2), ("/3?fields=", 1)],
)
def test_a_tuple_of_any_length_takes_several_values(call, users, target, count):
    assert call(users).get(target).json == {"items": [[{"id": 3}], [{"id": count}]]}


def test_answers_are_checked_and_described_by_it(call, monkeypatch, caplog):
    monkeypatch.setenv("CWS_CHECK_ANSWERS", "1")

    class Wrong(Lists[User]):
        @entry(no_auth=True)
        def put(self, item: Body[User]) -> User:
            return {"ident": 1}

    assert call(Wrong()).json("PUT", "/", {"id": 1}).status == 500
    assert call(Wrong()).json("POST", "/", [{"id": 1}]).json == [{"id": 1}]
    service = Wrong()
    paths = openapi_document(service_info(service), routes_of(service), "")["paths"]
    content = paths["/"]["post"]["responses"]["200"]["content"]["application/json"]
    assert content["schema"] == {
        "type": "array",
        "items": {"$ref": "#/components/schemas/User"},
    }
    key, fields = paths["/{key}"]["get"]["parameters"]
    assert (key["schema"]["type"], fields["schema"]["items"]) == ("integer", {"type": "string"})
    (got,) = [one for one in service.entry_map() if one.path == "/{key}"]
    assert [one.type for one in got.parameters] == ["int", "tuple[str, ...]"]


def test_a_client_reads_it(users):
    assert remote(Users, users.test_client()).post([User(3)]) == [User(3)]
    assert remote(users, users.test_client()).below.post_x(value=4) == 4


def test_what_is_not_said_is_anything(call):
    assert call(Plain()).json("POST", "/", {"a": [1]}).json == {"a": [1]}


def test_type_arguments():
    assert type_arguments(Users, "post") == {K: int, T: list[User]}
    assert type_arguments(Users, "put") == {T: User}
    assert type_arguments(Plain, "post") == {}
    assert type_arguments(TechMicroService, "get") == {}
    assert filled(Page, {T: int}) is Page
    assert filled(dict[K, T], {T: int}) == dict[K, int]


def test_a_return_annotation_that_is_not_known_here_is_not_asked_for(call):
    def decorated(function):
        @functools.wraps(function)
        def wrapper(self, *args, **kwargs):
            return function(self, *args, **kwargs)

        return wrapper

    class Typed(TechMicroService):
        @entry(no_auth=True)
        def get(self, *, number: int = 1) -> Unknown:
            return {"number": number}

        @entry(no_auth=True)
        @decorated
        def get_list(self, number: int, *, more: User | None = None) -> list[Unknown]:
            return [number, more]

    service = Typed()
    caller = call(service)
    assert caller.get("/?number=3").json == {"number": 3}
    assert caller.get("/list/4").json == [4, None]
    assert caller.get("/list/x").status == 422
    responses = openapi_document(service_info(service), routes_of(service), "")["paths"]["/"]
    assert responses["get"]["responses"]["200"] == {"description": "The answer."}


def test_a_parameter_s_annotation_has_to_be_known():
    class Wrong(TechMicroService):
        @entry
        def get(self, *, value: Unknown = None) -> Unknown:
            return value

    with pytest.raises(EntryError, match="can't be read: name 'Unknown' is not defined"):
        Wrong()


def test_an_empty_name_is_an_unknown_one(call, users):
    found = call(users).json("POST", "/below/x", {"": 1, "value": 1})
    assert found.json == {"message": "Parameter '': unknown"}
