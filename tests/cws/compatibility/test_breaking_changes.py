"""What of a change breaks a client: two versions of a service, and what is told of them."""

from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Literal, NotRequired, TypedDict

import msgspec
import pytest

from coworks_runtime import TechMicroService, entry
from coworks_runtime.blueprint.admin import openapi_document, routes_of, service_info
from coworks_runtime.cws.compatibility import breaking_changes


class Item(msgspec.Struct):
    name: str
    size: int = 0


class ItemWithMore(msgspec.Struct, rename={"colour": "color"}):
    name: str
    size: int = 0
    colour: str = "red"


class ItemWithRequired(msgspec.Struct):
    name: str
    owner: str
    size: int = 0


class ItemWithLess(msgspec.Struct):
    name: str


class ItemNarrowed(msgspec.Struct):
    name: Annotated[str, msgspec.Meta(max_length=5)]
    size: int = 0


class ItemNullable(msgspec.Struct):
    name: str | None
    size: int = 0


@dataclass
class Renamed:
    name: str
    size: int = 0


class Node(msgspec.Struct):
    value: int
    children: "list[Node]" = []
    parent: "Node | None" = None


class NodeOfText(msgspec.Struct):
    value: str
    children: "list[NodeOfText]" = []
    parent: "NodeOfText | None" = None


class Color(Enum):
    RED = "red"
    BLUE = "blue"


class FewerColors(Enum):
    RED = "red"


class Open(TypedDict):
    a: int


class Left(TypedDict):
    a: NotRequired[int]


def document(declare, header="Authorization"):
    body = declare()
    service = type("Service", (TechMicroService,), {**body, "authorization_header": header})()
    return openapi_document(service_info(service), routes_of(service), "")


def route(name, function, **options):
    function.__name__ = name
    function.__qualname__ = name
    return {name: entry(**options)(function)}


def get(function, name="get_item", **options):
    return lambda: route(name, function, **options)


def post(function, name="post_item", **options):
    return lambda: route(name, function, **options)


def both(*declarations):
    return lambda: {k: v for d in declarations for k, v in d().items()}


def plain(self): ...
def other(self): ...
def with_id(self, number): ...
def with_key(self, key): ...
def with_int_id(self, number: int): ...
def greedy(self, *path): ...
def page(self, page: int = 1): ...
def page_text(self, page: str = ""): ...
def page_optional(self, page: int | None = None): ...
def page_needed(self, *, page: int): ...
def page_and_size(self, page: int = 1, size: int = 10): ...
def page_and_needed(self, page: int = 1, *, size: int): ...
def pages(self, page: list[int] = []): ...  # noqa: B006
def page_tuple(self, page: tuple[int, ...] = ()): ...
def page_pair(self, page: tuple[int, int] = (1, 1)): ...
def anything(self, **values): ...
def page_literal(self, page: Literal[1, 2] = 1): ...
def page_fewer(self, page: Literal[1] = 1): ...
def colour(self, c: Color = Color.RED): ...
def fewer_colours(self, c: FewerColors = FewerColors.RED): ...
def least(self, n: Annotated[int, msgspec.Meta(ge=1)] = 1): ...
def least_more(self, n: Annotated[int, msgspec.Meta(ge=5)] = 5): ...
def no_least(self, n: int = 1): ...
def item(self, *, item: Item): ...
def item_more(self, *, item: ItemWithMore): ...
def item_required(self, *, item: ItemWithRequired): ...
def item_less(self, *, item: ItemWithLess): ...
def item_narrowed(self, *, item: ItemNarrowed): ...
def item_renamed(self, *, item: Renamed): ...
def item_nullable(self, *, item: ItemNullable): ...
def node(self, *, node: Node): ...
def node_text(self, *, node: NodeOfText): ...


def answering(annotation):
    def answer(self): ...

    answer.__annotations__["return"] = annotation
    return answer


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (get(plain), get(plain, "get_other"), "GET /item: the route is gone"),
        (get(plain), post(plain), "GET /item: the route is gone"),
        (get(with_id), get(plain), "GET /item/{number}: the route is gone"),
        (get(greedy), get(with_id), "GET /item/{path+}: the route is gone"),
        (get(page), get(plain), "query parameter 'page' is gone"),
        (get(page), get(page_needed), "query parameter 'page' is required now"),
        (get(page), get(page_and_needed), "query parameter 'size' is new and required"),
        (get(page_text), get(page), "query parameter 'page': string is refused now"),
        (get(pages), get(page), "query parameter 'page': array is refused now"),
        (get(anything), get(page), "takes no query parameters of other names any more"),
        (get(page), get(page_literal), "query parameter 'page': integer is refused now"),
        (get(page_literal), get(page_fewer), "query parameter 'page': 2 is refused now"),
        (get(colour), get(fewer_colours), "query parameter 'c': 'blue' is refused now"),
        (get(no_least), get(least), "minimum is 1 now, was without one"),
        (get(least), get(least_more), "minimum is 5 now, was 1"),
        (get(with_id), get(with_int_id), "path variable 'number': string is refused now"),
        (get(plain, no_auth=True), get(plain), "asks for authorization now"),
        (post(item), post(item_required), "body, item.owner: is new and required"),
        (post(item), post(item_less), "body, item.size: the field is gone"),
        (post(item), post(item_narrowed), "body, item.name: maxLength is 5 now, was without one"),
        (post(item_nullable), post(item), "body, item.name: null is refused now"),
        (post(page), post(page_needed), "body, page: is required now"),
        (post(page), post(plain), "takes no body any more"),
        (post(plain), post(page_needed), "asks for a body now"),
        (post(anything), post(page), "body: other names are refused now"),
        (post(node), post(node_text), "body, node.value: integer is refused now"),
        (get(answering(Item)), get(answering(ItemWithLess)), "answer 200, size: the field is gone"),
        (get(answering(Item)), get(answering(ItemNullable)), "answer 200, name: may be null now"),
        (get(answering(list[Item])), get(answering(Item)), "may be object now, array was promised"),
        (
            get(answering(list[Item])),
            get(answering(list[ItemWithLess])),
            "answer 200, [].size: the field is gone",
        ),
        (get(answering(Open)), get(answering(Left)), "answer 200, a: may be missing now"),
        (get(pages), get(page_pair), "query parameter 'page': is JSON in a text now"),
        (get(page_pair), get(pages), "query parameter 'page': is no JSON in a text now"),
        (post(pages), post(page_pair), "body, page: maxItems is 2 now, was without one"),
        (
            get(answering(Item)),
            get(answering(tuple[Item, int])),
            "answers 200 or any status now, not 200",
        ),
        (
            get(answering(tuple[Item, int])),
            get(answering(tuple[ItemWithLess, int])),
            "answer default, size: the field is gone",
        ),
        (get(answering(Item)), get(answering(None)), "answers 204 now, not 200"),
        (get(answering(Node)), get(answering(NodeOfText)), "answer 200, value: may be string now"),
        (get(answering(str)), get(answering(Item)), "application/json is new, text/plain was"),
        (
            get(answering(dict[str, int])),
            get(answering(dict[str, str])),
            "answer 200, *: may be string now, integer was promised",
        ),
    ],
)
def test_a_break_is_told(old, new, told):
    problems = breaking_changes(document(old), document(new))
    assert any(told in problem for problem in problems), problems
    assert all(": " in problem for problem in problems)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (get(plain), get(plain)),
        (get(plain), both(get(plain), get(other, "get_other"))),
        (get(with_id), get(with_key)),
        (get(with_int_id), get(with_id)),
        (get(with_id), get(greedy)),
        (get(page), get(page_and_size)),
        (get(page), get(page_text)),
        (get(page), get(page_optional)),
        (get(page), get(pages)),
        (get(pages), get(page_tuple)),
        (get(page_tuple), get(pages)),
        (get(page_pair), get(page_pair)),
        (post(page_pair), post(pages)),
        (get(answering(tuple[Item, int])), get(answering(Item))),
        (get(page_needed), get(page)),
        (get(page), get(anything)),
        (get(page_fewer), get(page_literal)),
        (get(fewer_colours), get(colour)),
        (get(least_more), get(least)),
        (get(least), get(no_least)),
        (get(plain), get(plain, no_auth=True)),
        (post(item), post(item_more)),
        (post(item), post(item_renamed)),
        (post(item), post(item_nullable)),
        (post(item_required), post(item_required)),
        (post(node), post(node)),
        (get(answering(Item)), get(answering(ItemWithMore))),
        (get(answering(Item)), get(answering(Renamed))),
        (get(answering(ItemNullable)), get(answering(Item))),
        (get(answering(Node)), get(answering(Node))),
        (get(answering(Left)), get(answering(Open))),
        (get(answering(dict)), get(answering(Item))),
    ],
)
def test_what_breaks_nobody_is_not_told(old, new):
    assert breaking_changes(document(old), document(new)) == []


def test_another_header_of_the_token_is_told():
    old, new = document(get(plain)), document(get(plain), header="X-Token")
    assert breaking_changes(old, new) == [
        "GET /item: is authorized by X-Token (apiKey) now, not by Authorization (apiKey)"
    ]


def test_every_break_is_told_once():
    old = document(both(get(page), post(item), get(answering(Item), "get_answer")))
    new = document(both(get(plain), post(item_less), get(answering(ItemWithLess), "get_answer")))
    assert breaking_changes(old, new) == [
        "GET /answer: answer 200, size: the field is gone",
        "GET /item: query parameter 'page' is gone",
        "POST /item: body, item.size: the field is gone",
    ]
