"""``CWS_CHECK_ANSWERS=1``: answers are held to their annotations."""

import dataclasses
from collections import Counter, OrderedDict, deque
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from http import HTTPStatus
from typing import Annotated, Any, Literal, NamedTuple, TypedDict, TypeVar, Union

import msgspec
import pydantic
import pytest
from flask import Response

from coworks_runtime import TechMicroService, entry


class Order(msgspec.Struct):
    id: int
    price: Decimal = Decimal(1)


@dataclasses.dataclass
class Point:
    x: int
    orders: list[Order] = dataclasses.field(default_factory=list)


class Size(TypedDict):
    width: int


class Model(pydantic.BaseModel):
    age: int


class OneWay(pydantic.BaseModel):
    """Writes other fields than it reads."""

    model_config = pydantic.ConfigDict(extra="forbid")
    age: int = pydantic.Field(validation_alias="in", serialization_alias="out")
    password: str = pydantic.Field(exclude=True)

    @pydantic.computed_field  # type: ignore[prop-decorator]
    @property
    def double(self) -> int:
        return 2 * self.age

    @pydantic.field_serializer("age")
    def written(self, age: int) -> str:
        return f"<{age}>"


class Strict(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(strict=True)
    day: date
    price: Decimal


class Pair(NamedTuple):
    name: str
    count: int


class Other(msgspec.Struct):
    name: str


class Holder(msgspec.Struct):
    one: OneWay


class Partial(msgspec.Struct):
    a: int | msgspec.UnsetType = msgspec.UNSET


ONE_WAY = OneWay.model_validate({"in": 1, "password": "secret"})


RIGHT = [
    (Order, Order(1)),
    (Order, {"id": 1}),
    (list[Order], [{"id": 1}, Order(2)]),
    (Order | None, None),
    (tuple[Order, Literal[201]], (Order(1), 201)),
    (tuple[Order, Literal[201], dict[str, str]], (Order(1), 201, {"X-A": "1"})),
    (Order | tuple[Other, Literal[404]], (Other("a"), 404)),
    (Order | tuple[Other, Literal[404]], Order(1)),
    (Order | Other, Other("a")),
    (list[Order | Other], [Other("a"), Order(1)]),
    (dict[str, Order | Other], {"a": Other("a")}),
    (str, "text"),
    (bytes, b"data"),
    (None, None),
    (Response, "whatever"),
    (Iterator[str], iter("abc")),
    (Any, object),
    (date, date(2026, 1, 2)),
    (set[int], {1, 2}),
    (Literal[True, "x"], True),
    (Literal[True, "x"], "x"),
    (Literal["a", "b"], "a"),
    (Literal["a", b"x"] | None, b"x"),
    (Literal["a"] | None, None),
    (Literal["a"] | Order, "a"),
    (tuple[Literal["a"], Literal[201]], ("a", 201)),
    (Union[Literal["a"], str], "b"),  # noqa: PYI051, UP007
    (list[Literal[True] | int], [True, 5]),
    (dict[str, Literal[True, 2] | None], {"a": True, "b": None, "c": 2}),
    (object, "text"),
    (Pair, Pair("a", 1)),
    (tuple[Pair, Literal[201]], (Pair("a", 1), 201)),
    (OrderedDict[str, int], OrderedDict(a=1)),
    (deque[int], deque([1])),
    (range, range(3)),
    (list[deque[Order]], [deque([Order(1)])]),
    (Iterable[int], [1]),
    (TypeVar("Anything"), "text"),
    (Annotated[int, msgspec.Meta(gt=0)], 1),
    (Model, Model(age=1)),
    (dict[str, Model], {"a": Model(age=1)}),
    (Size, {"width": 1}),
    (Order, Response("own", 418)),
    (tuple[Order, int], (Order(1), 201)),
    (tuple[Order, int], (Order(1), 404)),
    (tuple[Order, int, dict[str, str]], (Order(1), 201, {"X-A": "1"})),
    (tuple[Order, HTTPStatus], (Order(1), HTTPStatus.CREATED)),
    (tuple[Order, str], (Order(1), "201 Created")),
    (tuple[Order, Any], (Order(1), 418)),
    (tuple[str, int], ("text", 418)),
    (tuple[Order, Literal[200] | Literal[201]], (Order(1), 201)),  # noqa: PYI030
    (tuple[Order, Literal["201 Created"]], (Order(1), "201 Created")),
    (tuple[Order, dict[str, str]], (Order(1), {"X-A": "1"})),
    (Order | tuple[Other, int], (Other("a"), 404)),
    (OneWay, ONE_WAY),
    (list[OneWay], [ONE_WAY]),
    (dict[str, OneWay], {"a": ONE_WAY}),
    (Holder, Holder(ONE_WAY)),
    (OneWay | None, ONE_WAY),
    (Strict, Strict(day=date(2026, 1, 2), price=Decimal("1.50"))),
    (Counter[str], Counter("aab")),
    (Partial, Partial()),
]
WRONG = [
    (Order, Order("secret"), "id: expected int, got str"),
    (list[Order], [Order(1), Order("secret")], "[1].id: expected int, got str"),
    (Point, Point(1, [Order("secret")]), "orders[0].id: expected int, got str"),
    (Order, {"ident": 1}, "object missing required field id"),
    (Order, None, "expected json, got none"),
    (Order, "secret", "expected json, got text"),
    (str, {"a": 1}, "expected text, got json"),
    (tuple[Order, Literal[201]], (Order(1), 200), "status: expected 201, got 200"),
    (tuple[Order, Literal[201]], (Order("secret"), 201), "id: expected int, got str"),
    (tuple[Order, int], (Order("secret"), 404), "id: expected int, got str"),
    (tuple[Order, dict[str, str]], (Order(1), 201), "status: expected 200, got 201"),
    (tuple[Order, Literal[201]] | tuple[str, int], (Order(1), 202),
     "status: expected 201, got 202"),
    (Model, {"age": "secret"}, "age: input should be a valid integer"),
    (Order | Other, {"none": 1},
     "object missing required field id, or object missing required field name"),
    (list[Order | Other], [Order(1), 5], "[1]: expected object, got int"),
    (dict[str, Order | Other], {"a": 5}, "a: expected object, got int"),
    (Annotated[int, msgspec.Meta(gt=0)], 0, "expected int >= 1"),
    (Literal["a", "b"], ["secret"], "expected text, got json"),
    (Literal["a", "b"], "secret", "expected one of 'a', 'b'"),
    (Literal["a", "b", 1], "secret", "expected one of 'a', 'b'"),
    (Literal["a", 1], 2, "invalid enum value"),
    (list[Literal["a", "b"]], ["secret"], "[0]: invalid"),
    (list[Literal[True] | int], ["secret"], "[0]: expected"),
    (float, float("nan"), "expected float, got null"),
    (Model, {"age": "secret"}, "age: input should be a valid integer"),
    (Size, {}, "object missing required field width"),
    (Pair, Pair("a", "secret"), "[1]: expected int, got str"),
    (deque[int], deque([1, "secret"]), "[1]: expected int, got str"),
    (OrderedDict[str, int], OrderedDict(a="secret"), "a: expected int, got str"),
]  # fmt: skip


def _service(annotation, answer):
    def get_a(self):
        return answer() if answer is object else answer

    get_a.__annotations__ = {"return": annotation}
    return type("Checked", (TechMicroService,), {"get_a": entry(no_auth=True)(get_a)})()


@pytest.mark.parametrize(("annotation", "answer"), RIGHT)
def test_what_fits_goes_out(call, monkeypatch, annotation, answer):
    monkeypatch.setenv("CWS_CHECK_ANSWERS", "1")
    if answer is object:
        answer = {"any": "thing"}
    assert call(_service(annotation, answer)).get("/a").status in {200, 201, 204, 404, 418}


@pytest.mark.parametrize(("annotation", "answer", "problem"), WRONG)
def test_what_does_not_fit_is_told_in_the_log(
    call, monkeypatch, caplog, annotation, answer, problem
):
    service = _service(annotation, answer)
    monkeypatch.setenv("CWS_CHECK_ANSWERS", "1")
    found = call(service).get("/a")
    assert (found.status, found.json) == (500, {"message": "Internal Server Error"})
    assert (
        f"entry 'get_a' of Checked: the answer doesn't fit its annotation: {problem}" in caplog.text
    )
    assert "secret" not in caplog.text


@pytest.mark.parametrize("value", [None, "0", ""])
def test_deployed_nothing_is_checked(call, monkeypatch, value):
    if value is None:
        monkeypatch.delenv("CWS_CHECK_ANSWERS", raising=False)
    else:
        monkeypatch.setenv("CWS_CHECK_ANSWERS", value)
    assert call(_service(Order, {"ident": 1})).get("/a").json == {"ident": 1}


def test_another_value_of_the_variable_is_told(call, monkeypatch, caplog):
    monkeypatch.setenv("CWS_CHECK_ANSWERS", "yes")
    assert call(_service(Order, Order(1))).get("/a").status == 500
    assert "CWS_CHECK_ANSWERS must be 0" in caplog.text
