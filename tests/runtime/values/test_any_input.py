"""No input reaches a 500 of the runtime's own."""

from datetime import datetime, time
from decimal import Decimal
from enum import Enum
from typing import Any, Literal

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import FileStorage

from coworks_runtime import Body, Query, TechMicroService, entry

SETTINGS = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
BOUNDARY = "boundary"
MULTIPART = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}


class Colour(Enum):
    RED = "red"


class Item(msgspec.Struct):
    name: str
    price: Decimal = Decimal(0)
    ratios: list[float] = []


class Takes(TechMicroService):
    @entry(no_auth=True)
    def post_values(
        self,
        number: int = 0,
        ratio: float = 0.0,
        price: Decimal = Decimal(0),
        flag: bool = False,
        at: datetime | None = None,
        clock: time | None = None,
        colour: Colour = Colour.RED,
        kind: Literal[1, True, "x"] = "x",
        item: Item | None = None,
        items: list[Item] | None = None,
        either: int | list[Decimal] | dict[str, float] | None = None,
        file: FileStorage | None = None,
        **rest: Any,
    ):
        return "taken"

    @entry(no_auth=True)
    def put_body(self, item: Body[Item | list[Decimal] | int], *, dry: Query[bool] = False):
        return item

    @entry(no_auth=True)
    def get_echo(self, **values):
        return values

    @entry(no_auth=True)
    def post_echo(self, value: Body[Any]):
        return "taken" if value else None


KINDS = [
    *("application/json", "", "text/plain", "application/x-www-form-urlencoded"),
    *(MULTIPART["Content-Type"], "multipart/form-data", "application/x+json", "a/b;;=;"),
]
DISPOSITIONS = [
    *("form-data", 'form-data; name="item"', "form-data; name", 'form-data; name=""'),
    *('form-data; filename="a"', 'form-data; name="file"; filename="a"', "", "x;y=z"),
    *("form-data; name*=utf-8''a%ff", "form-data; name*=x''a", 'form-data; name="a[b]"'),
]
NAMES = st.sampled_from(
    [
        "number",
        "ratio",
        "price",
        "flag",
        "at",
        "clock",
        "colour",
        "kind",
        "item",
        "items",
        "either",
        "file",
        "self",
        "rest",
        "a[b]",
        "[",
        "ü",
        "name",
        "ratios",
    ]
)
TEXTS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        ["nan", "-inf", "1e999", "9" * 5000, "1_0", "\u0661", "10:00", "T", "null", "{", "[]"]
    ),
)
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(NAMES, inner, max_size=4)),
    max_leaves=8,
)


@pytest.fixture(scope="module")
def client():
    return Takes().test_client()


def _sent(client, method, path, **sent):
    status = client.open(path, method=method, **sent).status_code
    assert status in {200, 204, 400, 404, 413, 415, 422}


@SETTINGS
@given(st.sampled_from([("POST", "/values"), ("PUT", "/body"), ("POST", "/echo")]), JSON)
def test_json(client, route, value):
    data = msgspec.json.encode(value, enc_hook=str) if not _has_half(value) else b"{}"
    _sent(client, *route, data=data, content_type="application/json")


def _has_half(value):
    return any("\ud800" <= letter <= "\udfff" for letter in repr(value)) or "\\ud" in ascii(value)


@SETTINGS
@given(
    st.sampled_from([("POST", "/values"), ("PUT", "/body"), ("POST", "/echo")]),
    st.binary(max_size=40),
    st.sampled_from(KINDS),
)
def test_bytes(client, route, data, content_type):
    _sent(client, *route, data=data, content_type=content_type)


@SETTINGS
@given(st.dictionaries(NAMES, st.lists(TEXTS, min_size=1, max_size=3), max_size=4))
def test_queries_and_forms(client, values):
    values = {n: [v.encode("utf-8", "replace").decode() for v in vs] for n, vs in values.items()}
    _sent(client, "GET", "/echo", query_string=values)
    _sent(client, "POST", "/values", data=values)
    _sent(client, "PUT", "/body", data=values, query_string=values)


@SETTINGS
@given(
    st.lists(
        st.tuples(
            st.sampled_from(DISPOSITIONS),
            st.sampled_from(["", "text/plain; charset=no-such", "application/json", "x"]),
            st.binary(max_size=20),
        ),
        max_size=3,
    )
)
def test_multipart(client, parts):
    body = b""
    for disposition, kind, content in parts:
        body += f"--{BOUNDARY}\r\nContent-Disposition: {disposition}\r\n".encode()
        body += f"Content-Type: {kind}\r\n\r\n".encode() + content + b"\r\n"
    body += f"--{BOUNDARY}--\r\n".encode()
    for method, path in (("POST", "/values"), ("PUT", "/body"), ("POST", "/echo")):
        _sent(client, method, path, data=body, headers=MULTIPART)


def test_a_part_without_a_name_is_a_malformed_form(call):
    part = f"--{BOUNDARY}\r\nContent-Disposition: form-data\r\n\r\nx\r\n--{BOUNDARY}--\r\n"
    file = part.replace("form-data\r", 'form-data; filename="a"\r')
    for body in (part, file):
        answer = call(Takes()).request("POST", "/values", body.encode(), MULTIPART)
        assert answer.status == 400
        assert answer.json == {"message": "The form in the body is malformed or incomplete"}


def test_a_form_field_for_a_decimal_takes_digits_only(call):
    caller = call(Takes())
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    for text, status in (
        ("1_0", 422),
        ("%D9%A1", 422),
        ("%2B1", 422),
        ("%201", 422),
        ("1", 200),
        ("-1", 200),
        ("1.5e3", 200),
        ("NaN", 422),
    ):
        assert caller.request("POST", "/values", f"price={text}".encode(), form).status == status
