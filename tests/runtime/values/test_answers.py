"""What an entry returns, encoded: on the server, by events, on both ways."""

import dataclasses
import enum
import json
from collections import OrderedDict, deque
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import NamedTuple, TypedDict
from uuid import UUID

import msgspec
import pydantic
import pytest
from flask import Response, jsonify, make_response, send_from_directory
from flask.json.provider import DefaultJSONProvider
from markupsafe import Markup
from werkzeug.datastructures import MultiDict

from coworks_runtime import TechMicroService, entry
from coworks_runtime.errors import EntryError


class Colour(enum.Enum):
    RED = "red"


class Word(enum.StrEnum):
    YES = "yes"


class Level(enum.IntEnum):
    LOW = 1


class Order(msgspec.Struct, rename={"kind": "class"}):
    id: int
    kind: str = "small"
    price: Decimal = Decimal("1.50")


@dataclasses.dataclass
class Point:
    x: float
    y: int = dataclasses.field(init=False)

    def __post_init__(self):
        self.y = 3


class Callable(msgspec.Struct):
    id: int

    def __call__(self):
        raise AssertionError("it is data")


class Size(TypedDict):
    width: int


class Pair(NamedTuple):
    a: int
    b: str


class Model(pydantic.BaseModel):
    at: datetime
    name: str = pydantic.Field("n", alias="user-name")


class Counted(int):
    pass


MOMENT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
ID = UUID("12345678-1234-5678-1234-567812345678")
VALUES = {
    "int": (5, "5"),
    "zero": (0, "0"),
    "float": (1.5, "1.5"),
    "true": (True, "true"),
    "false": (False, "false"),
    "nan": (float("nan"), "null"),
    "infinity": ([float("inf"), -float("inf")], "[null,null]"),
    "decimal": (Decimal("1.50"), '"1.50"'),
    "decimal_nan": ({"a": [Decimal("NaN"), Decimal("1.0")], "b": "NaN"},
                    '{"a":[null,"1.0"],"b":"NaN"}'),
    "decimal_infinity": (Decimal("-Infinity"), "null"),
    "struct": (Order(1), '{"id":1,"class":"small","price":"1.50"}'),
    "struct_nan": (Order(1, price=Decimal("NaN")), '{"class":"small","id":1,"price":null}'),
    "dataclass": (Point(1.0), '{"x":1.0,"y":3}'),
    "dataclass_nan": (Point(float("nan")), '{"x":null,"y":3}'),
    "typeddict": (Size(width=3), '{"width":3}'),
    "model": (Model(**{"at": MOMENT, "user-name": "m"}),
              '{"at":"2026-01-02T03:04:05Z","user-name":"m"}'),
    "multi_dict": (MultiDict([("a", "1"), ("a", "2")]), '{"a":"1"}'),
    "multi_dict_inside": ({"args": MultiDict([("a", "1"), ("a", "2")])}, '{"args":{"a":"1"}}'),
    "callable": (Callable(1), '{"id":1}'),
    "enum": (Colour.RED, '"red"'),
    "str_enum": (Word.YES, '"yes"'),
    "int_enum": (Level.LOW, "1"),
    "uuid": (ID, f'"{ID}"'),
    "datetime": (MOMENT, '"2026-01-02T03:04:05Z"'),
    "naive": (MOMENT.replace(tzinfo=None), '"2026-01-02T03:04:05"'),
    "date": (date(2026, 1, 2), '"2026-01-02"'),
    "time": (time(3, 4), '"03:04:00"'),
    "timedelta": (timedelta(hours=1), '"PT3600S"'),
    "set": ({3, 1, 2}, "[1,2,3]"),
    "frozenset": (frozenset({"b", "a"}), '["a","b"]'),
    "inner_tuple": ([(1, "a")], '[[1,"a"]]'),
    "named_tuple": ([Pair(1, "b")], '[[1,"b"]]'),
    "named_tuple_alone": (Pair(1, "b"), '[1,"b"]'),
    "keys": ({2: "b", 1: "a"}, '{"1":"a","2":"b"}'),
    "odd_keys": ({None: 1, True: 2, date(2026, 1, 2): 3}, '{"2026-01-02":3,"null":1,"true":2}'),
    "enum_keys": ({Level.LOW: 1, Colour.RED: 2}, '{"1":1,"red":2}'),
    "sorted": ({"b": 1, "a": {"d": 1, "c": 2}}, '{"a":{"c":2,"d":1},"b":1}'),
    "ascii": ({"a": "ü 😀"}, '{"a":"\\u00fc \\ud83d\\ude00"}'),
    "deque": (deque([1, 2]), "[1,2]"),
    "range": (range(3), "[0,1,2]"),
    "proxy": (MappingProxyType({"a": 1}), '{"a":1}'),
    "ordered": (OrderedDict(b=1, a=2), '{"a":2,"b":1}'),
    "subclass": ([Counted(3)], "[3]"),
    "markup": ({"html": Markup("<b>")}, '{"html":"<b>"}'),
    "bytes_inside": ({"a": b"abc"}, '{"a":"YWJj"}'),
    "all": ([Order(2), {"at": MOMENT, "set": {ID}}],
            (f'[{{"id":2,"class":"small","price":"1.50"}},'
            f'{{"at":"2026-01-02T03:04:05Z","set":["{ID}"]}}]')),
}  # fmt: skip


HEADERS = {"Content-Type": "image/png", "X-Kind": "picture"}
REPEATED = [("X-A", "1"), ("X-A", "2"), ("Vary", "a"), ("Vary", "b")]


def _returning(answer, **options):
    def function(self):
        return answer() if isinstance(answer, type(_returning)) else answer

    return entry(no_auth=True, **options)(function)


def _service(answers, **options):
    members = {f"get_{name}": _returning(answer, **options) for name, answer in answers.items()}
    return type("Returned", (TechMicroService,), members)()


@pytest.fixture(scope="module")
def returned():
    answers = {}
    for name, (value, _) in VALUES.items():
        word = name.replace("_", "")
        answers |= {
            f"bare_{word}": value,
            f"status_{word}": (value, 201),
            f"headers_{word}": (value, {"X-A": "1"}),
            f"all_{word}": (value, 202, REPEATED),
        }
    return _service(answers)


@pytest.mark.parametrize("name", VALUES)
def test_whatever_parameters_take_goes_out(call, returned, name):
    caller, expected = call(returned), VALUES[name][1].encode() + b"\n"
    word = name.replace("_", "")
    bare = caller.get(f"/bare/{word}")
    assert (bare.status, bare.body) == (200, expected)
    assert bare.all("Content-Type") == ["application/json"]
    status = caller.get(f"/status/{word}")
    assert (status.status, status.body) == (201, expected)
    with_header = caller.get(f"/headers/{word}")
    assert (with_header.status, with_header.body) == (200, expected)
    assert with_header.all("X-A") == ["1"]
    everything = caller.get(f"/all/{word}")
    assert (everything.status, everything.body) == (202, expected)
    assert everything.all("X-A") == ["1", "2"]
    assert everything.all("Vary") == ["a", "b"]
    assert everything.all("Content-Type") == ["application/json"]


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("text", "text/plain; charset=utf-8"),
        (b"data", "application/octet-stream"),
        (bytearray(b"data"), "application/octet-stream"),
        (memoryview(b"data"), "application/octet-stream"),
    ],
)
def test_repeated_headers_stay(call, body, content_type):
    answer = call(_service({"": (body, 200, REPEATED)})).get("/")
    assert answer.all("X-A") == ["1", "2"]
    assert answer.all("Vary") == ["a", "b"]
    assert answer.all("Content-Type") == [content_type]


def test_repeated_headers_stay_beside_a_response_and_a_stream(call):
    answers = {
        "response": lambda: (Response("r", mimetype="text/css"), REPEATED),
        "stream": lambda: ((part for part in "abc"), 203, REPEATED),
    }
    for name in answers:
        answer = call(_service(answers)).get(f"/{name}")
        assert answer.all("X-A") == ["1", "2"]


def test_a_status_is_declared_without_a_tuple(call):
    answers = {
        "struct": Order(1),
        "text": "t",
        "bytes": b"b",
        "none": None,
        "stream": lambda: (part for part in "abc"),
        "own": ("x", 202),
        "response": lambda: Response("r", 203),
        "headers": ({"a": 1}, {"X-A": "1"}),
    }
    caller = call(_service(answers, status=201))
    statuses = {name: caller.get(f"/{name}").status for name in answers}
    assert statuses == {**dict.fromkeys(answers, 201), "own": 202, "response": 203}


def test_none_is_a_204_where_other_answers_have_the_status(call):
    class Maybe(TechMicroService):
        @entry(no_auth=True, status=201)
        def post_order(self, is_there: bool = True) -> Order | None:
            return Order(1) if is_there else None

    caller = call(Maybe())
    assert caller.request("POST", "/order").status == 201
    answer = caller.json("POST", "/order", {"is_there": False})
    assert (answer.status, answer.body) == (204, b"")


@pytest.mark.parametrize("status", ["201", True, 99, 600, 2.5])
def test_a_wrong_status_is_refused(status):
    with pytest.raises(EntryError, match="must be an HTTP status from 200 to 599"):
        entry(status=status)


@pytest.mark.parametrize(
    ("value", "place"),
    [
        (lambda: {1j}, "[0], which is of type complex"),
        (lambda: [1, {"a": object()}], "[1].a, which is of type object"),
        (lambda: {"user@example.org": object()}, "[...], which is of type object"),
        (lambda: [Order(1, price=1j)], "[0].price, which is of type complex"),
        (lambda: (Point(object()), 201), "x, which is of type object"),
        (lambda: {"a": "\ud800secret"}, "a, which is of type str"),
        (lambda: "\ud800secret", "its text holds half of a surrogate pair"),
        (lambda: {(1, 2): "secret"}, "the value, which is of type dict"),
    ],
)
def test_what_nothing_encodes_is_told_in_the_log(call, caplog, value, place):
    answer = call(_service({"": value})).get("/")
    assert (answer.status, answer.json) == (500, {"message": "Internal Server Error"})
    assert "entry 'get_' of Returned: " in caplog.text
    assert place in caplog.text
    assert "secret" not in caplog.text


def test_a_value_that_holds_itself_is_told_in_the_log(call, caplog):
    value = []
    value.append(value)
    assert call(_service({"": value})).get("/").status == 500
    assert "which is of type list" in caplog.text


class Shouting(DefaultJSONProvider):
    def dumps(self, obj, **kwargs):
        return super().dumps(obj, **kwargs).upper()


def test_a_json_provider_of_ones_own_wins(call):
    service = _service({"dict": {"a": "b"}, "status": ({"a": "b"}, 201), "date": MOMENT.date()})
    service.json = Shouting(service)
    caller = call(service)
    assert caller.get("/dict").body == b'{"A":"B"}\n'
    assert (caller.get("/status").status, caller.get("/status").body) == (201, b'{"A":"B"}\n')
    assert caller.get("/date").body == b'"FRI, 02 JAN 2026 00:00:00 GMT"\n'


def test_a_default_of_ones_own_wins(call):
    service = _service({"": {"at": MOMENT, "c": 1j}})
    service.json.default = lambda value: f"<{type(value).__name__}>"
    assert call(service).get("/").json == {"at": "<datetime>", "c": "<complex>"}


def test_the_provider_s_settings_count(call):
    service = _service({"": {"b": "ü", "a": [1]}})
    service.json.sort_keys = False
    service.json.ensure_ascii = False
    assert call(service).get("/").body == '{"b":"ü","a":[1]}\n'.encode()
    service.json.compact = False
    assert call(service).get("/").body == '{\n  "b": "ü",\n  "a": [\n    1\n  ]\n}\n'.encode()
    service.json.mimetype = "application/vnd.api+json"
    assert call(service).get("/").all("Content-Type") == ["application/vnd.api+json"]


def test_jsonify_writes_as_entries_do(call):
    value = {"at": MOMENT, "price": Decimal("1.50"), "order": Order(1), "nan": float("nan")}
    caller = call(_service({"plain": value, "jsonify": lambda: jsonify(value)}))
    assert caller.get("/plain").body == caller.get("/jsonify").body
    assert caller.get("/plain").json["at"] == "2026-01-02T03:04:05Z"


def test_what_flask_asks_of_its_provider_is_as_flask_writes_it():
    service = TechMicroService()
    value = {"b": [1, 1.5, "ü<"], "a": None}
    assert service.json.dumps(value) == json.dumps(value, sort_keys=True)
    assert service.json.dumps(value, indent=4) == json.dumps(value, sort_keys=True, indent=4)
    assert service.json.dumps({"at": MOMENT}, indent=1) == '{\n "at": "2026-01-02T03:04:05Z"\n}'
    with service.app_context():
        text = service.jinja_env.from_string("{{ {'a': 'b<'}|tojson }}").render()
    assert text == '{"a": "b\\u003c"}'


@pytest.fixture
def files(tmp_path):
    (tmp_path / "a.bin").write_bytes(b"\x89PNG")
    (tmp_path / "a.txt").write_text("text")
    return tmp_path


def test_binary_headers_of_files_and_response_objects(call, files):
    answers = {
        "file": lambda: send_from_directory(files, "a.bin"),
        "textfile": lambda: send_from_directory(files, "a.txt"),
        "given": lambda: (send_from_directory(files, "a.bin"), {"Content-Type": "image/gif"}),
        "object": lambda: Response(b"\x89PNG"),
        "made": lambda: make_response(b"\x89PNG"),
        "own": lambda: Response(b"GIF", mimetype="image/gif"),
        "error": lambda: Response(b"no", 404),
        "failed": lambda: (b"no", 500),
        "text": "text",
        "css": lambda: Response("a {}", mimetype="text/css"),
        "json": {"a": 1},
        "jsonify": lambda: jsonify(a=1),
        "stream": lambda: iter([b"\x89", b"PNG"]),
        "missing": lambda: send_from_directory(files, "missing.bin"),
    }
    caller = call(_service(answers, binary_headers=HEADERS))
    seen = {}
    for name in answers:
        answer = caller.get(f"/{name}")
        kind = answer.all("X-Kind")
        seen[name] = (answer.all("Content-Type")[0].partition(";")[0], *kind)
    assert seen == {
        "file": ("image/png", "picture"),
        "textfile": ("image/png", "picture"),
        "given": ("image/gif", "picture"),
        "object": ("image/png", "picture"),
        "made": ("image/png", "picture"),
        "own": ("image/gif", "picture"),
        "error": ("text/html",),
        "failed": ("application/octet-stream",),
        "text": ("text/plain",),
        "css": ("text/css",),
        "json": ("application/json",),
        "jsonify": ("application/json",),
        "stream": ("image/png", "picture"),
        "missing": ("application/json",),
    }


def test_binary_headers_leave_conditional_and_range_answers_to_flask(call, files):
    headers = {"Content-Type": "image/png", "Content-Disposition": "attachment; filename=a.png"}
    answers = {"": lambda: send_from_directory(files, "a.bin", conditional=True)}
    caller = call(_service(answers, binary_headers=headers))
    whole = caller.get("/")
    assert whole.all("Content-Disposition") == ["attachment; filename=a.png"]
    part = caller.get("/", Range="bytes=1-2")
    assert (part.status, part.body) == (206, b"PN")
    assert part.all("Content-Type") == ["image/png"]
    same = caller.get("/", **{"If-None-Match": whole.header("ETag")})
    assert (same.status, same.body) == (304, b"")
