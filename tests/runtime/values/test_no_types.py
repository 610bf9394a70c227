"""Annotations that are no types of values, and texts in annotations that stand for one."""

import dataclasses
import json
import typing
from typing import Any, ClassVar, Final, Literal, NotRequired, Required, TypedDict, Union

import msgspec
import pytest
import typing_extensions
from openapi_spec_validator import OpenAPIV31SpecValidator

from coworks_runtime import Body, TechMicroService, entry
from coworks_runtime.blueprint.admin import openapi_document, routes_of, service_info
from coworks_runtime.client import remote
from coworks_runtime.errors import EntryError

P = typing.ParamSpec("P")
Items = typing.TypeVarTuple("Items")
Count = typing.NewType("Count", Final[int])  # type: ignore[valid-newtype]
Named = typing_extensions.TypeAliasType("Named", Required[int])  # type: ignore[valid-type]
Loop = typing_extensions.TypeAliasType("Loop", "list[Loop] | int")
Json = Union[None, bool, int, float, str, list["Json"], dict[str, "Json"]]  # noqa: UP007

NO_TYPES = {
    "Final": Final,
    "Final[int]": Final[int],
    "ClassVar[int]": ClassVar[int],
    "InitVar": dataclasses.InitVar,
    "InitVar[int]": dataclasses.InitVar[int],
    "Required[int]": Required[int],
    "NotRequired[int]": NotRequired[int],
    "ReadOnly[int]": typing_extensions.ReadOnly[int],
    "Self": typing.Self,
    "Never": typing.Never,
    "NoReturn": typing.NoReturn,
    "TypeGuard[int]": typing.TypeGuard[int],
    "TypeIs[int]": typing_extensions.TypeIs[int],
    "TypeAlias": typing.TypeAlias,
    "TypeForm[int]": typing_extensions.TypeForm[int],
    "Concatenate[int, ~P]": typing.Concatenate[int, P],
    "~P": P,
    "P.args": P.args,
    "P.kwargs": P.kwargs,
    "Items": Items,
    "*tuple[int, str]": next(iter(tuple[int, str])),
    "LiteralString": typing.LiteralString,
    "Generic": typing.Generic,
    "Protocol": typing.Protocol,
    "NamedTuple": typing.NamedTuple,
    "Annotated": typing.Annotated,
    "Union": typing.Union,
    "Optional": typing.Optional,
    "Literal": Literal,
}
OF_ANSWERS = {"Never", "NoReturn", "LiteralString"}


def service(annotation: Any, name: str = "v", of: str = "keyword") -> TechMicroService:
    def keyword(self, *, v=None):
        return None

    def path(self, v):
        return None

    def rest(self, **v):
        return None

    function = {"keyword": keyword, "path": path, "rest": rest}[of]
    function.__name__ = "get_x"
    function.__annotations__ = {name: annotation}
    cls = type("Shop", (TechMicroService,), {"get_x": entry(no_auth=True)(function)})
    made: TechMicroService = cls()
    return made


def document(app: TechMicroService) -> dict[str, Any]:
    made = json.loads(json.dumps(openapi_document(service_info(app), routes_of(app), "")))
    OpenAPIV31SpecValidator(made).validate()
    return made


@pytest.mark.parametrize("of", ["keyword", "path", "rest"])
@pytest.mark.parametrize(("shown", "annotation"), NO_TYPES.items(), ids=NO_TYPES)
def test_a_parameter_is_of_a_type(shown, annotation, of):
    with pytest.raises(EntryError) as raised:
        service(annotation, of=of)
    message = str(raised.value)
    assert message.startswith("entry 'get_x' of Shop, parameter 'v': ")
    assert f"parameter 'v': {shown} is no type of a value: " in message


@pytest.mark.parametrize(
    "annotation",
    [
        list[Final[int]],  # type: ignore[valid-type]
        dict[str, Final[int]],  # type: ignore[valid-type]
        tuple[int, Final[int]],  # type: ignore[valid-type]
        typing.Annotated[Final[int], msgspec.Meta(gt=1)],  # type: ignore[valid-type]
        Count,
        "Final[int]",
        'list["Final[int]"]',
    ],
    ids=str,
)
def test_nor_is_a_part_of_it_none(annotation):
    with pytest.raises(EntryError, match=r"parameter 'v'.*Final\[int\]"):
        service(annotation)


def test_the_message_says_what_is_allowed():
    with pytest.raises(EntryError) as raised:
        service(Final[int])
    assert str(raised.value) == (
        "entry 'get_x' of Shop, parameter 'v': Final[int] is no type of a value: Python has it for "
        "names of a module, a class or a function, not for what a function takes or returns; "
        "annotate with int"
    )
    with pytest.raises(EntryError, match=r"Required\[int\] is no type .*; annotate with int$"):
        service(Named)
    for odd in (5, ..., len, (int, str)):
        with pytest.raises(EntryError, match=r"parameter 'v'.* annotate with a builtin type"):
            service(odd)


@pytest.mark.parametrize(("shown", "annotation"), NO_TYPES.items(), ids=NO_TYPES)
def test_what_is_returned_is_of_a_type_where_somebody_asks(shown, annotation):
    app = service(annotation, "return")
    assert app.test_client().get("/x").status_code == 204
    if shown in OF_ANSWERS:
        assert document(app)
        return
    with pytest.raises(EntryError) as raised:
        document(app)
    message = str(raised.value)
    assert message.startswith("entry 'get_x' of Shop, its return annotation: ")
    assert f": {shown} is no type of a value: " in message


@pytest.mark.parametrize("annotation", [[int], {"a": int}, (int, str)], ids=str)
def test_nor_is_a_list_a_type_of_what_is_returned(annotation):
    with pytest.raises(EntryError, match=r"its return annotation: .* is list\[int\]"):
        document(service(annotation, "return"))


def test_a_checked_answer_tells_it_at_each_call(monkeypatch, caplog):
    monkeypatch.setenv("CWS_CHECK_ANSWERS", "1")
    client = service(Final[int], "return").test_client()
    for _ in range(2):
        caplog.clear()
        assert client.get("/x").status_code == 500
        assert "its return annotation: Final[int] is no type of a value" in caplog.text


class Limits(TypedDict):
    low: Required[int]
    high: NotRequired[typing.Annotated[int, msgspec.Meta(gt=0)]]


@dataclasses.dataclass
class Box:
    size: Final[int] = 1  # type: ignore[misc]
    kind: ClassVar[str] = "box"


class Node(msgspec.Struct):
    name: str
    below: list["Node"] = []


class Texts(TechMicroService):
    """Types that are texts somewhere in an annotation."""

    @entry(no_auth=True)
    def post_nodes(self, *, nodes: list["Node"], by_name: dict[str, "Node | None"] = {}):  # noqa: B006
        return [nodes[0].name, [*by_name]]

    @entry(no_auth=True)
    def post_box(self, *, limits: Limits, box: typing.Optional["Box"] = None) -> "list[Box | None]":
        return [box]

    @entry(no_auth=True)
    def put_node(self, node: Body["Node"]) -> tuple["Node", Literal[201]]:
        return node, 201

    @entry(no_auth=True)
    def get_unknown(self) -> list["OnlyForCheckers"]:  # type: ignore[name-defined] # noqa: F821
        return [1]


def test_texts_in_annotations_stand_for_types():
    app = Texts()
    client = app.test_client()
    sent = {"nodes": [{"name": "a", "below": [{"name": "b"}]}], "by_name": {"c": None}}
    assert client.post("/nodes", json=sent).json == ["a", ["c"]]
    refused = client.post("/nodes", json={"nodes": [{"name": 1}]})
    assert refused.json == {"message": "Parameter 'nodes': [0].name: Expected `str`, got `int`"}
    assert client.post("/box", json={"limits": {"low": "1"}}).json == [None]
    assert client.post("/box", json={"limits": {"high": 1}}).status_code == 422
    assert client.post("/box", json={"limits": {"low": 1}, "box": {"size": 3}}).json == [
        {"size": 3}
    ]
    assert client.get("/unknown").json == [1]
    assert remote(Texts, app.test_client()).put_node(Node("a", [Node("b")])) == Node(
        "a", [Node("b")]
    )


def test_they_are_described():
    made = document(Texts())
    nodes = made["paths"]["/nodes"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert nodes["properties"]["nodes"]["items"] == {"$ref": "#/components/schemas/Node"}
    answers = made["paths"]["/node"]["put"]["responses"]
    assert answers["201"]["content"]["application/json"]["schema"] == {
        "$ref": "#/components/schemas/Node"
    }


@pytest.mark.parametrize("annotation", [Json, "Json", Loop, list[Loop], dict[str, Loop]], ids=str)
def test_a_type_that_is_made_of_itself_is_refused(annotation):
    with pytest.raises(EntryError, match=r"parameter 'v'.* made of itself.* take Any, or"):
        service(annotation)


@pytest.mark.parametrize("annotation", [Json, Loop, list[Loop]], ids=str)
def test_an_answer_may_be_of_one(annotation):
    app = service(annotation, "return")
    assert app.test_client().get("/x").status_code == 204
    assert document(app)


def test_a_text_that_is_no_type_names_its_parameter():
    with pytest.raises(EntryError, match=r"^entry 'get_x' of Shop, parameter 'v': its annotation "):
        service("list[Unknown]")
    with pytest.raises(EntryError, match="parameter 'v': its annotation can't be read: invalid"):
        service("5+")
