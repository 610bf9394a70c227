"""What goes out comes in again: on the server, by events on the short way and on the WSGI way."""

import dataclasses
import enum
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from types import SimpleNamespace
from typing import Generic, NewType, TypedDict, TypeVar
from uuid import UUID

import msgspec
import pydantic
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coworks_runtime import Body, TechMicroService, entry
from coworks_runtime.client import remote
from coworks_runtime.values.converters import converter_of
from coworks_runtime.values.encoding import encode
from tests.runtime.conftest import answer_of, rest_event

T = TypeVar("T")


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


@dataclasses.dataclass
class Point:
    x: float
    label: str = ""


class Order(msgspec.Struct, rename={"kind": "class"}):
    id: int
    kind: str
    price: Decimal
    at: datetime | None = None


class Cat(msgspec.Struct, tag="cat"):
    lives: int


class Dog(msgspec.Struct, tag="dog"):
    name: str


class Page(msgspec.Struct, Generic[T]):
    items: list[T]


class Size(TypedDict):
    width: int


class Model(pydantic.BaseModel):
    age: int
    name: str = pydantic.Field("n", alias="user-name")
    price: Decimal = Decimal(1)


Number = NewType("Number", int)

INTS = st.integers(-(2**63), 2**64 - 1)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
DECIMALS = st.decimals(allow_nan=False, allow_infinity=False)
TEXTS = st.text(st.characters(codec="utf-8"), max_size=8)
# RFC 3339 has minutes in an offset, and no seconds.
ZONES = st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes)))
MOMENTS = st.datetimes(timezones=st.one_of(st.none(), ZONES))
ORDERS = st.builds(Order, INTS, TEXTS, DECIMALS, st.one_of(st.none(), MOMENTS))
POINTS = st.builds(Point, FLOATS, TEXTS)

LEAVES = {
    int: INTS,
    float: FLOATS,
    bool: st.booleans(),
    str: TEXTS,
    Decimal: DECIMALS,
    UUID: st.uuids(),
    datetime: MOMENTS,
    date: st.dates(),
    time: st.times(),
    timedelta: st.timedeltas(),
    Colour: st.sampled_from(Colour),
    Level: st.sampled_from(Level),
    Number: INTS,
    Order: ORDERS,
    Point: POINTS,
    Size: st.fixed_dictionaries({"width": INTS}),
    Cat | Dog: st.one_of(st.builds(Cat, INTS), st.builds(Dog, TEXTS)),
    Page[Point]: st.builds(Page, st.lists(POINTS, max_size=2)),
    Model: st.builds(lambda age, name, price: Model(age=age, price=price, **{"user-name": name}),
                     INTS, TEXTS, DECIMALS),
    tuple[int, str]: st.tuples(INTS, TEXTS),
}  # fmt: skip
HASHABLE = [int, str, Decimal, UUID, date, Colour, Level, Number]
KEYS = [int, str, UUID, date, Colour]


def _nested(draw, depth):
    """An annotation, with a strategy of its values."""
    shapes = ["leaf"] if depth == 0 else ["leaf", "list", "dict", "optional", "set", "frozenset"]
    shape = draw(st.sampled_from(shapes))
    if shape == "leaf":
        annotation = draw(st.sampled_from(list(LEAVES)))
        return annotation, LEAVES[annotation]
    if shape in {"set", "frozenset"}:
        item = draw(st.sampled_from(HASHABLE))
        make = {"set": set, "frozenset": frozenset}[shape]
        return make[item], st.lists(LEAVES[item], max_size=3).map(make)
    annotation, values = _nested(draw, depth - 1)
    if shape == "list":
        return list[annotation], st.lists(values, max_size=3)
    if shape == "dict":
        key = draw(st.sampled_from(KEYS))
        return dict[key, annotation], st.dictionaries(LEAVES[key], values, max_size=3)
    return annotation | None if annotation is not Number else int | None, st.one_of(
        st.none(), values
    )


@st.composite
def annotated_values(draw):
    annotation, values = _nested(draw, 3)
    return annotation, draw(values)


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(annotated_values())
def test_what_is_encoded_is_decoded(case):
    annotation, value = case
    converter = converter_of(annotation, "here")
    assert converter.from_json(encode(value)) == value


def _service(annotation, got):
    def post_value(self, value):
        got.append(value)
        return value if not isinstance(value, str | tuple) and value is not None else [value]

    post_value.__annotations__ = {"value": Body[annotation]}
    return type("Echo", (TechMicroService,), {"post_value": entry(no_auth=True)(post_value)})()


@pytest.mark.parametrize("way", ["local", "short", "wsgi"])
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(case=annotated_values())
def test_what_goes_out_comes_in_again(way, case):
    annotation, value = case
    got = []
    app = _service(annotation, got)
    if way == "wsgi":
        app.wsgi_app = app.wsgi_app
    sent = encode(value)
    for _ in range(2):
        if way == "local":
            response = app.test_client().post("/value", data=sent, content_type="application/json")
            status, body = response.status_code, response.get_data()
        else:
            headers = [("Content-Type", "application/json")]
            event = rest_event(app, "POST", "/value", sent, headers)
            answer = answer_of(app(event, SimpleNamespace(aws_request_id="1")))
            status, body = answer.status, answer.body
        assert status == 200, body
        if isinstance(value, str | tuple) or value is None:
            body = body.strip()[1:-1]
        sent = body
    assert got == [value, value]


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(case=annotated_values())
def test_what_a_client_sends_comes_back_to_it(case):
    annotation, value = case

    def post_value(self, value):
        return [value]

    post_value.__annotations__ = {"value": Body[annotation], "return": list[annotation]}
    attributes = {"post_value": entry(no_auth=True)(post_value)}
    app = type("Echo", (TechMicroService,), attributes)()
    assert remote(app, app.test_client()).post_value(value) == [value]
