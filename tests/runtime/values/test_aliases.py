"""``Alias``: names that Python can't spell, in and out."""

from typing import Annotated, NewType, Optional

import msgspec
import pydantic
import pytest
from typing_extensions import TypeAliasType

from coworks_runtime import Alias, Body, Query, TechMicroService, entry
from coworks_runtime.blueprint.admin_blueprint import Admin
from coworks_runtime.client import remote
from coworks_runtime.errors import EntryError

UserId = NewType("UserId", Annotated[int, Alias("user-id")])
Kind = TypeAliasType("Kind", Annotated[str, Alias("class")])
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Field(msgspec.Struct):
    x: Annotated[int, Alias("y")]


class Orders(TechMicroService):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.register_blueprint(Admin(), url_prefix="/admin")

    @entry(no_auth=True)
    def get_order(self, number: int, *, user: UserId, kind: Kind = "any", class_: str = "none"):
        """An order.

        :param user: whose it is.
        """
        return {"number": number, "user": user, "kind": kind, "class_": class_}

    @entry(no_auth=True)
    def post_order(
        self,
        *,
        user: Annotated[int, msgspec.Meta(gt=0), Alias("user-id")],
        from_: Annotated[Optional[str], Alias("from")] = "nowhere",  # noqa: UP045
        dry: Annotated[bool, Alias("dry-run")] | None = None,
        page: Query[Annotated[list[int], Alias("page[size]")]] = [],  # noqa: B006
        **others,
    ):
        return {"user": user, "from": from_, "dry": dry, "page": page, "others": others}

    @entry(no_auth=True)
    def put_single(self, number: Annotated[int, Alias("the number")] = 0):
        return number

    @entry(no_auth=True)
    def patch_swapped(
        self, a: Annotated[int, Alias("b")] = 1, b: Annotated[int, Alias("self")] = 2
    ):
        return [a, b]

    @entry(no_auth=True)
    def delete_order(self, body: Body[str] = "", *, why: Query[Kind] = "because"):
        return [body, why]


ORDER = {"user": 3, "from": "nowhere", "dry": None, "page": [], "others": {}}


@pytest.mark.parametrize(
    ("method", "target", "body", "headers", "status", "expected"),
    [
        ("GET", "/order/1?user-id=3&class=x", b"", {}, 200,
         {"number": 1, "user": 3, "kind": "x", "class_": "none"}),
        ("GET", "/order/1?user-id=3&class_=x", b"", {}, 200,
         {"number": 1, "user": 3, "kind": "any", "class_": "x"}),
        ("GET", "/order/1?user=3", b"", {}, 422,
         "Parameter 'user': unknown; Parameter 'user-id': required"),
        ("GET", "/order/1?user-id=x&kind=a", b"", {}, 422,
         "Parameter 'user-id': Expected `int`, got `str`; Parameter 'kind': unknown"),
        ("GET", "/order/1?user-id=1&user-id=2", b"", {}, 422,
         "Parameter 'user-id': takes one value, 2 were sent"),
        ("POST", "/order", b'{"user-id": 3}', {}, 200, ORDER),
        ("POST", "/order?page[size]=1&page[size]=2", b'{"user-id": 3, "from": null, "dry-run": "no", "x": 1}',
         {}, 200, {**ORDER, "from": None, "dry": False, "page": [1, 2], "others": {"x": 1}}),
        ("POST", "/order", b"user-id=3&from=here&a[b]=1", FORM, 200,
         {**ORDER, "from": "here", "others": {"a__b__": "1"}}),
        ("POST", "/order?page__size__=1", b"user-id=3", FORM, 422, "Parameter 'page__size__': unknown"),
        ("POST", "/order", b'{"user-id": 0}', {}, 422, "Parameter 'user-id': Expected `int` >= 1"),
        # Neither the function's own names, nor the first parameter's, are anybody's to give.
        ("POST", "/order", b'{"user-id": 3, "user": 4}', {}, 422, "Parameter 'user': unknown"),
        ("POST", "/order", b'{"user-id": 3, "from_": 4}', {}, 422, "Parameter 'from_': unknown"),
        ("POST", "/order", b'{"user-id": 3, "self": 4}', {}, 422, "Parameter 'self': unknown"),
        ("PUT", "/single", b"7", {}, 200, 7),
        ("PUT", "/single", b'{"the number": 7}', {}, 200, 7),
        ("PUT", "/single", b'"x"', {}, 422, "Parameter 'the number': Expected `int`, got `str`"),
        ("PATCH", "/swapped", b'{"b": 5, "self": 6}', {}, 200, [5, 6]),
        ("PATCH", "/swapped", b'{"self": 6}', {}, 200, [1, 6]),
        ("PATCH", "/swapped", b'{"a": 6}', {}, 422, "Parameter 'a': unknown"),
        ("DELETE", "/order?class=c", b'"text"', {}, 200, ["text", "c"]),
        ("DELETE", "/order?class=c", b"", {}, 200, ["", "c"]),
    ],
)  # fmt: skip
def test_values_are_sent_by_their_alias(call, method, target, body, headers, status, expected):
    answer = call(Orders()).request(method, target, body, headers)
    assert answer.status == status, answer.body
    assert answer.json == (expected if status == 200 else {"message": expected})


def test_a_client_sends_what_the_alias_says():
    app = Orders()
    orders = remote(Orders, app.test_client())
    assert orders.get_order(1, user=3, kind="x") == {
        "number": 1, "user": 3, "kind": "x", "class_": "none",
    }  # fmt: skip
    assert orders.post_order(user=3, from_=None, dry=True, page=[4], z=1) == {
        "user": 3, "from": None, "dry": True, "page": [4], "others": {"z": 1},
    }  # fmt: skip
    assert orders.patch_swapped(5, 6) == [5, 6]
    assert orders.put_single(7) == 7
    assert orders.delete_order("text", why="x") == ["text", "x"]


def test_the_document_and_the_page_have_the_alias(monkeypatch):
    monkeypatch.setenv("TOKEN", "t")
    client = Orders().test_client()
    document = client.get("/admin/openapi", headers={"Authorization": "t"}).get_json()
    get, post = document["paths"]["/order/{number}"]["get"], document["paths"]["/order"]["post"]
    assert [(p["name"], p.get("description")) for p in get["parameters"] if p["in"] == "query"] == [
        ("user-id", "whose it is."), ("class", None), ("class_", None),
    ]  # fmt: skip
    schema = post["requestBody"]["content"]["application/json"]["schema"]
    assert list(schema["properties"]) == ["dry-run", "from", "user-id"]
    assert schema["required"] == ["user-id"]
    assert schema["properties"]["user-id"]["exclusiveMinimum"] == 0
    page = client.get("/admin/").get_data(as_text=True)
    assert 'name="user-id" data-place="query" required' in page
    assert '<td data-label="Parameter"><code>user-id</code></td>' in page
    assert "user: int" in page


def test_the_entry_map_has_both_names():
    record = next(e for e in Orders().entry_map() if e.path == "/order/{number}")
    names = [(p.name, p.alias, p.sent_as, p.type) for p in record.parameters]
    assert names == [
        ("number", None, "number", "int"),
        ("user", "user-id", "user-id", "int"),
        ("kind", "class", "class", "str"),
        ("class_", None, "class_", "str"),
    ]


WRONG = {
    "no name": (lambda self, a=1: 0, lambda: Annotated[int, Alias("")], r"Alias\(''\): must be the name"),
    "no text": (lambda self, a=1: 0, lambda: Annotated[int, Alias(5)], r"Alias\(5\): must be the name"),
    "path": (lambda self, a: 0, lambda: Annotated[int, Alias("b")], "its value isn't sent by a name"),
    "greedy": (lambda self, *a: 0, lambda: Annotated[int, Alias("b")], "its value isn't sent by a name"),
    "kwargs": (lambda self, **a: 0, lambda: Annotated[int, Alias("b")], "its value isn't sent by a name"),
    "body": (lambda self, a: 0, lambda: Body[Annotated[int, Alias("b")]], "its value isn't sent by a name"),
    "taken": (lambda self, a=1, b=2: 0, lambda: Annotated[int, Alias("b")], "'a' and 'b' would both be sent as 'b'"),
    "taken by the path": (lambda self, b, *, a=1: 0, lambda: Annotated[int, Alias("b")], "both be sent as 'b'"),
    "two": (lambda self, a=1: 0, lambda: Annotated[int, Alias("b"), Alias("c")], "its annotation says 'c' and 'b'|'b' and 'c'"),
    "two sources": (lambda self, a=1: 0, lambda: Body[Query[int]], "its annotation says query and body"),
    "in a list": (lambda self, *, a: 0, lambda: list[Annotated[int, Alias("b")]], "is said of a part"),
    "in a dict": (lambda self, *, a: 0, lambda: dict[str, Query[int]], "is said of a part"),
    "in a class": (lambda self, *, a: 0, lambda: Field, r"msgspec.field\(name=...\)"),
    "Pydantic's": (lambda self, *, a: 0, lambda: Annotated[int, pydantic.Field(alias="b")], "write Annotated"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_aliases_that_nothing_reads_are_refused(case):
    function, annotation, message = WRONG[case]

    def serve():
        function.__annotations__ = {"a": annotation()}
        type("Wrong", (TechMicroService,), {"post": entry(function)})()

    with pytest.raises(EntryError, match=message):
        serve()
