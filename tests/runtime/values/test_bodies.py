"""``Body`` and ``Query``: the whole body as one value, and the query on any method."""

import dataclasses
import json
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Generic, Literal, NewType, TypedDict, TypeVar

import msgspec
import pydantic
import pytest
from werkzeug.datastructures import FileStorage

from coworks_runtime import Body, Query, TechMicroService, entry, request
from coworks_runtime.errors import EntryError

T = TypeVar("T")
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Line(msgspec.Struct):
    quantity: int
    price: Decimal = Decimal(1)


class Item(msgspec.Struct, rename={"kind": "class", "user_id": "user-id"}):
    name: str
    kind: str = "small"
    user_id: int = 0
    lines: list[Line] = []
    day: date | None = None


class Cat(msgspec.Struct, tag="cat"):
    lives: int


class Dog(msgspec.Struct, tag="dog"):
    tricks: list[str] = []


class Node(msgspec.Struct):
    value: int
    children: list["Node"] = []


class Page(msgspec.Struct, Generic[T]):
    items: list[T]


class Model(pydantic.BaseModel):
    age: int
    tags: list[str] = []


class Size(TypedDict):
    width: int


@dataclasses.dataclass
class Total:
    parts: list[int]
    label: str = "none"
    total: int = dataclasses.field(init=False)

    def __post_init__(self):
        self.total = sum(self.parts)


class Switch(msgspec.Struct):
    state: Literal[True] | int
    mode: Literal["auto", True] | None = None


Number = NewType("Number", int)


class Shop(TechMicroService):
    @entry(no_auth=True)
    def post_item(self, shelf: int, item: Body[Item], *, dry: Query[bool] = False):
        return {"shelf": shelf, "item": item, "dry": dry}

    @entry(no_auth=True)
    def put_lines(self, lines: Body[list[Line]]):
        return lines

    @entry(no_auth=True)
    def post_number(self, number: Body[int]):
        return number

    @entry(no_auth=True)
    def post_pet(self, pet: Body[Cat | Dog]):
        return pet

    @entry(no_auth=True)
    def post_node(self, node: Body[Node]):
        return node

    @entry(no_auth=True)
    def post_page(self, page: Body[Page[Line]]):
        return page

    @entry(no_auth=True)
    def post_model(self, model: Body[Model]):
        return model

    @entry(no_auth=True)
    def post_models(self, models: Body[dict[str, Model]]):
        return models

    @entry(no_auth=True)
    def post_size(self, size: Body[Size]):
        return size

    @entry(no_auth=True)
    def post_total(self, total: Body[Total]):
        return total

    @entry(no_auth=True)
    def post_maybe(self, item: Body[Item | None] = None, *, number: Query[Number | None] = None):
        return {"item": item, "number": number}

    @entry(no_auth=True)
    def post_any(self, value: Body[Any], **query: Query[str]):
        return {"value": value, "query": query}

    @entry(no_auth=True)
    def patch_mixed(self, number: int, *, name: str = "none", dry: Query[bool] = False):
        return {"id": number, "name": name, "dry": dry}

    @entry(no_auth=True)
    def delete_item(self, number: int, reason: Body[str] = "none", force: Query[bool] = False):
        return {"id": number, "reason": reason, "force": force}

    @entry(no_auth=True)
    def get_items(self, limit: Query[int], *, size: int = 1):
        return {"limit": limit, "size": size}

    @entry(no_auth=True)
    def post_nothing(self):
        return request.get_data()

    @entry(no_auth=True)
    def post_constrained(
        self,
        value: Body[
            Annotated[list[Annotated[int, msgspec.Meta(gt=0)]], msgspec.Meta(min_length=1)]
        ],
    ):
        return value


@pytest.fixture(scope="module")
def shop():
    return Shop()


ITEM = {
    "name": "x",
    "class": "c",
    "user-id": 3,
    "lines": [{"quantity": 1, "price": "2.50"}],
    "day": "2026-01-02",
}


@pytest.mark.parametrize(
    ("method", "target", "value", "status", "expected"),
    [
        ("POST", "/item/3", ITEM, 200, {"shelf": 3, "item": ITEM, "dry": False}),
        ("POST", "/item/3?dry=yes", ITEM, 200, {"shelf": 3, "item": ITEM, "dry": True}),
        ("POST", "/item/3?wet=yes", ITEM, 422, "Parameter 'wet': unknown"),
        ("POST", "/item/3?dry=2", ITEM, 422, "Parameter 'dry': Expected `bool`, got `str`"),
        ("POST", "/item/3?shelf=4", ITEM, 422, "Parameter 'shelf': is given by the path"),
        ("POST", "/item/x", {}, 422,
         "Parameter 'shelf': Expected `int`, got `str`; Body: Object missing required field `name`"),
        ("POST", "/item/3", {"name": 5}, 422, "Body: name: Expected `str`, got `int`"),
        ("POST", "/item/3", {"name": "x", "lines": [{"quantity": 1}, {"quantity": "many"}]}, 422,
         "Body: lines[1].quantity: Expected `int`, got `str`"),
        ("POST", "/item/3", {"name": "x", "class": 1}, 422, "Body: class: Expected `str`, got `int`"),
        ("POST", "/item/3", [1], 422, "Body: Expected `object`, got `array`"),
        ("POST", "/item/3", '{"name":"x"}', 200, None),
        ("POST", "/item/3", {"name": "x", "lines": [{"quantity": 1, "price": "nan"}]}, 422,
         "Body: Expected a finite number"),
        ("PUT", "/lines", [{"quantity": 1}], 200, [{"quantity": 1, "price": "1"}]),
        ("PUT", "/lines", [{"quantity": 1}, {"quantity": None}], 422,
         "Body: [1].quantity: Expected `int`, got `null`"),
        ("PUT", "/lines", {"quantity": 1}, 422, "Body: Expected `array`, got `object`"),
        ("PUT", "/lines?a=1", [], 422, "Parameter 'a': unknown"),
        ("POST", "/number", 5, 200, 5),
        ("POST", "/number", "5", 200, 5),
        ("POST", "/number", 5.5, 422, "Body: Expected `int`, got `float`"),
        ("POST", "/number", None, 422, "Body: Expected `int`, got `null`"),
        ("POST", "/pet", {"type": "cat", "lives": 9}, 200, {"type": "cat", "lives": 9}),
        ("POST", "/pet", {"type": "dog", "tricks": [1]}, 422, "Body: tricks[0]: Expected `str`, got `int`"),
        ("POST", "/pet", {"type": "cow"}, 422, "Body: type: Invalid value"),
        ("POST", "/node", {"value": 1, "children": [{"value": 2}]}, 200,
         {"value": 1, "children": [{"value": 2, "children": []}]}),
        ("POST", "/node", {"value": 1, "children": [{"value": "x"}]}, 422,
         "Body: children[0].value: Expected `int`, got `str`"),
        ("POST", "/page", {"items": [{"quantity": "1"}]}, 200, {"items": [{"quantity": 1, "price": "1"}]}),
        ("POST", "/model", {"age": "4"}, 200, {"age": 4, "tags": []}),
        ("POST", "/model", {"age": 4, "tags": ["a", 5]}, 422, "Body: tags[1]: Input should be a valid string"),
        ("POST", "/models", {"a": {"age": 1}}, 200, {"a": {"age": 1, "tags": []}}),
        ("POST", "/models", {"a": {"age": "x"}}, 422, "Body: [...]: age: Input should be a valid integer, unable to parse string as an integer"),
        ("POST", "/size", {"width": 3, "height": 4}, 200, {"width": 3}),
        ("POST", "/total", {"parts": [1, 2], "total": 9}, 200, {"parts": [1, 2], "label": "none", "total": 3}),
        ("POST", "/total", {"total": 9}, 422, "Body: Object missing required field `parts`"),
        ("POST", "/maybe", None, 200, {"item": None, "number": None}),
        ("POST", "/maybe?number=3", {"name": "x"}, 200, None),
        ("POST", "/maybe", {"name": 1}, 422, "Body: name: Expected `str`, got `int`"),
        ("POST", "/any?a=1&b=2", [1, {"c": None}], 200, {"value": [1, {"c": None}], "query": {"a": "1", "b": "2"}}),
        ("PATCH", "/mixed/1?dry=1", {"name": "n"}, 200, {"id": 1, "name": "n", "dry": True}),
        ("PATCH", "/mixed/1", {"dry": True}, 422, "Parameter 'dry': unknown"),
        ("PATCH", "/mixed/1?name=n", {}, 422, "Parameter 'name': unknown"),
        ("DELETE", "/item/1?force=1", "because", 200, {"id": 1, "reason": "because", "force": True}),
        ("POST", "/constrained", [1, 2], 200, [1, 2]),
        ("POST", "/constrained", [], 422, "Body: Expected `array` of length >= 1"),
        ("POST", "/constrained", [1, 0], 422, "Body: [1]: Expected `int` >= 1"),
    ],
)  # fmt: skip
def test_json_is_the_body(call, shop, method, target, value, status, expected):
    answer = call(shop).json(method, target, value)
    assert answer.status == status, answer.body
    if status == 422:
        assert answer.json == {"message": expected}
    elif expected is not None:
        assert answer.json == expected


@pytest.mark.parametrize(
    ("method", "target", "body", "headers", "status", "expected"),
    [
        ("POST", "/item/3", b"", {}, 422, {"message": "Body: required"}),
        ("POST", "/item/3", b" ", {}, 422, {"message": "Body: required"}),
        ("POST", "/item/3", b"{", {}, 400, {"message": "The body is not valid JSON"}),
        ("POST", "/item/3", b"\xff", {}, 400, {"message": "The body is not valid JSON"}),
        ("POST", "/item/3", b'"\\ud800"', {}, 400, {"message": "The body is not valid JSON"}),
        ("POST", "/item/3", b"{}", {"Content-Type": "text/plain"}, 415, None),
        ("POST", "/item/3", b"", {"Content-Type": "text/plain"}, 422, {"message": "Body: required"}),
        ("POST", "/number", b"\xef\xbb\xbf5", {}, 200, 5),
        ("POST", "/maybe", b"", {}, 200, {"item": None, "number": None}),
        ("DELETE", "/item/1", b"", {}, 200, {"id": 1, "reason": "none", "force": False}),
        ("DELETE", "/item/1?force=1", b"", {}, 200, {"id": 1, "reason": "none", "force": True}),
        ("DELETE", "/item/1?reason=x", b"", {}, 422, {"message": "Parameter 'reason': unknown"}),
        ("GET", "/items?limit=3&size=2", b"", {}, 200, {"limit": 3, "size": 2}),
        ("GET", "/items", b"", {}, 422, {"message": "Parameter 'limit': required"}),
        ("POST", "/nothing?a=1", b"", {}, 422, {"message": "Parameter 'a': unknown"}),
        ("POST", "/total", b"parts=1&parts=2&label=l", FORM, 200,
         {"parts": [1, 2], "label": "l", "total": 3}),
        ("POST", "/item/3", b"name=x&user-id=3&lines=%7B%22quantity%22:1%7D&day=2026-01-02", FORM, 200,
         {"shelf": 3, "dry": False, "item": {**ITEM, "class": "small",
                                             "lines": [{"quantity": 1, "price": "1"}]}}),
        ("POST", "/item/3", b"name=x&name=y", FORM, 422,
         {"message": "Body: name: takes one value, 2 were sent"}),
        ("POST", "/model", b"age=4&tags=a", FORM, 200, {"age": 4, "tags": ["a"]}),
        ("POST", "/number", b"a=1", FORM, 422, {"message": "Body: Expected `int`, got `object`"}),
        ("POST", "/any", b"a=1&b=2&b=3", FORM, 200, {"value": {"a": "1", "b": ["2", "3"]}, "query": {}}),
    ],
)  # fmt: skip
def test_other_bodies(call, shop, method, target, body, headers, status, expected):
    answer = call(shop).request(method, target, body, headers)
    assert answer.status == status, answer.body
    if expected is not None:
        assert answer.json == expected


WRONG = {
    "two bodies": ("post", lambda self, a, b: 0, {"a": Body[int], "b": Body[int]},
                   "'a', 'b' are marked Body: a request has one body"),
    "body and keyword": ("post", lambda self, a, b=1: 0, {"a": Body[int], "b": int},
                         "'b' would be a value of the body that 'a' takes whole"),
    "body and kwargs": ("post", lambda self, a, **b: 0, {"a": Body[int]}, "'b' would be a value"),
    "body of a get": ("get_a", lambda self, a: 0, {"a": Body[int]}, "a GET has no body"),
    "file as body": ("post", lambda self, a: 0, {"a": Body[FileStorage]}, "a file is a part of a form"),
    "greedy body": ("post", lambda self, *a: 0, {"a": Body[int]}, r"\*a can't be marked body"),
    "kwargs body": ("post", lambda self, **a: 0, {"a": Body[int]}, r"\*\*a can't be marked body"),
    "greedy query": ("post", lambda self, *a: 0, {"a": Query[int]}, r"\*a can't be marked query"),
    "model in the path": ("post", lambda self, a: 0, {"a": Item}, r"write `a: Body\[.*Item\]` for the whole"),
    "model class in the path": ("post", lambda self, a: 0, {"a": Model}, "a segment of the path is one text"),
    "dict in the path": ("post", lambda self, a: 0, {"a": dict}, "a segment of the path is one text"),
    "list in the path": ("get_a", lambda self, a: 0, {"a": list[int]}, "a segment of the path is one text"),
    "file in the path": ("post", lambda self, a: 0, {"a": FileStorage}, r"write `\*, a: .*FileStorage`"),
    "list in a greedy": ("get_a", lambda self, *a: 0, {"a": list[int]}, "a segment of the path is one text"),
    "annotated model": ("post", lambda self, a: 0, {"a": Annotated[Item, "x"]}, "one text"),
    "no type": ("get_a", lambda self, a=None: 0, {"a": [int]}, r"the annotation \[<class 'int'>\] is no type"),
    "no type either": ("get_a", lambda self, a=None: 0, {"a": 5}, "can't be used"),
    "no type inside": ("get_a", lambda self, a=None: 0, {"a": dict[str, [int]]}, "."),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_signatures_that_no_request_can_fill_are_refused(case):
    name, function, annotations, message = WRONG[case]
    function.__annotations__ = annotations
    with pytest.raises(EntryError, match=message) as raised:
        type("Wrong", (TechMicroService,), {name: entry(function)})()
    assert f"entry '{name}" in str(raised.value)


def test_kwargs_annotated_with_dict_take_any_value(call):
    class Habit(TechMicroService):
        @entry(no_auth=True)
        def post(self, **values: dict):
            return values

    values = {"a": 1, "b": {"c": [2]}, "d": None}
    assert call(Habit()).json("POST", "/", values).json == values


def test_the_entry_map_tells_where_values_come_from():
    (record,) = [e for e in Shop().entry_map() if e.path == "/item/{shelf}" and e.method == "POST"]
    kinds = [(p.name, p.kind, p.required, p.type, p.default) for p in record.parameters]
    assert kinds == [
        ("shelf", "path", True, "int", None),
        ("item", "body", True, f"{__name__}.Item", None),
        ("dry", "query", False, "bool", False),
    ]


DIGITS = "0.1000000000000000055511151231257827"


def test_numbers_of_a_json_body_keep_their_digits(call):
    class Prices(TechMicroService):
        @entry(no_auth=True)
        def post_line(self, line: Body[Line]):
            return line.price

        @entry(no_auth=True)
        def post_prices(
            self, *, prices: list[Decimal], one: Decimal | None = None, ratio: float = 0
        ):
            return [*prices, one, type(ratio).__name__]

        @entry(no_auth=True)
        def post_single(self, price: Decimal = Decimal(0)):
            return price

        @entry(no_auth=True)
        def post_model(self, model: Body[pydantic.create_model("Price", price=Decimal)]):
            return model.price

        @entry(no_auth=True)
        def post_any(self, free=None, price: Decimal = Decimal(0)):
            return [type(free).__name__, price]

    caller = call(Prices())
    raw = {"Content-Type": "application/json"}

    def post(path, body):
        return caller.request("POST", path, body.encode(), raw).json

    assert post("/line", f'{{"quantity": 1, "price": {DIGITS}}}') == DIGITS
    assert post("/prices", f'{{"prices": [{DIGITS}, 1.10], "one": {DIGITS}, "ratio": 1.5}}') == [
        DIGITS,
        "1.10",
        DIGITS,
        "float",
    ]
    assert post("/prices", f'{{"prices": ["{DIGITS}"], "one": null}}') == [DIGITS, None, "int"]
    assert post("/single", DIGITS) == DIGITS
    assert post("/single", f'{{"price": {DIGITS}}}') == DIGITS
    assert post("/model", f'{{"price": {DIGITS}}}') == DIGITS
    assert post("/any", f'{{"free": 1.5, "price": {DIGITS}}}') == ["float", DIGITS]


@pytest.mark.parametrize("text", ["nan", "NaN", "inf", "-Infinity", "sNaN", "1e999999"])
def test_nothing_that_is_no_number_gets_in(call, text):
    class Numbers(TechMicroService):
        @entry(no_auth=True)
        def get_float(self, a: float = 0):
            return a

        @entry(no_auth=True)
        def get_decimal(self, a: Decimal = Decimal(0)):
            return a

        @entry(no_auth=True)
        def post_struct(self, a: Body[dict[str, list[float] | None]]):
            return a

        @entry(no_auth=True)
        def post_line(self, a: Line | None = None):
            return a

        @entry(no_auth=True)
        def post_model(self, a: Body[pydantic.create_model("Ratio", ratio=float)]):
            return a

    caller = call(Numbers())
    statuses = [
        caller.get(f"/float?a={text}").status,
        caller.json("POST", "/struct", {"a": [text]}).status,
        caller.json("POST", "/model", {"ratio": text}).status,
    ]
    assert statuses == [422, 422, 422]
    if text != "1e999999":
        assert caller.get(f"/decimal?a={text}").status == 422
        assert caller.json("POST", "/line", {"a": {"quantity": 1, "price": text}}).status == 422
    name = json.dumps({"name": text}).encode()
    assert call(Shop()).request("POST", "/item/1", name).status == 200


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-01-02T03:04", "2026-01-02T03:04:00"),
        ("2026-01-02T03:04Z", "2026-01-02T03:04:00Z"),
        ("2026-01-02T03:04+01:00", "2026-01-02T03:04:00+01:00"),
        ("2026-01-02T03:04:05", "2026-01-02T03:04:05"),
        ("2026-01-02T03", None),
    ],
)
def test_browsers_leave_out_seconds(call, text, expected):
    class Times(TechMicroService):
        @entry(no_auth=True)
        def get(self, at: datetime | None = None, several: list[datetime] | None = None):
            return at or several

    caller = call(Times())
    quoted = text.replace("+", "%2B")
    answer = caller.get(f"/?at={quoted}")
    assert (answer.json if expected else answer.status) == (expected or 422)
    answer = caller.get(f"/?several={quoted}")
    assert (answer.json if expected else answer.status) == ([expected] if expected else 422)


@pytest.mark.parametrize(
    ("text", "expected"), [("true", True), ("YES", True), ("1", True), ("x", "x"), ("false", 422)]
)
def test_literals_of_booleans_are_sent_as_text(call, text, expected):
    class Flags(TechMicroService):
        @entry(no_auth=True)
        def get(self, flag: Literal[True, "x"] = "x"):
            return [flag]

    answer = call(Flags()).get(f"/?flag={text}")
    assert (answer.status if expected == 422 else answer.json) == (
        expected if expected == 422 else [expected]
    )


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("union", True, True),
        ("union", 5, 5),
        ("union", "5", 5),
        ("union", "x", "Expected `bool`, got `str`, or Expected `int`, got `str`"),
        ("union", False, "Invalid enum value, expected one of True, or Expected `int`, got `bool`"),
        ("items", [True, 5, None], [True, 5, None]),
        ("items", [True, "x"], "[1]: Expected `bool`, got `str`"),
        ("values", {"a": True, "b": "auto", "c": 4}, {"a": True, "b": "auto", "c": 4}),
        ("values", {"a": "none"}, "[...]: Invalid enum value"),
        ("struct", {"state": True, "mode": True}, {"state": True, "mode": True}),
        ("struct", {"state": 5, "mode": "auto"}, {"state": 5, "mode": "auto"}),
        ("struct", {"state": 5}, {"state": 5, "mode": None}),
        ("struct", {"state": "off"}, "state: Expected `bool | int`, got `str`"),
        ("struct", {"state": True, "mode": "b"}, "mode: Invalid enum value"),
    ],
)
def test_literals_of_booleans_in_unions(call, monkeypatch, path, value, expected):
    monkeypatch.setenv("CWS_CHECK_ANSWERS", "1")

    class Switches(TechMicroService):
        @entry(no_auth=True)
        def post_union(self, value: Body[Literal[True] | int]) -> Literal[True] | int:
            return value

        @entry(no_auth=True)
        def post_items(
            self, value: Body[list[Literal[True] | int | None]]
        ) -> list[Literal[True] | int | None]:
            return value

        @entry(no_auth=True)
        def post_values(
            self, value: Body[dict[str, Literal[True, "auto"] | int]]
        ) -> dict[str, Literal[True, "auto"] | int]:
            return value

        @entry(no_auth=True)
        def post_struct(self, value: Body[Switch]) -> Switch:
            return value

    answer = call(Switches()).json("POST", f"/{path}", value)
    if isinstance(expected, str):
        assert answer.status == 422
        assert answer.json["message"].startswith(f"Body: {expected}")
    else:
        assert answer.status == 200, answer.body
        assert answer.json == expected
