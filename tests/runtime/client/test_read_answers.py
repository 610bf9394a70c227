"""What a client reads an answer as: what the annotation says for its status."""

from collections import deque
from collections.abc import Iterator
from typing import Any, Literal, NamedTuple, NewType

import msgspec
import pytest
from flask import Response, abort
from werkzeug.exceptions import BadGateway, Conflict, HTTPException, NotFound

from coworks_runtime import TechMicroService, entry
from coworks_runtime.client import remote


class Order(msgspec.Struct):
    id: int


class Pair(NamedTuple):
    name: str
    count: int


class Receipt(msgspec.Struct):
    code: str


class Problem(msgspec.Struct):
    message: str
    code: int = 0


Name = NewType("Name", str)
HEADERS = dict[str, str]
CASES = [
    (Order, Order(1), Order(1)),
    (Order | Response, Order(1), Order(1)),
    (Order | None, None, None),
    (tuple[Order, Literal[201]] | tuple[Receipt, Literal[202]], (Order(1), 201), Order(1)),
    (tuple[Order, Literal[201]] | tuple[Receipt, Literal[202]], (Receipt("a"), 202), Receipt("a")),
    (tuple[Order | Receipt, Literal[200, 203], HEADERS], (Receipt("a"), 203, {}), Receipt("a")),
    (Order, (Order(1), 299), Order(1)),
    (Order | tuple[Problem, Literal[404]], Order(1), Order(1)),
    (Order | str | bytes | None, "text", "text"),
    (Order | str | bytes | None, b"data", b"data"),
    (Order | str | bytes | None, Order(2), Order(2)),
    (Order | str | bytes | None, None, None),
    (tuple[str, int, HEADERS], ("<a/>", 200, {"Content-Type": "application/xml"}), "<a/>"),
    (tuple[str, int, HEADERS], ("{}", 200, {"Content-Type": "application/json"}), "{}"),
    (tuple[bytes, int, HEADERS], (b"abcd", 200, {"Content-Type": "text/plain"}), b"abcd"),
    (tuple[bytes, int, HEADERS], (b"{}", 200, {"Content-Type": "application/json"}), b"{}"),
    (Name, Name("x"), "x"),
    (Literal["a", "b"], "b", "b"),
    (Literal["a", 1], 1, 1),
    (list[Literal[True] | int], [True, 5], [True, 5]),
    (Iterator[str], iter(["a", "b"]), "ab"),
    (Any, {"a": 1}, {"a": 1}),
    (None, (None, 204), None),
    (Pair, Pair("a", 1), Pair("a", 1)),
    (tuple[Pair, Literal[201]], (Pair("a", 1), 201), Pair("a", 1)),
    (deque[int], deque([1]), [1]),
]


def service(annotation, answer, **options):
    def get_a(self):
        return answer() if callable(answer) else answer

    get_a.__annotations__ = {"return": annotation}
    function = entry(no_auth=True, **options)(get_a)
    return type("Answers", (TechMicroService,), {"get_a": function})


def called(annotation, answer, **options):
    cls = service(annotation, answer, **options)
    return remote(cls, cls().test_client()).get_a()


@pytest.mark.parametrize(("annotation", "answer", "expected"), CASES)
def test_answers_are_read_by_their_annotation(annotation, answer, expected):
    if isinstance(answer, Iterator):
        answer = lambda: iter(["a", "b"])  # noqa: E731
    value = called(annotation, answer)
    assert value == expected
    assert type(value) is type(expected)


@pytest.mark.parametrize("annotation", [Response, Order | Response, bytes | Response | None])
@pytest.mark.parametrize("status", [201, 202, 204, 302])
def test_a_response_comes_whole_where_the_annotation_says_so(annotation, status):
    value = called(annotation, lambda: Response(b"", status, {"X-A": "1"}, mimetype="image/png"))
    if annotation == bytes | Response | None and status == 204:
        assert value is None
        return
    assert (value.status_code, value.headers["X-A"]) == (status, "1")


def test_json_that_is_no_order_is_a_response_where_there_may_be_one():
    value = called(Order | Response, lambda: Response(b'{"x": 1}', mimetype="application/json"))
    assert value.get_data() == b'{"x": 1}'


def test_a_declared_status_without_a_body():
    assert called(None, None, status=202) is None


def test_an_error_has_what_was_returned():
    annotation = Order | tuple[Problem, Literal[404]]
    with pytest.raises(NotFound, match="none") as raised:
        called(annotation, (Problem("none", 7), 404))
    assert raised.value.answer == Problem("none", 7)
    with pytest.raises(NotFound) as raised:
        called(annotation, lambda: abort(404, "gone"))
    assert raised.value.answer == Problem("gone")
    with pytest.raises(Conflict) as raised:
        called(annotation, ({"reason": 5}, 409))
    assert raised.value.answer == {"reason": 5}
    with pytest.raises(NotFound) as raised:
        called(annotation, ({"reason": 5}, 404))
    assert raised.value.answer == b'{"reason":5}\n'
    with pytest.raises(HTTPException) as raised:
        called(str, ("text", 499))
    assert (raised.value.code, raised.value.answer) == (499, "text")


@pytest.mark.parametrize(
    ("annotation", "answer"),
    [
        (tuple[Order, Literal[201]] | tuple[Receipt, Literal[202]], (Order(1), 202)),
        (Order, "text"),
        (Order | None, {"id": "x"}),
        (str, ("\xff".encode("latin-1"), 200, {"Content-Type": "text/plain"})),
        (str, (b"x", 200, {"Content-Type": "text/plain; charset=nonsense"})),
        (None, {"a": 1}),
    ],
)
def test_what_does_not_fit_is_a_bad_gateway(annotation, answer):
    with pytest.raises(BadGateway, match="the answer doesn't fit"):
        called(annotation, answer)


def test_a_head_gives_nothing_but_a_response():
    class Heads(TechMicroService):
        @entry(no_auth=True)
        def head_a(self) -> dict[str, int]:
            return {"a": 1}

        @entry(no_auth=True)
        def head_b(self) -> Response:
            return Response(headers={"X-A": "1"})

    heads = remote(Heads, Heads().test_client())
    assert heads.head_a() is None
    assert heads.head_b().headers["X-A"] == "1"
