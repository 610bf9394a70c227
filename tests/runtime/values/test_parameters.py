import dataclasses
import enum
import functools
import inspect
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, Optional, TypedDict
from uuid import UUID

import msgspec
import pydantic
import pytest
from werkzeug.datastructures import FileStorage

from coworks_runtime import TechMicroService, entry, request
from coworks_runtime.values.parameters import Signature


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Level(enum.IntEnum):
    LOW = 1


@dataclasses.dataclass
class Point:
    x: int
    y: int = 0


class Size(TypedDict):
    width: int


class Box(msgspec.Struct):
    side: int


class Checked:
    """Converts itself as a Pydantic model does, with errors of its own."""

    @classmethod
    def model_validate(cls, value):
        raise ValueError("not this")


class Model(pydantic.BaseModel):
    age: int


KINDS = {
    "int": int,
    "float": float,
    "bool": bool,
    "str": str,
    "ints": list[int],
    "bools": list[bool],
    "set": set[int],
    "anyset": set,
    "anylist": list,
    "dict": dict,
    "dict_of_ints": dict[str, int],
    "dict_of_sets": dict[str, set],
    "mapping": Mapping,
    "checked": Checked,
    "optional": Optional[int],  # noqa: UP045
    "union": int | str,
    "uuid_or_date": UUID | date,
    "ints_or_word": list[int] | str,
    "literal": Literal["a", "b"],
    "number_literal": Literal[1, 2],
    "colour": Colour,
    "level": Level,
    "uuid": UUID,
    "datetime": datetime,
    "date": date,
    "decimal": Decimal,
    "point": Point,
    "points": list[Point],
    "size": Size,
    "box": Box,
    "model": Model,
    "positive": Annotated[int, msgspec.Meta(gt=0)],
    "any": Any,
}

NO_SEGMENT = {
    *("ints", "bools", "set", "anyset", "anylist", "dict", "dict_of_ints", "dict_of_sets"),
    *("mapping", "checked", "ints_or_word", "point", "points", "size", "box", "model"),
}
"""What no segment of a path gives."""


def _make_kinds():  # noqa: C901 - a table of functions
    """A service with, for each annotation, an entry a way that a value comes in."""
    members = {}

    def shown(value):
        if isinstance(value, pydantic.BaseModel):
            value = value.model_dump()
        if isinstance(value, list):
            value = [shown(element)["value"] for element in value]
        if dataclasses.is_dataclass(value):
            value = dataclasses.asdict(value)
        return {"value": msgspec.to_builtins(value), "type": type(value).__name__}

    for name, annotation in KINDS.items():

        def by_query(self, value):
            return shown(value)

        def by_path(self, value):
            return shown(value)

        word = name.replace("_", "")
        for prefix, function, default in (
            ("get_query", by_query, None),
            ("post_body", by_query, None),
            ("get_path", by_path, ...),
        ):
            if prefix == "get_path" and name in NO_SEGMENT:
                continue
            copy = type(function)(
                function.__code__, globals(), f"{prefix}_{word}", None, function.__closure__
            )
            copy.__annotations__ = {"value": annotation}
            if default is not ...:
                copy.__defaults__ = (default,)
            members[copy.__name__] = entry(no_auth=True)(copy)
    return type("Kinds", (TechMicroService,), members)()


TEXT = [
    ("int", "5", 5),
    ("int", "-5", -5),
    ("int", "5.5", "Expected `int`, got `str`"),
    ("int", "five", "Expected `int`, got `str`"),
    ("int", "9" * 5000, "Integer value out of range"),
    ("float", "1.5", 1.5),
    ("float", "nan", "Expected a finite number"),
    ("float", "inf", "Expected a finite number"),
    ("bool", "true", True),
    ("bool", "YES", True),
    ("bool", "1", True),
    ("bool", "False", False),
    ("bool", "no", False),
    ("bool", "0", False),
    ("bool", "maybe", "Expected `bool`, got `str`"),
    ("str", "5", "5"),
    ("dict", '{"a":1}', {"a": 1}),
    ("dict", "{a}", "Expected JSON"),
    ("dict_of_ints", '{"a":"1"}', {"a": 1}),
    ("optional", "5", 5),
    ("optional", "x", "Expected `int`, got `str`, or Expected `null`"),
    ("union", "5", 5),
    ("union", "x", "x"),
    ("uuid_or_date", "2026-01-31", "2026-01-31"),
    ("uuid_or_date", "nothing", "Invalid UUID, or Invalid RFC3339 encoded date"),
    ("literal", "a", "a"),
    ("literal", "c", "Invalid enum value"),
    ("number_literal", "2", 2),
    ("colour", "red", "red"),
    ("colour", "green", "Invalid enum value"),
    ("level", "1", 1),
    ("uuid", "12345678-1234-5678-1234-567812345678", "12345678-1234-5678-1234-567812345678"),
    ("uuid", "12", "Invalid UUID"),
    ("datetime", "2026-01-31T10:20:30", "2026-01-31T10:20:30"),
    ("date", "2026-01-31", "2026-01-31"),
    ("date", "2026-02-31", "Invalid RFC3339 encoded date"),
    ("decimal", "1.50", "1.50"),
    ("point", '{"x":"1"}', {"x": 1, "y": 0}),
    ("point", '{"z":1}', "Object missing required field `x`"),
    ("point", "[1", "Expected JSON"),
    ("size", '{"width":3}', {"width": 3}),
    ("box", '{"side":3}', {"side": 3}),
    ("model", '{"age":"3"}', {"age": 3}),
    ("model", '{"age":"x"}', "age: Input should be a valid integer"),
    ("model", "x", "Expected JSON"),
    ("positive", "1", 1),
    ("positive", "0", "Expected `int` >= 1"),
    ("any", "x", "x"),
]
JSON = [
    ("int", 5, 5),
    ("int", "5", 5),
    ("int", True, "Expected `int`, got `bool`"),
    ("int", [5], "Expected `int`, got `array`"),
    ("float", 5, 5.0),
    ("bool", False, False),
    ("str", 5, "Expected `str`, got `int`"),
    ("ints", [1, "2"], [1, 2]),
    ("ints", [], []),
    ("ints", 5, "Expected `array`, got `int`"),
    ("ints", None, None),
    ("bools", ["yes", False], [True, False]),
    ("set", [1, 1], [1]),
    ("anyset", [[1]], "can't be members of a set"),
    ("anylist", [1, [2]], [1, [2]]),
    ("dict", {"a": [1]}, {"a": [1]}),
    ("dict", "[]", "Expected `object`, got `array`"),
    ("optional", None, None),
    ("optional", 0, 0),
    ("union", "5", 5),
    ("ints_or_word", [1], [1]),
    ("ints_or_word", "w", "w"),
    ("number_literal", 1, 1),
    ("number_literal", True, "Expected `int`, got `bool`"),
    ("points", [{"x": 1}, '{"x":2}'], [{"x": 1, "y": 0}, {"x": 2, "y": 0}]),
    ("model", {"age": 4}, {"age": 4}),
    ("decimal", 1.5, "1.5"),
    ("any", {"a": None}, {"a": None}),
    ("dict_of_sets", {"a": [[1]]}, "Invalid value"),
    ("mapping", {"a": 1}, {"a": 1}),
    ("mapping", [1], "Expected `object`, got `array`"),
    ("checked", {"a": 1}, "Invalid value"),
]


@pytest.fixture(scope="module")
def kinds():
    return _make_kinds()


def _check(answer, expected):
    if answer.status == 422:
        assert isinstance(expected, str)
        assert "Parameter 'value': " in answer.json["message"]
        assert expected in answer.json["message"]
    else:
        assert answer.status == 200, answer.body
        assert answer.json["value"] == expected
        assert type(answer.json["value"]) is type(expected)


def _quoted(text):
    return "".join(f"%{byte:02X}" for byte in text.encode())


@pytest.mark.parametrize(("kind", "text", "expected"), TEXT)
def test_text_converts_wherever_it_comes_from(call, kinds, kind, text, expected):
    caller = call(kinds)
    word, quoted = kind.replace("_", ""), _quoted(text)
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    if kind not in NO_SEGMENT:
        _check(caller.get(f"/path/{word}/{quoted}"), expected)
    _check(caller.get(f"/query/{word}?value={quoted}"), expected)
    _check(caller.request("POST", f"/body/{word}", f"value={quoted}".encode(), form), expected)
    _check(caller.json("POST", f"/body/{word}", {"value": text}), expected)


@pytest.mark.parametrize(("kind", "value", "expected"), JSON)
def test_json_values_convert(call, kinds, kind, value, expected):
    word = kind.replace("_", "")
    _check(call(kinds).json("POST", f"/body/{word}", {"value": value}), expected)


@pytest.mark.parametrize(
    ("kind", "query", "expected"),
    [
        ("any", "value=1&value=2", ["1", "2"]),
        ("any", "value=", ""),
        ("ints", "value=1&value=2", [1, 2]),
        ("ints", "value=1", [1]),
        ("set", "value=1&value=1", [1]),
        ("bools", "value=yes&value=0", [True, False]),
        (
            "points",
            "value=%7B%22x%22:1%7D&value=%7B%22x%22:2%7D",
            [{"x": 1, "y": 0}, {"x": 2, "y": 0}],
        ),
        ("int", "value=1&value=2", "takes one value, 2 were sent"),
        ("ints", "value=1&value=x", "Expected `int`, got `str`"),
        ("ints_or_word", "value=1&value=2", [1, 2]),
        ("ints_or_word", "value=w", "w"),
        ("int", "", None),
    ],
)
def test_one_value_or_several(call, kinds, kind, query, expected):
    _check(call(kinds).get(f"/query/{kind.replace('_', '')}?{query}"), expected)


class Values(TechMicroService):
    @entry(no_auth=True)
    def get(self):
        return "nothing"

    @entry(no_auth=True)
    def post(self):
        return request.get_data()

    @entry(no_auth=True)
    def get_all(self, **kwargs):
        return kwargs

    @entry(no_auth=True)
    def get_counted(self, **kwargs: int):
        return kwargs

    @entry(no_auth=True)
    def get_content(self, uid, name="none"):
        return {"uid": uid, "name": name}

    @entry(no_auth=True)
    def get_page(self, page__number__=None):
        return {"page": page__number__}

    @entry(no_auth=True)
    def post_one(self, value=5):
        return {"value": value}

    @entry(no_auth=True)
    def post_two(self, a=1, *, b):
        return {"a": a, "b": b}

    @entry(no_auth=True)
    def put_two(self, a=1, b=2):
        return {"a": a, "b": b}

    @entry(no_auth=True)
    def patch_two(self, a=1, b=2):
        return {"a": a, "b": b}

    @entry(no_auth=True)
    def delete_two(self, a=1, b=2):
        return {"a": a, "b": b}

    @entry(no_auth=True)
    def post_only(self, value, /, other=3, *rest):
        return {"value": value, "other": other, "rest": rest}

    @entry(no_auth=True)
    def post_file(self, *, file: FileStorage, name="none"):
        raise AssertionError("no test sends a file")

    @entry(no_auth=True)
    def post_upload(self, file: FileStorage = None, *, label="none"):
        return {
            "name": file and file.filename,
            "data": file and file.read().decode(),
            "label": label,
        }


FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JSON_TYPE = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    ("method", "target", "headers", "body", "status", "expected"),
    [
        ("GET", "/?x=1", {}, b"", 422, "Parameter 'x': unknown"),
        ("GET", "/", JSON_TYPE, b'{"x":1}', 200, "nothing"),
        ("GET", "/content/1?name=x", {}, b"", 200, {"uid": "1", "name": "x"}),
        ("GET", "/content/1?name=x", JSON_TYPE, b"{", 200, {"uid": "1", "name": "x"}),
        ("GET", "/content/1?uid=2", {}, b"", 422, "Parameter 'uid': is given by the path"),
        ("GET", "/content/1?nom=2", {}, b"", 422, "Parameter 'nom': unknown"),
        ("GET", "/content/1?self=2", {}, b"", 422, "Parameter 'self': unknown"),
        ("GET", "/all?a=1&b=2&b=3", {}, b"", 200, {"a": "1", "b": ["2", "3"]}),
        ("GET", "/all?self=1", {}, b"", 422, "Parameter 'self': unknown"),
        ("GET", "/all?page%5Bsize%5D=3", {}, b"", 200, {"page__size__": "3"}),
        ("GET", "/counted?a=1", {}, b"", 200, {"a": 1}),
        ("GET", "/counted?a=x", {}, b"", 422, "Parameter 'a': Expected `int`"),
        ("GET", "/page?page[number]=3", {}, b"", 200, {"page": "3"}),
        ("POST", "/one", JSON_TYPE, b'{"value":null}', 200, {"value": None}),
        ("POST", "/one", JSON_TYPE, b'{"value":0}', 200, {"value": 0}),
        ("POST", "/one", JSON_TYPE, b'{"value":""}', 200, {"value": ""}),
        ("POST", "/one", JSON_TYPE, b'{"value":false}', 200, {"value": False}),
        ("POST", "/one", JSON_TYPE, b'{"value":[]}', 200, {"value": []}),
        ("POST", "/one", JSON_TYPE, b"[1,2]", 200, {"value": [1, 2]}),
        ("POST", "/one", JSON_TYPE, b"null", 200, {"value": None}),
        ("POST", "/one", JSON_TYPE, b"", 200, {"value": 5}),
        ("POST", "/one", {}, b"", 200, {"value": 5}),
        ("POST", "/one", {}, b'{"value":1}', 200, {"value": 1}),
        (
            "POST",
            "/one",
            {"Content-Type": "application/merge-patch+json"},
            b'{"value":1}',
            200,
            {"value": 1},
        ),
        ("POST", "/one?value=7", JSON_TYPE, b'{"value":1}', 200, {"value": 1}),
        ("POST", "/one?value=7&x=1", {}, b"", 200, {"value": 5}),
        ("POST", "/one", FORM, b"value=1&value=2", 200, {"value": ["1", "2"]}),
        ("POST", "/one", FORM, b"", 200, {"value": 5}),
        ("POST", "/one", {"Content-Type": "text/csv"}, b"a;b", 415, "not 'text/csv'"),
        ("POST", "/one", {"Content-Type": "text/csv"}, b"", 200, {"value": 5}),
        ("POST", "/one", JSON_TYPE, b"{", 400, "not valid JSON"),
        ("POST", "/one", JSON_TYPE, b'{"value":NaN}', 400, "not valid JSON"),
        ("POST", "/one", JSON_TYPE, b'{"value":"\xff"}', 400, "not valid JSON"),
        ("POST", "/one", JSON_TYPE, b"[" * 100_000, 400, "not valid JSON"),
        ("POST", "/one", JSON_TYPE, b'{"value":' + b"9" * 5000 + b"}", 400, "not valid JSON"),
        (
            "POST",
            "/one",
            {"Content-Type": "application/json", "Content-Encoding": "gzip"},
            b"\x1f\x8b",
            400,
            "not valid JSON",
        ),
        ("POST", "/two", JSON_TYPE, b"[1]", 422, "The body must be a JSON object"),
        ("POST", "/two", JSON_TYPE, b'{"a":1}', 422, "Parameter 'b': required"),
        (
            "POST",
            "/two",
            JSON_TYPE,
            b'{"b":1,"c":2,"d":3}',
            422,
            "Parameter 'c': unknown; Parameter 'd': unknown",
        ),
        ("POST", "/two", JSON_TYPE, b'{"b":null}', 200, {"a": 1, "b": None}),
        ("PUT", "/two", JSON_TYPE, b'{"a":9}', 200, {"a": 9, "b": 2}),
        ("PATCH", "/two", JSON_TYPE, b'{"b":9}', 200, {"a": 1, "b": 9}),
        ("DELETE", "/two?a=4", {}, b"", 200, {"a": "4", "b": 2}),
        ("DELETE", "/two?a=4", JSON_TYPE, b'{"b":9}', 200, {"a": 1, "b": 9}),
        ("POST", "/", JSON_TYPE, b'{"a":1}', 422, "takes no parameters"),
        ("POST", "/", JSON_TYPE, b"", 200, b""),
        ("POST", "/", {"Content-Type": "image/png"}, b"\x89PNG", 200, b"\x89PNG"),
        ("POST", "/", {}, b"raw", 200, b"raw"),
        (
            "POST",
            "/only/v/r/s",
            JSON_TYPE,
            b'{"other":1}',
            200,
            {"value": "v", "other": 1, "rest": ["r", "s"]},
        ),
        ("POST", "/only/v/r", JSON_TYPE, b"{}", 200, {"value": "v", "other": 3, "rest": ["r"]}),
        ("POST", "/file", FORM, b"file=x", 422, "Parameter 'file': Expected a file, got `str`"),
    ],
)
def test_where_values_come_from(call, method, target, headers, body, status, expected):
    answer = call(Values()).request(method, target, body, headers)
    assert answer.status == status, answer.body
    if status != 200:
        assert expected in answer.json["message"]
    elif isinstance(expected, dict):
        assert answer.json == expected
    else:
        assert answer.body == (expected if isinstance(expected, bytes) else expected.encode())


MULTIPART = {"Content-Type": "multipart/form-data; boundary=cut"}
UPLOAD = (
    b'--cut\r\nContent-Disposition: form-data; name="label"\r\n\r\nmine\r\n'
    b'--cut\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n'
    b"Content-Type: text/plain\r\n\r\nhello\r\n--cut--\r\n"
)


def test_files_arrive_as_file_storage(call):
    answer = call(Values()).request("POST", "/upload", UPLOAD, MULTIPART)
    assert answer.json == {"name": "a.txt", "data": "hello", "label": "mine"}


@pytest.mark.parametrize("cut", [20, 60, 120, len(UPLOAD) - 10])
def test_a_truncated_multipart_is_refused(call, cut):
    answer = call(Values()).request("POST", "/upload", UPLOAD[:cut], MULTIPART)
    assert answer.status == 400
    assert "malformed or incomplete" in answer.json["message"]


def test_a_text_for_a_file_is_refused(call):
    answer = call(Values()).request("POST", "/upload", b"file=text", FORM)
    assert answer.status == 422
    assert answer.json["message"] == "Parameter 'file': Expected a file, got `str`"


def test_a_value_is_never_told_back(call):
    answer = call(Values()).json("POST", "/one", "x")
    assert answer.status == 200
    answer = call(_make_kinds()).get("/query/int?value=my-secret")
    assert answer.status == 422
    assert b"my-secret" not in answer.body


def nothing(self): ...


def every_kind(self, x, /, y: int, z=3, *rest: str, k, m: float = 2.0, **more: Any): ...


def keywords(self, *, k=1, m: "int" = 2): ...


def several(self, *rest): ...


def positional(self, x, y=None, /): ...


@functools.wraps(positional)
def wrapped(self, other): ...


@pytest.mark.parametrize(
    "function",
    [nothing, every_kind, keywords, several, positional, wrapped],
    ids=lambda f: f.__name__,
)
def test_parameters_are_those_that_inspect_reads(function):
    parameters = Signature(function, "entry").parameters
    _, *expected = inspect.signature(function, eval_str=True).parameters.values()
    for read, parameter in zip(parameters, expected, strict=True):
        is_required = parameter.default is parameter.empty
        is_several = parameter.kind in {parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL}
        assert read.name == parameter.name
        assert read.default == (None if is_required else parameter.default)
        assert read.required == is_required or is_several
        annotation = parameter.annotation
        shown = None if annotation is parameter.empty else inspect.formatannotation(annotation)
        assert read.type == shown
