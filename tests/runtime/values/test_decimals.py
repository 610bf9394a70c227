"""What is a number to ``Decimal`` alone doesn't get in, wherever it stands."""

import dataclasses
import json
import time
from decimal import Decimal
from typing import Annotated, Generic, NamedTuple, TypedDict, TypeVar

import msgspec
import pytest

from coworks_runtime import Body, Query, TechMicroService, entry

T = TypeVar("T")
Price = Annotated[Decimal, "a price"]
NO_NUMBERS = [
    "1_0",
    "_1",
    "1__0",
    "+5",
    ".5",
    "5.",
    "007",
    " 1",
    "1\n",
    "\uff11",
    "\u0661",
    "1e+",
    "1 0",
]
NUMBERS = [
    "0",
    "-0",
    "10",
    "1.50",
    "1e5",
    "1E+5",
    "0.10000000000000000000000000001",
    "12345678901234567890",
]


class Line(msgspec.Struct, rename={"price": "unit-price"}):
    price: Decimal
    text: str = ""
    day: str = ""


@dataclasses.dataclass
class Sum:
    parts: list[Price | None]
    double: Decimal = dataclasses.field(init=False)

    def __post_init__(self):
        self.double = sum(part or 0 for part in self.parts) * 2


class Size(TypedDict, total=False):
    width: Decimal | bool


class Pair(NamedTuple):
    name: str
    price: Decimal


class Row(msgspec.Struct, array_like=True, tag="row"):
    name: str
    price: Decimal


class Cell(msgspec.Struct, array_like=True, tag="cell"):
    name: str


class Cat(msgspec.Struct, tag="cat"):
    weight: Decimal


class Dog(msgspec.Struct, tag="dog"):
    weight: str


class Page(msgspec.Struct, Generic[T]):
    items: list[T]
    next: "Page[T] | None" = None


class Numbers(TechMicroService):
    @entry(no_auth=True)
    def get_plain(self, a: Decimal, *, b: list[Decimal] = ()):
        return [a, *b]

    @entry(no_auth=True)
    def post_plain(
        self, *, a: Decimal = Decimal(1), b: Decimal | str | None = None, line: Line | None = None
    ):
        return [a, b, line]

    @entry(no_auth=True)
    def post_text(self, a: Decimal | str, *, c: Query[int] = 0):
        return [a]

    @entry(no_auth=True)
    def put_line(self, value: Body[Line]):
        return value

    @entry(no_auth=True)
    def put_lines(self, value: Body[list[Line]]):
        return value

    @entry(no_auth=True)
    def put_sum(self, value: Body[Sum]):
        return value

    @entry(no_auth=True)
    def put_sums(self, value: Body[dict[str, tuple[Line, Size]]]):
        return value

    @entry(no_auth=True)
    def put_keys(self, value: Body[dict[Decimal, int]]):
        return value

    @entry(no_auth=True)
    def put_size(self, value: Body[Size]):
        return value

    @entry(no_auth=True)
    def put_pairs(self, value: Body[tuple[Pair, ...]]):
        return list(value)

    @entry(no_auth=True)
    def put_rows(self, value: Body[list[Row | Cell]]):
        return value

    @entry(no_auth=True)
    def put_pets(self, value: Body[dict[str, Cat | Dog]]):
        return value

    @entry(no_auth=True)
    def put_pages(self, value: Body[Page[Line]]):
        return value

    @entry(no_auth=True)
    def put_prices(self, value: Body[Page[Price]]):
        return value


@pytest.fixture(scope="module")
def numbers():
    return Numbers()


def line(text):
    return {"unit-price": text, "text": "1_0", "day": "2026-01-02"}


PLACES = {
    "plain": ("POST", "/plain", lambda t: {"a": t}, "Parameter 'a'"),
    "keyword": ("POST", "/plain", lambda t: {"line": line(t)}, "Parameter 'line': unit-price"),
    "struct": ("PUT", "/line", line, "Body: unit-price"),
    "text of json": ("PUT", "/line", lambda t: json.dumps(line(t)), "Body: unit-price"),
    "items": ("PUT", "/lines", lambda t: [line("1"), line(t)], "Body: [1].unit-price"),
    "dataclass": ("PUT", "/sum", lambda t: {"parts": [None, t]}, "Body: parts[1]"),
    "nested": ("PUT", "/sums", lambda t: {"1_0": [line("1"), {"width": t}]}, "Body: [...][1].width"),
    "key": ("PUT", "/keys", lambda t: {t: 1}, "Body: [...]"),
    "typed dict": ("PUT", "/size", lambda t: {"width": t}, "Body: width"),
    "named tuple": ("PUT", "/pairs", lambda t: [["1_0", "1"], ["1_0", t]], "Body: [1][1]"),
    "array": ("PUT", "/rows", lambda t: [["cell", "1_0"], ["row", "1_0", t]], "Body: [1][2]"),
    "tagged": ("PUT", "/pets", lambda t: {"a": {"type": "cat", "weight": t}}, "Body: [...].weight"),
    "generic": ("PUT", "/pages", lambda t: {"items": [line(t)]}, "Body: items[0].unit-price"),
    "variable": ("PUT", "/prices", lambda t: {"items": [], "next": {"items": ["1", t]}}, "Body: next.items[1]"),
}  # fmt: skip


@pytest.mark.parametrize("place", PLACES)
def test_numbers_are_spelled_as_in_json(call, numbers, place):
    method, target, value, where = PLACES[place]
    caller = call(numbers)
    for text in NO_NUMBERS:
        answer = caller.json(method, target, value(text))
        assert answer.status == 422, text
        assert answer.json == {"message": f"{where}: Invalid decimal string"}, text
    for text in NUMBERS:
        assert caller.json(method, target, value(text)).status == 200, text


def test_the_path_and_the_query_likewise(call, numbers):
    caller = call(numbers)
    assert caller.get("/plain/1.50?b=2&b=1e3").json == ["1.50", "2", "1E+3"]
    for text in ("1_0", "%2B5", ".5", "%EF%BC%91"):
        assert caller.get(f"/plain/{text}").status == 422
        assert caller.get(f"/plain/1?b=2&b={text}").json == {
            "message": "Parameter 'b': [1]: Invalid decimal string"
        }


def test_what_is_no_decimal_s_is_left_alone(call, numbers):
    caller = call(numbers)
    assert caller.json("PUT", "/line", line("1")).json == line("1")
    assert caller.json("PUT", "/pets", {"a": {"type": "dog", "weight": "1_0"}}).status == 200
    assert caller.json("PUT", "/size", {"width": "true"}).json == {"width": True}
    assert caller.json("POST", "/plain", {"b": "1_0"}).json == ["1", "1_0", None]


@pytest.mark.parametrize(
    "text", ["\u4e2d" * 200_000 + "x", "1" * 200_000 + "x", '"' * 100_000, "1_" * 100_000]
)
def test_long_texts_take_no_time(call, numbers, text):
    body = json.dumps(line("1") | {"text": text}, ensure_ascii=False).encode()
    start = time.process_time()
    assert call(numbers).request("PUT", "/line", body).status == 200
    assert time.process_time() - start < 3
